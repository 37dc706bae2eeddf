"""From nested mappings and `a.b=c` to `Settings`, and back to a flat table. Every refusal names the key."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import math
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.read_yaml import read_yaml_value
from vpr_ros.core.settings import Settings

Group = TypeVar("Group")


def settings_from_mapping(mapping: Mapping[str, Any]) -> Settings:
    """Nested mapping (as YAML gives it) -> Settings; what is not named keeps its default."""
    return group_from_mapping(Settings, mapping)


def group_from_mapping(group: type[Group], mapping: Mapping[str, Any]) -> Group:
    """The same for any tree of frozen dataclasses with metadata as in settings.py."""
    return _fill(group, mapping, "", [*describe_settings(group), *_groups(group)])


def named_settings(mapping: Mapping[str, Any], prefix: str = "") -> frozenset[str]:
    """Dotted names of what a nested mapping sets."""
    names: set[str] = set()
    for name, value in mapping.items():
        names |= named_settings(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}"}
    return frozenset(names)


def merge_settings(mapping: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two nested mappings as one; where both set a value, the second's counts."""
    merged = dict(mapping)
    for name, value in over.items():
        below = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[name] = merge_settings(below, value) if both else value  # type: ignore[arg-type]
    return merged


def override_settings(settings: Settings, assignments: Iterable[str]) -> Settings:
    """Apply `a.b=c`, values read as YAML, all at once: contradictions are judged at the end."""
    values = flatten_settings(settings)
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise SettingsError(f"--set {assignment!r}: expected group.name=value")
        if key not in values:
            raise SettingsError(unknown_setting(key, values))
        values[key] = read_yaml_value(text, f"{key}={text}")
    return settings_from_flat(values)


def settings_from_flat(values: Mapping[str, Any]) -> Settings:
    """Dotted names -> Settings: the form of ROS parameters."""
    nested: dict[str, Any] = {}
    for key, value in values.items():
        *groups, name = key.split(".")
        inner = nested
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[name] = value
    return settings_from_mapping(nested)


def flatten_settings(settings: Any, prefix: str = "") -> dict[str, Any]:
    """Settings -> {dotted name: value}, in order of declaration."""
    flat: dict[str, Any] = {}
    for entry in dataclasses.fields(settings):
        value = getattr(settings, entry.name)
        if dataclasses.is_dataclass(value):
            flat.update(flatten_settings(value, f"{prefix}{entry.name}."))
        else:
            flat[f"{prefix}{entry.name}"] = value
    return flat


def describe_settings(group: Any = Settings, prefix: str = "") -> dict[str, Mapping[str, Any]]:
    """{dotted name: metadata} with help, low, high, choices: what parameters and `--help` are declared from."""
    table: dict[str, Mapping[str, Any]] = {}
    hints = _hints(group)
    for entry in dataclasses.fields(group):
        if dataclasses.is_dataclass(hints[entry.name]):
            table.update(describe_settings(hints[entry.name], f"{prefix}{entry.name}."))
        else:
            table[f"{prefix}{entry.name}"] = entry.metadata
    return table


@functools.cache
def _hints(group: Any) -> dict[str, Any]:
    """Kept, for a node reads its settings whenever one is set, and Python evaluates the hints' text each time."""
    return typing.get_type_hints(group)


def _fill(group: type[Group], mapping: Mapping[str, Any], prefix: str, known: list[str]) -> Group:
    hints = _hints(typing.cast(Any, group))
    fields = {entry.name: entry for entry in dataclasses.fields(group)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in mapping.items():
        key = f"{prefix}{name}"
        if name not in fields:
            raise SettingsError(unknown_setting(key, known))
        hint = hints[name]
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, Mapping):
                raise SettingsError(f"{key}: expected settings such as `{key}: {{name: value}}`, got {value!r}")
            values[name] = _fill(typing.cast(type, hint), value, f"{key}.", known)
        else:
            values[name] = _checked(key, value, hint, fields[name].metadata)
    return group(**values)


def _checked(key: str, value: Any, hint: Any, limits: Mapping[str, Any]) -> Any:
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, (list, tuple)) or not (value or limits.get("may_be_empty")):
            raise SettingsError(f"{key}: expected a list such as [4, 6], got {value!r}")
        inner = typing.get_args(hint)[0]
        return tuple(_checked(key, each, inner, limits) for each in value)
    if hint is float:
        value = _as_float(value)
    if isinstance(value, bool) and "off" in limits.get("choices", ()):
        value = "on" if value else "off"  # which YAML takes for true and false
    if type(value) is not hint:
        raise SettingsError(f"{key}: expected {hint.__name__}, got {value!r}")
    if hint is float and not math.isfinite(value):
        raise SettingsError(f"{key}: expected a finite number, got {value!r}")
    if value == "" and not limits.get("may_be_empty"):
        raise SettingsError(f"{key} is empty")
    low, high = limits.get("low"), limits.get("high")
    if low is not None and not low <= value <= high:
        raise SettingsError(f"{key}={value} is outside {low}..{high}")
    if "choices" in limits and value not in limits["choices"]:
        raise SettingsError(f"{key}={value!r} is not one of {', '.join(limits['choices'])}")
    return value


def _as_float(value: Any) -> Any:
    """5 and 1e-3 are numbers to people; YAML takes the one for an integer and the other for text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return float(value)
    return value


def _groups(group: Any) -> list[str]:
    keys = describe_settings(group)
    return sorted({key.rpartition(".")[0] for key in keys})


def unknown_setting(key: str, known: Iterable[str]) -> str:
    """The sentence about a key that is none of the known ones, with those that are near."""
    names = list(known)
    near = difflib.get_close_matches(key, names, n=3, cutoff=0.6)
    last = key.rpartition(".")[2]
    near += [name for name in names if name.rpartition(".")[2] == last and name not in near]
    return f"unknown setting {key!r}" + (f"; did you mean {' or '.join(near)}?" if near else "")
