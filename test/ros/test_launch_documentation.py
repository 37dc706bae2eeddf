"""Commands and launch files in README.md and docs/ are possible ones."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from launch_stage import ROOT, Stage, declared_arguments

ON_A_ROBOT = ROOT / "docs" / "on_a_robot.md"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def _commands(start: str, pages: list[Path] = PAGES) -> list[str]:
    """The commands on the pages that begin so, each in one line and without what begins it."""
    found = []
    for page in pages:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found += [match.partition("#")[0].strip() for match in re.findall(rf"{start}([^`\n]*)", text)]
    return found


@pytest.mark.parametrize("command", _commands("ros2 launch vpr_ros "))
def test_launch_commands_of_the_documentation_are_possible(command: str) -> None:
    file, *arguments = command.split()
    assert (ROOT / "launch" / file).is_file()
    assert {argument.partition(":=")[0] for argument in arguments if ":=" in argument} <= set(declared_arguments())


@pytest.mark.parametrize("program", sorted({command.split()[0] for command in _commands("ros2 run vpr_ros ")}))
def test_programs_of_the_documentation_are_installed(program: str) -> None:
    assert f'"{program} = vpr_ros.' in (ROOT / "setup.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [*_commands("ros2 run vpr_ros vpr "), *_commands("\nvpr ", [ON_A_ROBOT])])
def test_what_the_robot_is_told_is_understood(command: str) -> None:
    from vpr_ros.cli.main import _parser

    if command != "--version":
        assert _parser().parse_args(shlex.split(command)).run


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
    monkeypatch.setenv("HOME", str(tmp_path))
    return Stage(tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", ["python", "xml"])
def test_launch_files_of_the_documentation_start_the_node(tmp_path: Path, stage: Stage, kind: str) -> None:
    from launch.actions import IncludeLaunchDescription
    from launch.launch_description_sources import AnyLaunchDescriptionSource

    (text,) = re.findall(rf"```{kind}\n(.*?)```", ON_A_ROBOT.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / f"mine.launch.{'py' if kind == 'python' else kind}"
    file.write_text(text, encoding="utf-8")
    installed = tmp_path / "prefix/share/vpr_ros"
    shutil.copytree(ROOT / "launch", installed / "launch")
    shutil.copytree(ROOT / "config", installed / "config")
    assert stage.launch(IncludeLaunchDescription(AnyLaunchDescriptionSource(str(file)))) == 0
    arguments, parameters = stage.told("localizer_ros-args")
    assert {"__ns:=/r1", "image:=/camera/image_raw"} <= set(arguments)
    assert "map.path: ~/maps/office" in parameters
