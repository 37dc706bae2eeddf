"""Whether ROS_DOMAIN_ID is one, asked before rclpy is: the middleware answers in lines of its own sources."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from vpr_ros.core.errors import UsageError

MAX_DOMAIN = 232  # the ports of higher ones would lie above 65535


def check_domain(environment: Mapping[str, str] = os.environ) -> None:
    """Raises UsageError unless the variable is unset, empty or a whole number up to 232."""
    text = environment.get("ROS_DOMAIN_ID", "")
    if text and not (re.fullmatch("[0-9]{1,3}", text) and int(text) <= MAX_DOMAIN):
        raise UsageError(f"ROS_DOMAIN_ID={text!r}: expected a whole number 0..{MAX_DOMAIN}")
