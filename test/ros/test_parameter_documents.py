"""What is written of parameters is what is declared."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from vpr_ros.core.node_settings import NodeSettings
from vpr_ros.core.parse_settings import flatten_settings
from vpr_ros.ros.describe_parameters import parameter_page
from vpr_ros.ros.parameters import OWN_PARAMETERS

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_all_parameters_is_up_to_date() -> None:
    written = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert written == parameter_page(), "python -m vpr_ros.ros.describe_parameters > docs/parameters.md"


@pytest.mark.parametrize("document", ["docs/tuning.md", "docs/topics.md"])
def test_every_setting_of_the_node_is_told_of_for_people(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    missing = [name for name in flatten_settings(NodeSettings(), "node.") if f"`{name}`" not in text]
    if document == "docs/tuning.md":  # frames are no matter of tuning
        missing = [name for name in missing if not name.endswith("_frame")]
    assert missing == []


def test_the_shipped_file_shows_every_parameter_of_the_node() -> None:
    """With its default, which test_launch_file.py compares; what a map decides as a remark."""
    text = (ROOT / "config" / "localizer.yaml").read_text(encoding="utf-8")
    names = [*flatten_settings(NodeSettings()), *(name for name in OWN_PARAMETERS if "." not in name)]
    assert [name for name in names if f"{name}:" not in text] == []
