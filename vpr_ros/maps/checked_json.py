"""JSON that is believed only after a look: no duplicate keys, no NaN, every field of its type, nothing left over."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from vpr_ros.core.records import Array


def loads_strictly(text: str) -> Any:
    """JSON text -> values. Raises ValueError on what JSON forbids and on duplicate keys and infinite numbers."""
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in values if names.count(name) > 1)
        raise ValueError(f"key {twice!r} stands twice")
    return values


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"number {text} is not finite")
    return value


class Fields:
    """An object of a JSON document, taken apart field by field; every refusal (ValueError) names the field."""

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{where or 'document'} is {_kind(value)}, expected an object")
        self._values = dict(value)
        self._where = where

    def take(self, name: str, *kinds: type) -> Any:
        """The value of a field, of exactly one of these types."""
        if name not in self._values:
            raise ValueError(f"field {self.path(name)} is missing")
        value = self._values.pop(name)
        if type(value) not in kinds:
            expected = " or ".join(_KINDS[kind] for kind in kinds)
            raise ValueError(f"field {self.path(name)} is {_kind(value)}, expected {expected}")
        return value

    def text(self, name: str) -> str:
        return str(self.take(name, str))

    def whole(self, name: str, low: int, high: int = 2**63 - 1) -> int:
        value = int(self.take(name, int))
        if not low <= value <= high:
            raise ValueError(f"field {self.path(name)}={value} is outside {low}..{high}")
        return value

    def fields(self, name: str) -> Fields:
        """A nested object."""
        return Fields(self.take(name, dict), self.path(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._items(name, (str,)))

    def numbers(self, name: str, shape: tuple[int, ...]) -> Array:
        """Numbers as nested lists of this shape (-1: any length) -> float64."""
        value = self.take(name, list)
        _check_numbers(value, shape, self.path(name))
        return np.array(value, dtype=np.float64)

    def objects(self, name: str) -> list[Fields]:
        """A list of objects."""
        items = self._items(name, (dict,))
        return [Fields(item, f"{self.path(name)}[{place}]") for place, item in enumerate(items)]

    def optional_objects(self, name: str) -> list[Fields | None]:
        """A list of objects and nulls."""
        items = self._items(name, (dict, type(None)))
        return [
            None if item is None else Fields(item, f"{self.path(name)}[{place}]") for place, item in enumerate(items)
        ]

    def is_null(self, name: str) -> bool:
        """True, and the field is done, when it is null."""
        if self._values.get(name, 0) is None:
            del self._values[name]
            return True
        return False

    def names(self) -> tuple[str, ...]:
        """Fields not yet taken."""
        return tuple(self._values)

    def done(self) -> None:
        """Raises ValueError when there are fields that nobody asked for."""
        if self._values:
            raise ValueError(f"field {self.path(next(iter(self._values)))} is unknown; written by a newer vpr_ros?")

    def path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _items(self, name: str, kinds: tuple[type, ...]) -> list[Any]:
        items: list[Any] = self.take(name, list)
        for place, item in enumerate(items):
            if type(item) not in kinds:
                raise ValueError(f"field {self.path(name)}[{place}] is {_kind(item)}, expected {_KINDS[kinds[0]]}")
        return items


def _check_numbers(value: Any, shape: tuple[int, ...], where: str) -> None:
    if not shape:
        if type(value) not in (int, float) or abs(value) > 1e300:
            raise ValueError(f"field {where} is not a usable number")
        return
    if not isinstance(value, list) or shape[0] not in (-1, len(value)):
        raise ValueError(f"field {where} is not a list of {shape[0]}" if shape[0] >= 0 else f"field {where} is no list")
    for place, item in enumerate(value):
        _check_numbers(item, shape[1:], f"{where}[{place}]")


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true/false",
}


def _kind(value: Any) -> str:
    return "null" if value is None else _KINDS[type(value)]
