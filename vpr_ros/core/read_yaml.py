"""YAML as people write settings in: one mapping, every key once, and any mistake one line that says where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from vpr_ros.core.errors import SettingsError


def read_yaml_mapping(text: str, name: str) -> Mapping[str, Any]:
    """The mapping that the text holds, empty for an empty text; `name` is what errors call it. Raises SettingsError."""
    loaded = _load(text, name)
    if loaded is None:
        return {}
    if not isinstance(loaded, Mapping):
        raise SettingsError(f"{name}: holds {type(loaded).__name__}, expected groups such as `retrieval:`")
    if any(isinstance(value, Mapping) and "ros__parameters" in value for value in loaded.values()):
        raise SettingsError(
            f"{name}: is a file of ROS parameters, for launch and nodes; write its groups at the top, "
            "such as `retrieval: {top_k: 10}`"
        )
    return loaded


def read_yaml_value(text: str, name: str) -> Any:
    """One value, such as 3, true or [4, 8]."""
    return _load(text, name)


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key twice in one mapping; YAML itself would let the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, (str, int, float, bool)) and key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key} stands there twice", problem_mark=key_node.start_mark)
            seen.add(key if isinstance(key, (str, int, float, bool)) else id(key_node))
        return super().construct_mapping(node, deep)


def _load(text: str, name: str) -> Any:
    try:
        return yaml.load(text, Loader=_StrictLoader)  # a SafeLoader
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        raise SettingsError(
            f"{name}{line}: cannot be read: {_one_line(getattr(error, 'problem', None) or error)}"
        ) from error
    except (ValueError, RecursionError) as error:  # impossible dates, thousands of brackets
        raise SettingsError(f"{name}: cannot be read: {_one_line(error)}") from error


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
