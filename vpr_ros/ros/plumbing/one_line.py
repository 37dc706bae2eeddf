"""What ROS says of its errors, without the lines of its sources."""

from __future__ import annotations

import re


def one_line(error: Exception) -> str:
    """The error's text in one line, without the `, at /path/file.c:123` that rcl appends to every layer."""
    return re.sub(r", at /\S+", "", " ".join(str(error).split()))
