"""Where the files of config/ are: in the source tree, in a Python environment's share/, or in a ROS installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vpr_ros.core.errors import SettingsError


def find_config(relative: str) -> Path:
    """The file config/`relative`. Raises SettingsError that names the folders looked in."""
    folders = [Path(__file__).resolve().parents[1] / "config", Path(sys.prefix) / "share" / "vpr_ros" / "config"]
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        if prefix:
            folders.append(Path(prefix) / "share" / "vpr_ros" / "config")
    for folder in folders:
        if (folder / relative).is_file():
            return folder / relative
    looked = ", ".join(str(folder) for folder in folders)
    raise SettingsError(f"no configuration file {relative}; looked in {looked}; name an existing file instead")
