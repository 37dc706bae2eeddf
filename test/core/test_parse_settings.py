from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import (
    describe_settings,
    flatten_settings,
    named_settings,
    override_settings,
    settings_from_flat,
    settings_from_mapping,
)
from vpr_ros.core.read_yaml import read_yaml_mapping
from vpr_ros.core.settings import Settings


def settings_from_yaml(text: str, name: str) -> Settings:
    """The way of a settings file, as the command line goes it."""
    return settings_from_mapping(read_yaml_mapping(text, name))


def test_what_is_not_named_keeps_its_default():
    settings = settings_from_yaml("retrieval: {top_k: 7}\nfeatures: {dense_sift: {bin_sizes_px: [5, 10]}}", "s.yaml")
    assert settings.retrieval.top_k == 7
    assert settings.features.dense_sift.bin_sizes_px == (5, 10)
    assert settings.image == Settings().image


def test_flat_and_tree_are_the_same():
    assert settings_from_flat(flatten_settings(Settings())) == Settings()


def test_every_setting_has_a_help_text():
    assert describe_settings().keys() == flatten_settings(Settings()).keys()
    assert all(meta["help"] for meta in describe_settings().values())


def test_an_integer_serves_where_a_number_is_wanted():
    assert override_settings(Settings(), ["node.rate_hz=2"]).node.rate_hz == 2.0


@pytest.mark.parametrize("text", ["1e-1", "0.1", "1.0e-1"])
def test_a_number_may_be_written_as_people_write_it(text):
    assert override_settings(Settings(), [f"rooms.min_share={text}"]).rooms.min_share == 0.1


def test_what_a_person_named_is_known():
    assert named_settings({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == {"a.b", "a.c.d", "e"}


def test_assignments_are_judged_together():
    settings = override_settings(Settings(), ["retrieval.top_k=3", "rooms.voters=3"])
    assert settings.rooms.voters == 3


def test_no_depth_between_nearest_and_furthest_is_a_contradiction():
    with pytest.raises(SettingsError, match=r"min_depth_m=20\.0 .*max_depth_m=10\.0"):
        override_settings(Settings(), ["pose.min_depth_m=20"])


def test_whitening_without_pca_is_a_contradiction():
    with pytest.raises(SettingsError, match=r"whitening=true .*dimensions=0"):
        override_settings(Settings(), ["aggregation.whitening=true", "aggregation.dimensions=0"])


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("retrieval.topk=3", "did you mean retrieval.top_k"),
        ("top_k=3", "did you mean retrieval.top_k"),
        ("retrieval.top_k=3", "rooms.voters=5"),
        ("retrieval.top_k=0", "outside 1..1000"),
        ("retrieval.top_k=yes", "expected int, got True"),
        ("retrieval.top_k=2.5", "expected int"),
        ("node.rate_hz=.nan", "finite"),
        ("features.name=dinov9", "not one of auto"),
        ("features.dense_sift.bin_sizes_px=[]", "expected a list"),
        ("features.dense_sift.bin_sizes_px=[4, x]", "expected int"),
        ("retrieval.top_k", "expected group.name=value"),
        ("image.long_side_px=[1", "cannot be read"),
        ("retrieval.top_k=2001-99-99", "cannot be read"),
        ("node.map_frame=''", "node.map_frame is empty"),
    ],
)
def test_a_bad_assignment_is_one_line_that_names_it(assignment, told):
    with pytest.raises(SettingsError) as caught:
        override_settings(Settings(), [assignment])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("retrieval: 3", "expected settings such as"),
        ("- 1", "expected groups"),
        ("a: [1", "s.yaml, line"),
        ("retrival: {top_k: 3}", "did you mean retrieval"),
        ("retrieval: {top_k: 3, top_k: 7}", "line 1: cannot be read: top_k stands there twice"),
        ("a: 2001-99-99", "cannot be read"),
        ("\0", "cannot be read"),
        ("[" * 5000, "cannot be read"),
        ("/**: {ros__parameters: {retrieval: {top_k: 3}}}", "is a file of ROS parameters"),
    ],
)
def test_a_bad_file_is_one_line(text, told):
    with pytest.raises(SettingsError) as caught:
        settings_from_yaml(text, "s.yaml")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=80))
def test_any_text_is_settings_or_an_error(text):
    with contextlib.suppress(SettingsError):
        assert isinstance(settings_from_yaml(text, "s.yaml"), Settings)


def test_off_may_be_said_where_it_is_a_choice_although_yaml_takes_it_for_false():
    told = override_settings(Settings(), ["pose.gates.robot=off"])
    assert told.pose.gates.robot == "off"
    with pytest.raises(SettingsError, match=r"rerank.votes: expected str, got False"):
        override_settings(Settings(), ["rerank.votes=off"])
