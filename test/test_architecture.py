"""The arrows of the house, read from the imports. A violation is planted to see the check fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "vpr_ros"

ARROWS = {
    "core": {"core"},
    "features": {"features", "core"},
    "maps": {"maps", "core"},
    "sources": {"sources", "core"},
    "simulation": {"simulation", "core", "sources", "config_files"},
    "assemble": {"assemble", "core", "features", "maps"},
    "doctor": {"doctor", "core", "features", "maps", "sources", "assemble"},
    "ros": {"ros", "sleeping_threads", "core", "assemble", "maps", "sources", "config_files"},
    "config_files": {"core"},
    "sleeping_threads": set(),
    "training": {"training", "core", "features", "maps", "sources", "simulation", "assemble"},
    "evaluation": {
        "evaluation",
        "training",
        "core",
        "features",
        "maps",
        "sources",
        "simulation",
        "assemble",
        "config_files",
    },
    "cli": {
        "sleeping_threads",
        "evaluation",
        "training",
        "cli",
        "doctor",
        "core",
        "features",
        "maps",
        "sources",
        "simulation",
        "assemble",
        "ros",
        "config_files",
    },
}
ROS_MODULES = ("rclpy", "ament_index_python", "launch", "launch_ros")
STAGES = {
    "prepare_image",
    "aggregate_descriptor",
    "retrieve_places",
    "rerank_overlap",
    "verify_pose",
    "label_room",
    "filter_over_time",
}


def violations(package: Path) -> list[str]:
    """Every import that goes against the arrows, as `file:line what`."""
    found = []
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for line, module, late in imports_of(path):
            if reason := objection(room, path.stem, module, late):
                found.append(f"{path.relative_to(package)}:{line} {reason}")
    return found


def imports_of(path: Path) -> list[tuple[int, str, bool]]:
    """(line, dotted module, whether inside a function) of every import; `from a import b` counts as a.b."""
    tree = ast.parse(path.read_text())
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
    }
    rows = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            rows += [(node.lineno, alias.name, id(node) in inside) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            rows += [(node.lineno, f"{node.module}.{alias.name}", id(node) in inside) for alias in node.names]
    return rows


def objection(room: str, stem: str, module: str, late: bool) -> str | None:
    parts = module.split(".")
    if room != "ros" and (parts[0] in ROS_MODULES or parts[0].endswith("_msgs")):
        return f"imports {module}: ROS belongs under ros/"
    if parts[0] == "torch" and room in ("core", "maps", "sources", "simulation"):
        return f"imports {module}: the path without a network never imports torch"
    if parts[0] != "vpr_ros" or len(parts) < 2 or parts[1] not in ARROWS:
        return None
    if parts[1] not in ARROWS[room]:
        return f"imports {module}: {room} does not point to {parts[1]}"
    if room == "cli" and parts[1] == "ros" and not late:
        return f"imports {module}: cli needs ros only inside the function that uses it"
    if room == "core" and stem in STAGES and len(parts) > 2 and parts[2] in STAGES - {stem}:
        return f"imports {module}: stages are joined by localize.py only"
    return None


def test_the_arrows_hold():
    assert violations(PACKAGE) == []


def test_every_room_has_its_arrows():
    rooms = {
        path.name.removesuffix(".py")
        for path in PACKAGE.iterdir()
        if path.name[0] not in "_." and path.suffix != ".typed"
    }
    assert rooms <= ARROWS.keys()


@pytest.mark.parametrize(
    ("place", "line", "told"),
    [
        ("core/planted.py", "from vpr_ros.maps.open_map import open_map", "core does not point to maps"),
        ("maps/planted.py", "import vpr_ros.sources.source", "maps does not point to sources"),
        ("sources/planted.py", "def f():\n    import rclpy", "ROS belongs under ros/"),
        ("simulation/planted.py", "from sensor_msgs.msg import Image", "ROS belongs under ros/"),
        ("cli/planted.py", "from vpr_ros.ros.plumbing.messages import message_class", "only inside the function"),
        ("core/label_room.py", "from vpr_ros.core.retrieve_places import ExactIndex", "joined by localize.py"),
        ("core/planted.py", "import torch", "never imports torch"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, place: str, line: str, told: str):
    planted = tmp_path / place
    planted.parent.mkdir()
    planted.write_text(line + "\n")
    (found,) = violations(tmp_path)
    assert told in found


def test_importing_the_dense_sift_path_brings_no_heavy_library():
    code = "import sys, vpr_ros.assemble; print(sorted({'torch', 'rclpy', 'faiss', 'rosbags'} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
