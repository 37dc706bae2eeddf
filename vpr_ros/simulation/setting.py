"""How a field of a flat's configuration is declared: default, help, and the limits that `group_from_mapping` checks."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def setting(default: Any, text: str, **limits: Any) -> Any:
    """A dataclass field with `help` and, for numbers, `low` and `high`; for names, `choices`."""
    return field(default=default, metadata={"help": text, **limits})
