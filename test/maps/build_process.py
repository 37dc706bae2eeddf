"""Builds of the sample map in processes of their own, and what they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from vpr_ros.maps.place_map import PlaceMap

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parents[1]}"}
PRELUDE = "import os, sys\nfrom pathlib import Path\nfrom sample_map import *\n"


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def named_by(place_map: PlaceMap) -> set[str]:
    """What a map's directory should hold, and nothing else."""
    files = json.loads((place_map.path / "manifest.json").read_text())["files"]
    return {entry["file"] for entry in files.values()} | {"manifest.json", ".lock"}


def child(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A process of its own that can import the sample map."""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(code), *map(str, arguments)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
