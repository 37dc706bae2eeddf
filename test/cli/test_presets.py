from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from vpr_ros.cli.main import main
from vpr_ros.cli.options import add_settings_options, settings_from
from vpr_ros.config_files import preset_names, read_preset
from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import merge_settings, named_settings, settings_from_mapping
from vpr_ros.core.settings import Settings


def parsed(*arguments: str) -> tuple[Settings, frozenset[str]]:
    parser = argparse.ArgumentParser()
    add_settings_options(parser)
    return settings_from(parser.parse_args(arguments))


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_a_tree_of_settings_and_says_where_it_comes_from(name):
    path = Path(__file__).resolve().parents[2] / "config" / "presets" / f"{name}.yaml"
    settings = settings_from_mapping(read_preset(name))
    assert settings.features.name != "auto"
    assert path.read_text().startswith("# ")
    of_a_machine = {"features.device", "features.precision", "features.batch"}
    assert not named_settings(read_preset(name)) & of_a_machine


@pytest.mark.parametrize(("model", "block"), [("vits14", 10), ("vitb14", 10), ("vitl14", 20), ("vitg14", 31)])
def test_anyloc_is_as_published(model, block):
    settings, _ = parsed("--preset", f"anyloc_{model}")
    dinov2, aggregation = settings.features.dinov2, settings.aggregation
    assert (dinov2.model, dinov2.facet, dinov2.block, dinov2.fit) == (model, "value", block, "crop")
    assert (aggregation.name, aggregation.clusters, aggregation.dimensions) == ("vlad", 32, 0)


def test_the_dense_sift_preset_is_what_auto_stands_for_today():
    settings, _ = parsed("--preset", "robot_dense_sift")
    default = Settings()
    assert settings.features.dense_sift == default.features.dense_sift
    assert settings.aggregation == default.aggregation
    assert settings.image == default.image


def test_the_file_wins_over_the_preset_and_set_over_both(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("features: {dinov2: {block: 9, facet: key}}\nretrieval: {top_k: 30}")
    settings, named = parsed(
        "--preset", "anyloc_vits14", "--settings", str(path), "--set", "features.dinov2.facet=query"
    )
    dinov2 = settings.features.dinov2
    assert (dinov2.model, dinov2.block, dinov2.facet) == ("vits14", 9, "query")
    assert (settings.retrieval.top_k, settings.image.long_side_px) == (30, 640)
    assert {"features.name", "features.dinov2.model", "retrieval.top_k", "features.dinov2.facet"} <= named
    assert "rooms.voters" not in named


def test_without_a_preset_nothing_is_named():
    assert parsed() == (Settings(), frozenset())


def test_merging_changes_neither_of_the_two():
    below, over = {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4}, "d": {"e": 5}}
    assert merge_settings(below, over) == {"a": {"b": 4, "c": 2}, "d": {"e": 5}}
    assert below == {"a": {"b": 1, "c": 2}, "d": 3}
    assert merge_settings({"a": 1}, {"a": {"b": 2}}) == {"a": {"b": 2}}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("anyloc_vitg", "did you mean anyloc_vitg14"),
        ("robot_dinov2", "did you mean robot_dinov2_s"),
        ("zzz", r"there are anyloc_vitb14, .*robot_mobilenet"),
        ("../flats/benchmark", "unknown preset"),
        ("", "there are anyloc_vitb14"),
    ],
)
def test_an_unknown_preset_gets_near_ones_suggested(name, told):
    with pytest.raises(SettingsError, match=told):
        read_preset(name)


def test_the_command_line_says_so_in_one_line(tmp_path, capsys):
    code = main(["map", "build", str(tmp_path), "-o", str(tmp_path / "m"), "--preset", "anyloc_vitz14"])
    assert code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("vpr: error: unknown preset 'anyloc_vitz14'; did you mean anyloc_vit")
