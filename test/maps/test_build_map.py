from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.assemble import make_ingredients, make_localizer, recipe_of
from vpr_ros.core.errors import MapError, SourceError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import UNKNOWN, Frame, Labels
from vpr_ros.core.settings import Settings
from vpr_ros.maps.build_map import MIN_FOR_PROJECTION, Built, Drive, build_map
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.write_map import MapWriter

SMALL = ["features.name=dense_sift", "aggregation.clusters=8", "image.long_side_px=160"]
SETTINGS = override_settings(Settings(), SMALL)
ROOMS = ["kitchen", "kitchen", "kitchen", "hall", "hall", "hall"]


def picture(number: int) -> np.ndarray:
    noise = np.random.default_rng(number // 3).standard_normal((120, 200, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)[:, 10 * (number % 3) :][:, :160]
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def frame(number: int) -> Frame:
    return Frame(
        image=picture(number),
        stamp_ns=number * 10**9,
        camera="front",
        source_name=f"{number}.png",
        depth_m=np.full((120, 160), 1.5 + number, np.float32),
        map_from_base=planar_pose(number, 0, 0),
        labels=Labels(room=ROOMS[number]),
    )


def drive_of(frames: list[Frame]) -> Drive:
    def read(numbers: Sequence[int]) -> Iterator[Frame]:
        return (frames[number] for number in numbers)

    return Drive("drive", "test", ("a note",), range(len(frames)), read)


def build(path: Path, frames: list[Frame], settings: Settings = SETTINGS) -> Built:
    ingredients = make_ingredients(settings)
    with MapWriter(path) as writer:
        return build_map(writer, drive_of(frames), ingredients, settings, recipe_of(settings, ingredients), no_bar)


def no_bar(items, _label, _total):
    return iter(items)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "house"
    assert build(path, [frame(number) for number in range(6)]).places == 6
    return path


def test_the_map_holds_the_drive(built):
    place_map = open_map(built)
    table = place_map.table
    assert table.place_ids.tolist() == list(range(6))
    assert table.source_names == tuple(f"{number}.png" for number in range(6))
    assert [labels.room for labels in table.labels] == ROOMS
    np.testing.assert_allclose(table.map_from_base[:, 0, 3], range(6))
    assert place_map.depth is not None
    assert place_map.depth[:, 30, 40].tolist() == [1500, 2500, 3500, 4500, 5500, 6500]
    assert place_map.provenance.notes == ("a note",)
    np.testing.assert_allclose(np.linalg.norm(place_map.descriptors, axis=1), 1, atol=1e-5)


def test_a_frame_of_the_map_finds_itself_with_its_own_descriptor(built):
    localizer = make_localizer(open_map(built), Settings())
    for number in range(6):
        estimate = localizer.localize(frame(number))
        assert estimate.place_id == number
        assert estimate.candidates.best.similarity == pytest.approx(1, abs=1e-4)
        assert estimate.room.label == ROOMS[number]
        assert estimate.coarse_pose.map_from_base[0, 3] == pytest.approx(number, abs=0.01)
    assert set(estimate.latency_ms) == {
        "prepare_image",
        "features",
        "aggregate_descriptor",
        "retrieve_places",
        "label_room",
    }


def test_a_blank_wall_is_refused(built):
    blank = dataclasses.replace(frame(0), image=np.full((120, 160, 3), 200, np.uint8))
    estimate = make_localizer(open_map(built), Settings()).localize(blank)
    assert estimate.place_id is None
    assert estimate.room.label == UNKNOWN
    assert estimate.coarse_pose is None
    assert "too few describable patches (share=0, needed=0.1)" in str(estimate.refusal)


def test_blank_keyframes_are_no_places(tmp_path):
    frames = [frame(number) for number in range(6)]
    frames[1] = dataclasses.replace(frames[1], image=np.zeros((120, 160, 3), np.uint8))
    built = build(tmp_path / "m", frames)
    assert built.places == 5
    assert built.notes[0].startswith("1 keyframes were left out")
    place_map = open_map(tmp_path / "m")
    assert place_map.table.source_names == ("0.png", "2.png", "3.png", "4.png", "5.png")
    assert place_map.depth[:, 0, 0].tolist() == [1500, 3500, 4500, 5500, 6500]
    assert open_map(tmp_path / "m").table.place_ids.tolist() == [0, 2, 3, 4, 5]
    assert open_map(tmp_path / "m").next_place_id == 6


def test_nothing_but_blank_frames_make_no_map(tmp_path):
    blank = dataclasses.replace(frame(0), image=np.zeros((120, 160, 3), np.uint8))
    with pytest.raises(SourceError, match="drive: none of 1 keyframes shows anything"):
        build(tmp_path / "m", [blank])
    with pytest.raises(MapError):
        open_map(tmp_path / "m")


def test_a_mix_of_frames_with_and_without_pose_is_refused(tmp_path):
    frames = [frame(0), dataclasses.replace(frame(1), map_from_base=None)]
    with pytest.raises(SourceError, match="1 of 2 chosen frames have no pose"):
        build(tmp_path / "m", frames)


def test_the_same_drive_makes_the_same_map(tmp_path, built):
    build(tmp_path / "again", [frame(number) for number in range(6)])
    np.testing.assert_array_equal(open_map(tmp_path / "again").descriptors, open_map(built).descriptors)


@pytest.mark.parametrize("places", [1, 2])
def test_a_map_may_be_tiny(tmp_path, places):
    build(tmp_path / "m", [frame(number) for number in range(places)])
    localizer = make_localizer(open_map(tmp_path / "m"), Settings())
    assert localizer.localize(frame(0)).place_id == 0


def test_settings_that_contradict_the_map_name_both_values(built):
    asked = override_settings(Settings(), ["image.long_side_px=640"])
    with pytest.raises(MapError, match=r"image.long_side_px=160, 640 was asked for"):
        make_localizer(open_map(built), asked)


def test_a_setting_that_was_named_must_not_contradict_the_map_even_if_it_is_the_default(built):
    assert make_localizer(open_map(built), Settings()).localize(frame(2)).place_id == 2
    with pytest.raises(MapError, match=r"image.long_side_px=160, 320 was asked for"):
        make_localizer(open_map(built), Settings(), {"image.long_side_px"})


def test_settings_that_no_query_depends_on_are_free(built):
    asked = override_settings(Settings(), ["image.max_megapixels=200", "aggregation.seed=3"])
    assert make_localizer(open_map(built), asked, {"image.max_megapixels"}).localize(frame(1)).place_id == 1


def test_a_pca_wants_enough_keyframes(tmp_path):
    few, enough = (
        [dataclasses.replace(frame(n % 6), image=np.roll(picture(n % 6), n, axis=1)) for n in range(count)]
        for count in (MIN_FOR_PROJECTION - 1, MIN_FOR_PROJECTION)
    )
    assert "no PCA" in build(tmp_path / "few", few).notes[0]
    assert build(tmp_path / "enough", enough).notes == ()
    assert open_map(tmp_path / "few").descriptors.shape[1] == 8 * 128
    assert open_map(tmp_path / "enough").descriptors.shape[1] == MIN_FOR_PROJECTION - 1


def test_a_drive_that_always_shows_the_same_makes_a_map(tmp_path):
    built = build(tmp_path / "m", [frame(0)] * MIN_FOR_PROJECTION)
    assert "no PCA" in built.notes[0]
    assert make_localizer(open_map(tmp_path / "m"), Settings()).localize(frame(0)).place_id == 0


def test_a_mounting_that_becomes_known_later_is_kept(tmp_path):
    build(tmp_path / "m", [frame(0), dataclasses.replace(frame(1), base_from_camera=np.eye(4))])
    (camera,) = open_map(tmp_path / "m").cameras
    np.testing.assert_array_equal(camera.base_from_camera, np.eye(4))


def test_features_that_are_not_the_maps_are_refused(built):
    place_map = open_map(built)
    other = {**place_map.recipe.fingerprint, "version": 99}
    foreign = dataclasses.replace(place_map, recipe=dataclasses.replace(place_map.recipe, fingerprint=other))
    with pytest.raises(MapError, match="version 99 there, 1 here"):
        make_localizer(foreign, Settings())
