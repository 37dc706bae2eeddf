from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from build_process import named_by, names_in
from sample_map import ORIGIN, PROVENANCE, RECIPE, same_map, sample_table, write_sample_map

from vpr_ros.core.errors import MapError
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.maps.write_map import MapWriter


def test_only_what_the_manifest_names_is_left(sample: PlaceMap) -> None:
    assert names_in(sample.path) == named_by(sample)
    write_sample_map(sample.path, seed=1, everything=False)
    assert names_in(sample.path) == named_by(open_map(sample.path))


def test_the_same_map_twice_is_the_same(sample: PlaceMap) -> None:
    before = names_in(sample.path)
    write_sample_map(sample.path)
    assert names_in(sample.path) == before
    assert np.array_equal(open_map(sample.path).descriptors, sample.descriptors)


def test_what_a_person_put_beside_a_map_stays(sample: PlaceMap) -> None:
    (sample.path / "rooms.yaml").write_text("kitchen: 0..9")
    write_sample_map(sample.path, seed=1)
    assert (sample.path / "rooms.yaml").read_text() == "kitchen: 0..9"


def test_a_build_that_fails_leaves_what_was_there(sample: PlaceMap) -> None:
    def fail(_: MapWriter) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample_map(sample.path, seed=1, before_commit=fail)
    assert same_map(open_map(sample.path), sample)
    assert names_in(sample.path) == named_by(sample)


def test_a_first_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a.map") as writer:
        writer.create_array("descriptors", (2, 3), np.float32)
    assert names_in(tmp_path) == set()


def test_an_empty_directory_that_was_there_stays(tmp_path: Path) -> None:
    with MapWriter(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_arrays_are_frozen_by_commit(tmp_path: Path) -> None:
    held: list[np.ndarray] = []
    write_sample_map(tmp_path / "a", before_commit=lambda writer: held.append(writer._arrays["descriptors"]))
    with pytest.raises(ValueError, match="read-only"):
        held[0][0] = 0


def test_scratch_space_is_not_part_of_the_map(tmp_path: Path) -> None:
    def use_scratch(writer: MapWriter) -> None:
        scratch = writer.scratch_array("vectors", (100, 7), np.float32)
        assert not scratch.any()
        scratch[...] = 3
        assert scratch.sum() == 2100

    write_sample_map(tmp_path / "a", before_commit=use_scratch)
    assert names_in(tmp_path / "a") == named_by(open_map(tmp_path / "a"))


def test_ids_of_removed_places_are_not_given_again(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "a", next_place_id=500)
    assert open_map(tmp_path / "a").next_place_id == 500
    with pytest.raises(MapError, match="next_place_id=3 would give place 8 a second time"):
        write_sample_map(tmp_path / "a", next_place_id=3)
    assert open_map(tmp_path / "a").next_place_id == 500


def test_parts_that_contradict_one_another_are_not_written(sample: PlaceMap) -> None:
    table = sample_table(5)
    with MapWriter(sample.path) as writer:
        writer.put_array("descriptors", np.array(sample.descriptors))
        writer.put_array("vocabulary", np.array(sample.vocabularies[0].centres))
        with pytest.raises(
            MapError, match=r"office\.map: map not written, for it could not be opened: manifest\.json: "
        ):
            writer.commit(table, RECIPE, PROVENANCE, [ORIGIN])
    assert same_map(open_map(sample.path), sample)


def test_a_map_without_places_is_none(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a") as writer, pytest.raises(MapError, match="no place"):
        writer.commit(sample_table(0, poses=False), RECIPE, PROVENANCE, [ORIGIN])


def test_a_recipe_must_be_plain_json(tmp_path: Path) -> None:
    for value in (np.float32(1), float("nan"), object()):
        recipe = dataclasses.replace(RECIPE, fingerprint={"scale": value})
        with MapWriter(tmp_path / "a") as writer:
            writer.put_array("descriptors", np.eye(6, 12, dtype=np.float32))
            writer.put_array("vocabulary", np.ones((3, 4)))
            with pytest.raises(MapError, match="manifest is not plain JSON"):
                writer.commit(sample_table(), recipe, PROVENANCE, [ORIGIN])


def test_arrays_unknown_to_the_format_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a") as writer:
        for name, dtype in [("points", np.float32), ("descriptors", np.float64)]:
            with pytest.raises(ValueError, match=f"a map has no array {name!r} of {np.dtype(dtype)}"):
                writer.create_array(name, (3, 3), dtype)


def test_a_directory_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"x")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.json").write_text('{"format": "web_app"}')
    (tmp_path / "file").write_bytes(b"x")
    for name, message in [("photos", "holds 'cat.jpg'"), ("app", "holds 'manifest.json'"), ("file", "is a file")]:
        with pytest.raises(MapError, match=message):
            write_sample_map(tmp_path / name)
    assert names_in(tmp_path / "photos") == {"cat.jpg"}
    assert names_in(tmp_path / "app") == {"manifest.json"}
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.parametrize("manifest", [b"", b'{"format"', None, b'{"format": "vpr_map", "format_version": 7}'])
def test_a_damaged_or_newer_map_can_be_built_again(sample: PlaceMap, manifest: bytes | None) -> None:
    (sample.path / "manifest.json").unlink()
    if manifest is not None:
        (sample.path / "manifest.json").write_bytes(manifest)
    with pytest.raises(MapError):
        open_map(sample.path)
    write_sample_map(sample.path, seed=1)
    assert names_in(sample.path) == named_by(open_map(sample.path))
