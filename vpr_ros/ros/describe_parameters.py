"""The table of all parameters of the node, docs/parameters.md: python -m vpr_ros.ros.describe_parameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from vpr_ros.core.parse_settings import describe_settings, flatten_settings
from vpr_ros.core.settings import Settings
from vpr_ros.maps.obey_recipe import NOT_FOR_QUERIES, OF_KEYPOINTS, OF_THIS_MACHINE, RECIPE_GROUPS
from vpr_ros.ros.inputs.camera_parameters import ONLY_CAMERA, camera_parameters
from vpr_ros.ros.parameters import FOR_BUILDING, OWN_PARAMETERS, takes_effect

HEAD = """# Parameters

All parameters of the node `vpr`, as they are declared; `python -m vpr_ros.ros.describe_parameters` writes this page.
Those that a robot's owner may want to change are in `config/localizer.yaml`, and [tuning.md](tuning.md) says when. The
settings of building a map (`map.` other than `map.path`) are parameters too, so that one file serves both; they are
left out here.

Changes are judged when they are set: a wrong type, a value outside its range, or one that contradicts another parameter
is rejected with the reason. Parameters that need each other are set together (`set_parameters_atomically`). What
contradicts the map is accepted, for it may be of the next map, and makes the next configure or `~/reload_map` fail with
the reason; until then the old values hold. Those marked *map* are obeyed from the map: setting one says what the map
must be of. What takes effect at the next start is read-only.

| parameter | default | values | takes effect | |
|---|---|---|---|---|
"""


def parameter_page() -> str:
    """The page in Markdown."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in _rows())


def _rows() -> Iterator[tuple[str, ...]]:
    for name, (default, text) in {**OWN_PARAMETERS, **camera_parameters([])}.items():
        yield f"`{name.replace(ONLY_CAMERA + '.', '<camera>.')}`", _told(default), "", takes_effect(name), text
    limits = describe_settings()
    for name, default in flatten_settings(Settings()).items():
        if takes_effect(name) != FOR_BUILDING:
            yield f"`{name}`", _told(default), _values(limits[name], default), _when(name), limits[name]["help"]


def _when(name: str) -> str:
    """What maps decide is marked."""
    of_map = name.split(".")[0] in RECIPE_GROUPS and name not in NOT_FOR_QUERIES | OF_THIS_MACHINE
    return "*map*" if of_map or name in OF_KEYPOINTS else takes_effect(name)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "empty"


def _values(limits: Mapping[str, Any], default: Any) -> str:
    if "choices" in limits:
        return ", ".join(limits["choices"])
    if isinstance(default, bool):
        return "true, false"
    return f"{limits['low']:g} to {limits['high']:g}" if limits.get("low") is not None else ""


if __name__ == "__main__":
    sys.stdout.write(parameter_page())
