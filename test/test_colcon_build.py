"""The package builds as an ament_python package, and people's tools find what they look for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("colcon_core", reason="colcon is not installed here")
pytest.importorskip("colcon_ros", reason="colcon-ros is not installed here")

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "vpr_ros",
    "launch",
    "config",
    "resource",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "package.xml",
    "README.md",
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("workspace")
    package = workspace / "src" / "vpr_ros"
    package.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, package / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, package / part)
    # A test runner's own switches would reach the child's Python too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    done = subprocess.run(
        ["colcon", "build"],
        cwd=workspace,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return workspace / "install" / "vpr_ros"


@pytest.mark.parametrize(
    "path",
    [
        "lib/vpr_ros/localizer",
        "lib/vpr_ros/vpr",
        "share/vpr_ros/package.xml",
        "share/vpr_ros/launch/localize.launch.py",
        "share/vpr_ros/launch/replay.launch.py",
        "share/vpr_ros/config/localizer.yaml",
        "share/vpr_ros/config/localize.rviz",
        "share/vpr_ros/config/localize.foxglove.json",
        "share/vpr_ros/config/fastdds_large_images.xml",
        "share/vpr_ros/config/flats/benchmark.yaml",
        "share/vpr_ros/config/flats/demo.yaml",
        "share/vpr_ros/config/presets/robot_dinov2_s.yaml",
        "share/ament_index/resource_index/packages/vpr_ros",
    ],
)
def test_what_ros_looks_for_is_there(installed, path):
    assert (installed / path).is_file()


def test_the_installed_command_runs_with_the_python_of_an_activated_environment(installed):
    (site,) = installed.glob("lib/python*/site-packages")
    assert (installed / "lib/vpr_ros/localizer").read_text().startswith("#!/usr/bin/env python3\n")
    activated = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PYTHONPATH": str(site), "PATH": activated}
    shown = subprocess.run(
        [installed / "lib" / "vpr_ros" / "vpr", "--version"],
        env=environment,
        cwd=installed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("vpr_ros ")


def test_files_that_are_no_code_come_along(installed):
    (site,) = installed.glob("lib/python*/site-packages")
    beside = {
        path.relative_to(ROOT) for path in (ROOT / "vpr_ros").rglob("*") if path.suffix in (".html", ".css", ".js")
    }
    assert beside
    assert [path for path in beside if not (site / path).is_file()] == []


def test_setup_py_runs_as_a_link_to_it(tmp_path):
    """As `colcon build --symlink-install` runs it, in a folder that lacks the README."""
    (tmp_path / "setup.py").symlink_to(ROOT / "setup.py")
    told = subprocess.run(
        [sys.executable, "setup.py", "--name"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout.strip().splitlines()[-1:]) == (0, ["vpr_ros"]), told.stderr
