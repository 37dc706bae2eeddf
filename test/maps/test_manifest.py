from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_map import refusal_of, resign, write_signed

from vpr_ros.core.errors import MapError
from vpr_ros.maps.manifest import TooNewError, manifest_text, parse_manifest
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap


def test_text_and_manifest_are_each_others_inverse(sample: PlaceMap) -> None:
    content = (sample.path / "manifest.json").read_bytes()
    assert manifest_text(parse_manifest(content)).encode() == content


def test_any_other_json_library_may_write_it(sample: PlaceMap) -> None:
    before = (sample.path / "manifest.json").read_bytes()
    resign(sample.path, id)
    assert (sample.path / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("format", "web_app", "format is not 'vpr_map'"),
        ("map_id", "Office", "map_id 'Office' cannot name ROS frames"),
        ("created", "yesterday", "does not match format"),
        ("counts.places", 7, "counts.places contradicts"),
        ("counts.descriptor_size", 7, "counts.descriptor_size contradicts"),
        ("next_place_id", 8, "would give place 8 a second time"),
        ("next_place_id", True, "next_place_id is true/false, expected a whole number"),
        ("frames.map", "", "frames.map is empty"),
        ("frames.odom", "odom", "field frames.odom is unknown; written by a newer vpr_ros?"),
        ("surprise", 1, "field surprise is unknown"),
        ("recipe.image", [], "recipe.image is a list, expected an object"),
        ("cameras.0.intrinsics.K", [[1, 0, 0], [0, 1, 0]], "cameras[0].intrinsics.K is not a list of 3"),
        ("cameras.0.intrinsics.K", [[0, 0, 0], [0, 0, 0], [0, 0, 0]], "cameras[0].intrinsics.K is no camera matrix"),
        ("cameras.0.intrinsics.width", 0, "cameras[0].intrinsics.width=0 is outside"),
        ("cameras.0.intrinsics.distortion_model", "fisheye", "distortion_model is not one of none, plumb_bob"),
        ("cameras.0.base_from_camera", [[1, 0, 0, 0]] * 4, "base_from_camera is no rigid transformation"),
        ("cameras.1.name", "front", "cameras names something twice"),
        ("label_names.rooms", ["kitchen", "kitchen"], "label_names.rooms names something twice"),
        ("label_names.rooms", ["kitchen"], "room_codes names something that the manifest does not list"),
        ("provenance.notes", [1], "provenance.notes[0] is a whole number, expected a text"),
        ("files.descriptors.file", "../../etc/passwd", "is not named after descriptors and its checksum"),
        ("files.descriptors.sha256", "xyz", "checksum of descriptors is not 64 hexadecimal digits"),
        ("files.descriptors.dtype", "|O", "descriptors is of type '|O', expected '<f4'"),
        ("files.descriptors.shape", [6, -1], "shape of descriptors is no list of lengths"),
        ("files.descriptors.shape", [6], "descriptors has 1 axes, expected 2"),
        ("files.stamps_ns.shape", [5], "stamps_ns is [5], but n is 6 in"),
        ("vocabularies", [], "vocabularies lists 0, expected 1 to 4"),
        ("vocabularies.0", None, "disagree on whether there is a vocabulary"),
        ("vocabularies.0.kind", "family", "vocabularies[0].kind='family' is not one of map, domain, global"),
        ("files.depth.shape", [6, 60, 81], "depth is [6, 60, 81], expected 80 instead of 81"),
        ("files.source_name_offsets.shape", [8], "but n+1 is"),
    ],
)
def test_each_field_is_checked(sample: PlaceMap, path: str, value: Any, message: str) -> None:
    resign(sample.path, lambda content: _set(content, path.split("."), value))
    with pytest.raises(MapError) as caught:
        open_map(sample.path)
    assert message in str(caught.value)
    assert "manifest.json" in str(caught.value) or str(sample.path) in str(caught.value)


def test_a_map_lacks_no_file(sample: PlaceMap) -> None:
    resign(sample.path, lambda content: content["files"].pop("stamps_ns"))
    with pytest.raises(MapError, match="names no file for stamps_ns"):
        open_map(sample.path)


def test_half_a_projection_is_none(sample: PlaceMap) -> None:
    resign(sample.path, lambda content: content["files"].pop("projection_mean"))
    with pytest.raises(MapError, match="names no file for projection_mean"):
        open_map(sample.path)


def test_a_newer_version_is_not_called_damaged(sample: PlaceMap) -> None:
    resign(sample.path, lambda content: content.update(format_version=4, invention={}))
    with pytest.raises(MapError, match="format version 4, this vpr_ros reads up to version 3; upgrade vpr_ros"):
        open_map(sample.path)


def test_a_file_of_a_newer_vpr_ros_asks_for_an_upgrade(sample: PlaceMap) -> None:
    resign(sample.path, lambda content: content["files"].update(points_3d=content["files"]["depth"]))
    with pytest.raises(MapError, match="'points_3d', which this vpr_ros does not know; upgrade vpr_ros"):
        open_map(sample.path)


def test_an_edited_manifest_is_noticed(sample: PlaceMap) -> None:
    path = sample.path / "manifest.json"
    path.write_text(path.read_text().replace("base_link", "base_linc"))
    with pytest.raises(MapError, match=r"manifest\.json: is damaged or was edited"):
        open_map(sample.path)


def test_names_that_are_no_unicode_survive(sample: PlaceMap) -> None:
    manifest = parse_manifest((sample.path / "manifest.json").read_bytes())
    odd = b"bag-\xff".decode("utf-8", "surrogateescape")
    object.__setattr__(manifest.provenance, "source", odd)
    assert parse_manifest(manifest_text(manifest).encode()).provenance.source == odd


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_with_the_checksum_right_opens_or_is_refused_in_one_line(
    sample: PlaceMap, data: st.DataObject
) -> None:
    path = sample.path / "manifest.json"
    original = path.read_bytes()
    content = json.loads(original)
    place = data.draw(st.sampled_from(_places(content)))
    change = data.draw(st.sampled_from(["replace", "remove", "add"]))
    _change(content, place, change, data.draw(any_json))
    try:
        write_signed(path, content)
        refusal = refusal_of(sample.path)
        assert refusal is None or (str(sample.path) in refusal and "\n" not in refusal)
    finally:
        path.write_bytes(original)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_manifest_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        parse_manifest(content)


def test_only_a_too_old_reader_says_too_new() -> None:
    with pytest.raises(TooNewError):
        parse_manifest(b'{"format": "vpr_map", "format_version": 99}')
    with pytest.raises(ValueError, match="format_version=0 is outside"):
        parse_manifest(b'{"format": "vpr_map", "format_version": 0}')


def _set(content: Any, keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        content = content[int(key)] if isinstance(content, list) else content[key]
    content[int(keys[-1]) if isinstance(content, list) else keys[-1]] = copy.deepcopy(value)


def _places(content: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [prefix, *(place for key, child in children for place in _places(child, (*prefix, key)))]


def _change(content: Any, place: tuple[Any, ...], change: str, value: Any) -> None:
    if not place:
        content.update(extra=value)
        return
    for key in place[:-1]:
        content = content[key]
    if change == "remove":
        del content[place[-1]]
    elif change == "add" and isinstance(content[place[-1]], dict):
        content[place[-1]]["extra"] = value
    elif change == "add" and isinstance(content[place[-1]], list):
        content[place[-1]].append(value)
    else:
        content[place[-1]] = value


def test_a_map_of_version_2_opens_without_keypoints_and_embeddings(sample: PlaceMap) -> None:
    def make_old(content: dict[str, Any]) -> None:
        content["format_version"] = 2
        del content["geometry"], content["overlap"]

    resign(sample.path, make_old)
    assert open_map(sample.path).keypoints is None
    assert open_map(sample.path).embeddings is None


def test_a_map_of_version_1_opens(sample: PlaceMap) -> None:
    def make_old(content: dict[str, Any]) -> None:
        content["format_version"] = 1
        del content["vocabularies"], content["recipe"]["ensemble"], content["geometry"], content["overlap"]

    resign(sample.path, make_old)
    old = open_map(sample.path)
    assert [each.origin.kind for each in old.vocabularies if each is not None] == ["map"]
    np.testing.assert_array_equal(old.vocabularies[0].centres, sample.vocabularies[0].centres)
    assert old.recipe.ensemble == {}
