"""Where the files of config/ are: in the source tree, in a Python environment's share/, or in a ROS installation."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.read_yaml import read_yaml_mapping

PRESETS = "presets"


def find_config(relative: str) -> Path:
    """The file config/`relative`. Raises SettingsError that names the folders looked in."""
    folders = _config_folders()
    for folder in folders:
        if (folder / relative).is_file():
            return folder / relative
    looked = ", ".join(str(folder) for folder in folders)
    raise SettingsError(f"no configuration file {relative}; looked in {looked}; name an existing file instead")


def preset_names() -> list[str]:
    """Names of the files in config/presets, alphabetically."""
    return sorted({path.stem for folder in _config_folders() for path in (folder / PRESETS).glob("*.yaml")})


def read_preset(name: str) -> Mapping[str, Any]:
    """The settings of config/presets/`name`.yaml. Raises SettingsError that suggests near names, or lists all."""
    names = preset_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        known = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
        raise SettingsError(f"unknown preset {name!r}; {known}")
    path = find_config(f"{PRESETS}/{name}.yaml")
    return read_yaml_mapping(path.read_text(encoding="utf-8"), str(path))


def _config_folders() -> list[Path]:
    folders = [Path(__file__).resolve().parents[1] / "config", Path(sys.prefix) / "share" / "vpr_ros" / "config"]
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            folders.append(Path(prefix) / "share" / "vpr_ros" / "config")
    return folders
