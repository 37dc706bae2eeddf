"""The fields of diagnostic messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Levels of diagnostic_msgs/DiagnosticStatus.
OK, WARN, ERROR = 0, 1, 2


def status_fields(level: int, name: str, message: str, hardware_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a diagnostic_msgs/DiagnosticStatus; values are written as text."""
    return status_of_pairs(level, name, message, hardware_id, [pair(key, value) for key, value in values.items()])


def status_of_pairs(
    level: int, name: str, message: str, hardware_id: str, pairs: Iterable[dict[str, str]]
) -> dict[str, Any]:
    """The same of values that are text already."""
    return {"level": level, "name": name, "message": message, "hardware_id": hardware_id, "values": list(pairs)}


def pair(key: str, value: Any) -> dict[str, str]:
    """The fields of a diagnostic_msgs/KeyValue."""
    return {"key": key, "value": f"{value:.4f}" if isinstance(value, float) else str(value)}
