"""package.xml says of the package what setup.py and the code say."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import vpr_ros

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = ElementTree.parse(ROOT / "package.xml").getroot()
# What rosdep calls the Python packages of setup.py's install_requires.
ROSDEP_KEYS = {
    "numpy": "python3-numpy",
    "opencv-python-headless": "python3-opencv",
    "pyyaml": "python3-yaml",
    "rosbags": "python3-rosbags-pip",
    "rich": "python3-rich",
}
WITHOUT_KEY = {"pycolmap", "safetensors"}
"""What rosdep does not know: the README tells how to install it."""


def _setup_arguments() -> dict[str, object]:
    for node in ast.walk(ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "setup":
            arguments = {}
            for keyword in node.keywords:
                if keyword.arg in ("version", "description", "license", "maintainer_email", "install_requires"):
                    arguments[keyword.arg] = ast.literal_eval(keyword.value)
            return arguments
    raise AssertionError("setup.py calls no setup()")


def _dependencies() -> set[str]:
    return {element.text or "" for element in MANIFEST if element.tag.endswith("depend")}


def test_name_version_and_license_agree() -> None:
    arguments = _setup_arguments()
    assert MANIFEST.findtext("name") == "vpr_ros"
    assert MANIFEST.findtext("version") == arguments["version"] == vpr_ros.__version__
    assert MANIFEST.findtext("license") == arguments["license"]
    assert MANIFEST.findtext("description") == arguments["description"]
    assert MANIFEST.find("maintainer").get("email") == arguments["maintainer_email"]  # type: ignore[union-attr]


def test_build_type_is_ament_python() -> None:
    assert MANIFEST.get("format") == "3"
    assert MANIFEST.findtext("export/build_type") == "ament_python"


def test_python_packages_of_setup_py_have_their_rosdep_keys() -> None:
    required = _setup_arguments()["install_requires"]
    assert isinstance(required, list)
    names = {re.split(r"[<>=!;\s]", requirement)[0] for requirement in required}
    assert names == set(ROSDEP_KEYS) | WITHOUT_KEY
    told = next(line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if "pip install" in line)
    assert set(told.split()) >= WITHOUT_KEY
    assert set(ROSDEP_KEYS.values()) <= _dependencies()


def test_every_ros_package_that_is_imported_or_named_is_declared() -> None:
    used = set()
    for path in [*(ROOT / "vpr_ros").rglob("*.py"), *(ROOT / "launch").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if path.parent.name in ("ros", "launch"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    used.add(node.module.partition(".")[0])
                elif isinstance(node, ast.Import):
                    used.update(alias.name.partition(".")[0] for alias in node.names)
        used.update(re.findall(r"\b([a-z_]+_msgs)/msg/[A-Z]", text))
    foreign = used - set(sys.stdlib_module_names) - {"vpr_ros", "rosbags", "numpy", "yaml", "__future__"}
    assert "rclpy" in foreign
    assert foreign <= _dependencies()
