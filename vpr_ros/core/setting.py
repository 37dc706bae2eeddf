"""How one setting is declared: its default, a sentence for a person, and its limits (`low`, `high`, `choices`)."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def setting(default: Any, text: str, **limits: Any) -> Any:
    """A dataclass field with metadata that files, `--set` and ROS parameters are checked against."""
    return field(default=default, metadata={"help": text, **limits})
