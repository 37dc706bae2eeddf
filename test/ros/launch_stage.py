"""What the tests of launch files share: the files, and an installation to launch them in. Not a test file."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / "launch" / "localize.launch.py"
REPLAY_FILE = ROOT / "launch" / "replay.launch.py"


def declared_arguments() -> dict[str, str]:
    """Arguments and their defaults as the file writes them, read without launch."""
    for statement in ast.parse(LAUNCH_FILE.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "ARGUMENTS":
            assert isinstance(statement.value, ast.Dict)
            rows = zip(statement.value.keys, statement.value.values, strict=True)
            return {ast.literal_eval(key): ast.unparse(value.elts[0]) for key, value in rows if key is not None}  # type: ignore[attr-defined]
    raise AssertionError("no ARGUMENTS")


PROGRAM = """#!{python}
import json, pathlib, signal, sys
read = [pathlib.Path(value).read_text() for key, value in zip(sys.argv, sys.argv[1:]) if key == "--params-file"]
name = pathlib.Path(sys.argv[0]).name + "_" + sys.argv[1].strip("-")
pathlib.Path({told!r}, name).write_text(json.dumps([sys.argv[1:], read]))
sys.exit({code})
"""


class Stage:
    """An installation whose programs tell what they were started with, and end."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._told = folder / "prefix", folder / "told"
        self._told.mkdir()
        for package, program in (
            ("vpr_ros", "localizer"),
            ("vpr_ros", "vpr"),
            ("vpr_ros", "map_to_odom"),
            ("rviz2",) * 2,
        ):
            self.install(package, program)
        monkeypatch.setenv("AMENT_PREFIX_PATH", str(self._folder), prepend=os.pathsep)

    def install(self, package: str, program: str, code: str = "0") -> None:
        index = self._folder / "share/ament_index/resource_index/packages" / package
        index.parent.mkdir(parents=True, exist_ok=True)
        index.touch()
        path = self._folder / "lib" / package / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PROGRAM.format(python=sys.executable, told=str(self._told), code=code), encoding="utf-8")
        path.chmod(0o755)

    def launch(self, *entities: object) -> int:
        from launch import LaunchDescription, LaunchService

        service = LaunchService(noninteractive=True)
        service.include_launch_description(LaunchDescription(list(entities)))
        return int(service.run())

    def include(self, file: Path = LAUNCH_FILE, **given: str) -> object:
        from launch.actions import IncludeLaunchDescription

        return IncludeLaunchDescription(str(file), launch_arguments=given.items())

    def programs(self) -> set[str]:
        return {path.name for path in self._told.iterdir()}

    def told(self, program: str) -> tuple[list[str], str]:
        """The program's arguments, and what its parameter files say."""
        arguments, files = json.loads((self._told / program).read_text(encoding="utf-8"))
        return arguments, "\n".join(files)
