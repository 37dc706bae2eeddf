from __future__ import annotations

from pathlib import Path

import pytest

from vpr_ros.config_files import find_config
from vpr_ros.core.errors import SettingsError


def test_finds_files_of_the_source_tree() -> None:
    assert find_config("flats/benchmark.yaml").is_file()


def test_finds_files_of_a_ros_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "share" / "vpr_ros" / "config"
    installed.mkdir(parents=True)
    (installed / "only_here.yaml").write_text("a: 1")
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"/absent:{tmp_path}")
    assert find_config("only_here.yaml") == installed / "only_here.yaml"


def test_absent_file_names_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", "/opt/ros/nowhere")
    with pytest.raises(SettingsError, match=r"flats/none\.yaml; looked in .*/opt/ros/nowhere/share/vpr_ros/config"):
        find_config("flats/none.yaml")
