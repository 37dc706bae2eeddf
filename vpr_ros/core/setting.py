"""How one setting is declared: its default, a sentence for a person, its limits (`low`, `high`, `choices`), and
`live=True` where the running node obeys a change at once: everything else takes effect when a map is loaded.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any


def setting(default: Any, text: str, **limits: Any) -> Any:
    """A dataclass field with metadata that files, `--set` and ROS parameters are checked against."""
    return field(default=default, metadata={"help": text, **limits})
