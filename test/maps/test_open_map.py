from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_map import CAMERAS, PROVENANCE, RECIPE, refusal_of, same_map, sample_table, write_sample_map

from vpr_ros.core.errors import MapError
from vpr_ros.maps.manifest import parse_manifest
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap


def test_everything_comes_back(sample: PlaceMap) -> None:
    written = sample_table()
    np.testing.assert_array_equal(sample.table.place_ids, written.place_ids)
    np.testing.assert_array_equal(sample.table.stamps_ns, written.stamps_ns)
    np.testing.assert_array_equal(sample.table.map_from_base, written.map_from_base)
    assert sample.table.source_names == written.source_names
    assert sample.table.cameras == written.cameras
    assert sample.table.labels == written.labels
    assert (sample.map_id, sample.next_place_id) == ("office", 9)
    assert (sample.map_frame, sample.base_frame) == ("map", "base_link")
    assert sample.recipe == RECIPE
    assert sample.provenance == PROVENANCE
    front, phone = sample.cameras
    assert (phone.name, phone.intrinsics, phone.base_from_camera) == ("phone", None, None)
    np.testing.assert_array_equal(front.intrinsics.matrix, CAMERAS[0].intrinsics.matrix)
    assert front.intrinsics.distortion == CAMERAS[0].intrinsics.distortion
    np.testing.assert_array_equal(front.base_from_camera, CAMERAS[0].base_from_camera)
    assert sample.descriptors.shape == (6, 5)
    assert sample.projection.components.dtype == np.float32
    assert sample.depth.shape == (6, 60, 80)


def test_a_map_may_hold_only_what_it_must(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "a", everything=False)
    opened = open_map(tmp_path / "a")
    assert (opened.projection, opened.thumbnails, opened.depth, opened.table.map_from_base) == (None,) * 4
    assert opened.descriptors.shape == (6, 12)
    assert not opened.descriptors[0].any()


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_sample_map(Path("~/maps/office.map"))
    assert open_map(Path("~/maps/office.map")).path == tmp_path / "maps" / "office.map"


def test_a_link_to_a_map_is_a_map(sample: PlaceMap) -> None:
    link = sample.path.with_name("current")
    link.symlink_to(sample.path)
    assert same_map(open_map(link), sample)


def test_what_is_no_map_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun" / ".building-1-abc").mkdir(parents=True)
    for name, message in [
        ("nothing", "there is no such map; make one with `vpr map build"),
        ("file", "is a file, a map is a directory"),
        ("empty", r"holds no manifest\.json, so it is no map"),
        ("begun", "its build is still running or was interrupted; run `vpr map build` again"),
        ("a\0b", "no usable path|no such map"),
    ]:
        with pytest.raises(MapError, match=message):
            open_map(tmp_path / name)
    with pytest.raises(MapError, match="no usable path"):
        open_map(Path("~nobody_of_this_name/a.map"))


def test_a_missing_file_is_named(sample: PlaceMap) -> None:
    (path,) = sample.path.glob("depth-*.npy")
    path.unlink()
    with pytest.raises(MapError) as caught:
        open_map(sample.path)
    assert str(caught.value) == (
        f"{path}: this file of the map is missing; restore it from a copy or build the map again with `vpr map build`"
    )


def test_a_file_that_cannot_be_read_is_named(sample: PlaceMap) -> None:
    (path,) = sample.path.glob("depth-*.npy")
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(MapError, match=f"{path.name}: cannot be read: Too many levels of symbolic links"):
        open_map(sample.path)


def test_a_map_replaced_while_it_is_opened_opens_as_the_new_one(
    sample: PlaceMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, calls = os.fstat, []

    def replace_during_the_first_read(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 3:
            write_sample_map(sample.path, seed=1)
        return read(descriptor)

    monkeypatch.setattr("vpr_ros.maps.npy_file.os.fstat", replace_during_the_first_read)
    opened = open_map(sample.path)
    monkeypatch.undo()
    assert same_map(opened, open_map(sample.path))
    assert not same_map(opened, sample)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> PlaceMap:
    path = tmp_path_factory.mktemp("pristine") / "a.map"
    write_sample_map(path)
    return open_map(path)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_found_and_named(pristine: PlaceMap, data: st.DataObject) -> None:
    names = sorted(entry.name for entry in pristine.path.iterdir() if entry.name != ".lock")
    name = data.draw(st.sampled_from(names))
    with tempfile.TemporaryDirectory() as folder:
        damaged = Path(folder) / "a.map"
        shutil.copytree(pristine.path, damaged)
        _damage(damaged, name, names, data)
        refusal = refusal_of(damaged)
        if refusal is None:
            assert same_map(open_map(damaged), pristine)
        else:
            assert str(damaged) in refusal
            assert "\n" not in refusal


def _damage(folder: Path, name: str, names: list[str], data: st.DataObject) -> None:
    path = folder / name
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    kind = data.draw(
        st.sampled_from(["flip", "truncate", "delete", "insert", "overwrite", "swap", "directory", "append"])
    )
    if kind == "flip":
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "truncate":
        del content[place:]
    elif kind == "insert":
        content[place:place] = data.draw(st.binary(min_size=1, max_size=20))
    elif kind == "append":
        content += data.draw(st.binary(min_size=1, max_size=20))
    elif kind == "overwrite":
        injected = data.draw(st.binary(min_size=1, max_size=50))
        content[place : place + len(injected)] = injected
    elif kind == "swap":
        content[:] = (folder / data.draw(st.sampled_from(names))).read_bytes()
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind != "delete":
        path.write_bytes(content)


@pytest.mark.parametrize("bit", range(8))
def test_no_flipped_bit_of_the_manifest_goes_unnoticed(pristine: PlaceMap, bit: int) -> None:
    """Every byte of the file, one bit each: cheap, because the manifest is checked before any array is read."""
    content = (pristine.path / "manifest.json").read_bytes()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << bit
        with pytest.raises(ValueError):
            parse_manifest(bytes(flipped))


def test_a_map_stays_readable_when_it_is_rebuilt(sample: PlaceMap) -> None:
    before = np.array(sample.descriptors)
    write_sample_map(sample.path, seed=1)
    np.testing.assert_array_equal(sample.descriptors, before)
    assert not np.array_equal(open_map(sample.path).descriptors, before)


def test_large_arrays_are_mapped_not_loaded(sample: PlaceMap) -> None:
    mapped = Path("/proc/self/maps").read_text()
    for name in ("descriptors", "thumbnails", "depth"):
        assert json.loads((sample.path / "manifest.json").read_text())["files"][name]["file"] in mapped
