"""Maps built with keypoints: which means is taken, what is told, what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from point_scene import FORWARD, no_bar

from vpr_ros.assemble import make_ingredients, recipe_of
from vpr_ros.core.errors import SettingsError, SourceError
from vpr_ros.core.geometry import invert_pose, planar_pose
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.pose.reprojection import project_map_points
from vpr_ros.core.records import Frame, Intrinsics
from vpr_ros.core.settings import Settings
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.maps.build_map import Built, Drive, build_map
from vpr_ros.maps.geometry.make_geometry import PointMakers
from vpr_ros.maps.geometry.map_points import StoredPoints, map_points
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.write_map import MapWriter
from vpr_ros.sources.folders.colmap_model import ColmapModel
from vpr_ros.sources.source import SourceOptions

SMALL = ["features.name=dense_sift", "aggregation.clusters=8", "image.long_side_px=64", "pose.max_keypoints=200"]
LENS = Intrinsics(np.array([[170.0, 0, 80], [0, 170.0, 60], [0, 0, 1]]), 160, 120)
WALL_M = 3.0
PIXELS_A_METRE = 100


def wall() -> np.ndarray:
    noise = np.random.default_rng(3).standard_normal((300, 600)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


WALL = wall()


def frame(number: int) -> Frame:
    """A picture of the wall x = 3 m, from a spot further along it each time."""
    map_from_base = planar_pose(0, -0.6 + 0.15 * number, 0)
    camera_from_map = invert_pose(map_from_base @ FORWARD)
    # Points of the wall (y to the left, z up) as pixels of its texture and of the image.
    corners = np.array([[WALL_M, 3.0, 1.9], [WALL_M, -3.0, 1.9], [WALL_M, -3.0, -1.1], [WALL_M, 3.0, -1.1]])
    seen = project_map_points(corners, camera_from_map, LENS).astype(np.float32)
    texture = np.array([[0, 0], [599, 0], [599, 299], [0, 299]], np.float32)
    image = cv2.warpPerspective(WALL, cv2.getPerspectiveTransform(texture, seen), (160, 120))
    return Frame(
        image=np.repeat(image[..., None], 3, axis=2),
        stamp_ns=number * 10**9,
        camera="front",
        source_name=f"{number}.png",
        intrinsics=LENS,
        depth_m=np.full((120, 160), WALL_M - 0.1, np.float32),
        map_from_base=map_from_base,
        base_from_camera=FORWARD,
    )


FRAMES = [frame(number) for number in range(8)]


def build(path: Path, frames: list[Frame], *assignments: str, observed=None) -> Built:
    settings = override_settings(Settings(), [*SMALL, *assignments])

    def read(numbers: Sequence[int]) -> Iterator[Frame]:
        return (frames[number] for number in numbers)

    drive = Drive("drive", "test", (), range(len(frames)), read)
    ingredients = make_ingredients(settings)
    makers = PointMakers(*make_keypoints(settings.pose), settings.pose, observed)
    with MapWriter(path) as writer:
        recipe = recipe_of(settings, ingredients)
        return build_map(writer, drive, ingredients, settings, recipe, no_bar, points=makers)


def without_depth(frames: list[Frame]) -> list[Frame]:
    return [replace(each, depth_m=None) for each in frames]


def points_of(path: Path) -> StoredPoints:
    points = map_points(open_map(path))
    assert points is not None
    return points


@pytest.mark.parametrize(("frames", "kind"), [(FRAMES, "depth"), (without_depth(FRAMES), "triangulated")])
def test_points_lie_on_the_wall(tmp_path: Path, frames: list[Frame], kind: str) -> None:
    built = build(tmp_path / "m", frames)
    place_map = open_map(tmp_path / "m")
    assert place_map.keypoints is not None
    origin = place_map.keypoints.origin
    assert origin.kind == kind
    assert origin.fingerprint["name"] == "sift"
    assert origin.reprojection_median_px is not None
    assert origin.reprojection_median_px < 0.6
    assert any(f"with a point ({kind})" in note for note in built.notes)
    points = points_of(tmp_path / "m")
    for row in range(8):
        keyframe = points.keyframe(row)
        assert keyframe is not None
        known = np.isfinite(keyframe.points_map[:, 0])
        assert known.sum() > 25
        off_m = np.abs(keyframe.points_map[known, 0] - WALL_M)
        assert np.median(off_m) < 0.06
        expected = project_map_points(keyframe.points_map[known], invert_pose(keyframe.map_from_camera), LENS)
        assert np.median(np.linalg.norm(expected - keyframe.pixels[known], axis=1)) < 0.6
    assert set(points.covisible(3, 2)) <= {1, 2, 4, 5}


def test_a_map_without_geometry_keeps_keypoints_alone(tmp_path: Path) -> None:
    build(tmp_path / "m", FRAMES, "pose.geometry=none")
    keyframe = points_of(tmp_path / "m").keyframe(0)
    assert keyframe is not None
    assert len(keyframe.pixels) > 50
    assert np.isnan(keyframe.points_map).all()


def test_a_few_frames_with_depth_do_not_make_a_map_from_depth(tmp_path: Path) -> None:
    build(tmp_path / "m", [*FRAMES[:2], *without_depth(FRAMES[2:])])
    assert open_map(tmp_path / "m").keypoints.origin.kind == "triangulated"


def test_observed_points_are_taken_before_anything_else(tmp_path: Path) -> None:
    where = np.array([[WALL_M, 0.1, 0.4], [WALL_M, -0.2, 0.5]])

    def observed(name: str) -> ObservedPoints:
        taken = FRAMES[int(name.partition(".")[0])]
        pixels = project_map_points(where, invert_pose(taken.map_from_base @ FORWARD), LENS)
        return ObservedPoints(pixels, where, np.array([0, 1]))

    build(tmp_path / "m", FRAMES, observed=observed)
    assert open_map(tmp_path / "m").keypoints.origin.kind == "colmap"


def write_colmap(folder: Path, place_map: Path) -> None:
    """The frames and what was triangulated of them as a COLMAP model with its images."""
    import pycolmap

    model, points, arrays = pycolmap.Reconstruction(), points_of(place_map), open_map(place_map).keypoints
    camera = pycolmap.Camera.create_from_model_name(1, "PINHOLE", 170.0, 160, 120)
    camera.params = [170.0, 170.0, 80.5, 60.5]
    model.add_camera_with_trivial_rig(camera)
    (folder / "images").mkdir(parents=True)
    tracks: dict[int, tuple[np.ndarray, pycolmap.Track]] = {}
    for number, taken in enumerate(FRAMES):
        keyframe = points.keyframe(number)
        cv2.imwrite(str(folder / "images" / taken.source_name), taken.image)
        image = pycolmap.Image(taken.source_name, keyframe.pixels.astype(np.float64) + 0.5, 1, number + 1)
        camera_from_map = invert_pose(keyframe.map_from_camera)
        model.add_image_with_trivial_frame(image, pycolmap.Rigid3d(camera_from_map[:3]))
        for row, track in enumerate(arrays.tracks[arrays.offsets[number] : arrays.offsets[number + 1]].tolist()):
            if track >= 0:
                place, elements = tracks.setdefault(track, (keyframe.points_map[row], pycolmap.Track()))
                elements.add_element(number + 1, row)
    for place, elements in tracks.values():
        model.add_point3D(place, elements)
    (folder / "sparse").mkdir()
    model.write_binary(str(folder / "sparse"))


def test_a_colmap_model_comes_in_whole(tmp_path: Path) -> None:
    build(tmp_path / "m", without_depth(FRAMES))
    write_colmap(tmp_path / "model", tmp_path / "m")
    source = ColmapModel(tmp_path / "model", SourceOptions())
    built = build(tmp_path / "n", list(source.frames()), observed=source.observed_points)
    assert built.places == 8
    before, after = (open_map(tmp_path / name).keypoints for name in "mn")
    assert after.origin.kind == "colmap"
    # Every point is found again by the same extractor, and by keypoints of other sizes in the same spot.
    assert before.origin.points <= after.origin.points < 1.2 * before.origin.points
    one, two = (points_of(tmp_path / name).keyframe(4) for name in "mn")
    known = np.isfinite(one.points_map[:, 0])
    away = np.linalg.norm(one.pixels[known][:, None] - two.pixels[None], axis=2)
    assert away.min(axis=1).max() == 0
    off_m = np.linalg.norm(one.points_map[known] - two.points_map[away.argmin(axis=1)], axis=1)
    # One spot may hold keypoints of two turns, triangulated apart by a hair: the model has either for both.
    assert np.median(off_m) < 1e-5
    assert np.mean(off_m < 0.01) > 0.95


def nothing(each: Frame) -> Frame:
    return replace(each, image=np.full_like(each.image, 127))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"map_from_base": None}, "no pose"),
        ({"intrinsics": None}, "no intrinsics"),
        ({"base_from_camera": None}, "where the camera sits on the robot is not known"),
        ({"intrinsics": replace(LENS, width=320, height=240)}, "the image has another size than its intrinsics"),
    ],
)
def test_what_is_missing_is_said_and_the_map_is_built_without_points(tmp_path: Path, change: dict, why: str) -> None:
    frames = [replace(each, **change) for each in FRAMES]
    built = build(tmp_path / "m", frames)
    assert f"no points, so no poses from this map: {why}" in built.notes
    assert open_map(tmp_path / "m").keypoints is None
    with pytest.raises(SourceError, match=f"^pose.geometry=triangulate cannot be had: {why}; "):
        build(tmp_path / "n", frames, "pose.geometry=triangulate")


def test_depth_that_was_asked_for_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^pose.geometry=depth, but no keyframe has depth; name a depth topic"):
        build(tmp_path / "m", without_depth(FRAMES), "pose.geometry=depth")


def test_a_camera_that_lacks_intrinsics_leaves_the_others_their_points(tmp_path: Path) -> None:
    blind = [replace(each, camera="phone", intrinsics=None) for each in FRAMES[:2]]
    built = build(tmp_path / "m", [*blind, *FRAMES[2:]])
    assert "no intrinsics: 2 keyframes are without keypoints, so no pose is solved from them" in built.notes
    points = points_of(tmp_path / "m")
    assert points.keyframe(0) is None
    assert points.keyframe(2) is not None


def test_a_wall_that_no_keypoints_are_found_on(tmp_path: Path) -> None:
    # Patches describe what is too faint for keypoints only where there is something: so one good frame, and blank ones.
    built = build(tmp_path / "m", [FRAMES[0], *map(nothing, FRAMES[1:3])])
    assert built.places == 1
    assert len(points_of(tmp_path / "m").covisible(0, 4)) == 0


def test_a_map_knows_of_itself_how_wrong_its_points_are_together(tmp_path: Path) -> None:
    shifted = [replace(each, depth_m=each.depth_m * 0.7) for each in FRAMES]
    build(tmp_path / "m", shifted)
    build(tmp_path / "n", FRAMES)
    off, right = (open_map(tmp_path / name).keypoints.origin.shared_error_m for name in "mn")
    assert off > 0.1
    assert right < 0.03
    assert points_of(tmp_path / "m").shared_error.position_m == off


def test_too_few_keyframes_say_nothing_of_it(tmp_path: Path) -> None:
    build(tmp_path / "m", FRAMES[:7])
    assert open_map(tmp_path / "m").keypoints.origin.shared_error_m is None
    assert points_of(tmp_path / "m").shared_error.position_m == 0


def off_by_centimetres(frames: list[Frame]) -> list[Frame]:
    rng = np.random.default_rng(4)
    errors = [planar_pose(0, rng.normal(0, 0.02), rng.normal(0, np.radians(0.5))) for _ in frames]
    return [replace(each, map_from_base=each.map_from_base @ error) for each, error in zip(frames, errors, strict=True)]


def test_poses_that_are_off_are_refined_where_that_is_asked_for(tmp_path: Path) -> None:
    off = off_by_centimetres(without_depth(FRAMES))
    build(tmp_path / "held", off)
    built = build(tmp_path / "m", off, "pose.refine_poses=true")
    held, refined = (open_map(tmp_path / name).table.map_from_base for name in ("held", "m"))
    assert np.array_equal(held, [each.map_from_base for each in off])
    assert any(note.startswith("poses of 8 keyframes refined: moved by ") for note in built.notes)
    missed = [open_map(tmp_path / name).keypoints.origin.reprojection_median_px for name in ("held", "m")]
    assert missed[1] < 0.5 * missed[0]
    keyframe = points_of(tmp_path / "m").keyframe(3)
    known = np.isfinite(keyframe.points_map[:, 0])
    seen = project_map_points(keyframe.points_map[known], invert_pose(refined[3] @ FORWARD), LENS)
    assert np.median(np.linalg.norm(seen - keyframe.pixels[known], axis=1)) < 0.6


def test_poses_cannot_be_refined_by_points_that_are_measured(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^pose.refine_poses=true is for pose.geometry=triangulate, not for .*=depth"
    ):
        build(tmp_path / "m", FRAMES, "pose.geometry=depth", "pose.refine_poses=true")
    built = build(tmp_path / "n", FRAMES, "pose.refine_poses=true")
    assert "poses were not refined: points are not triangulated but of another kind (depth)" in built.notes


def test_depth_that_is_off_shows_in_what_is_told(tmp_path: Path) -> None:
    shifted = [replace(each, depth_m=each.depth_m * 0.7) for each in FRAMES]
    build(tmp_path / "m", shifted)
    build(tmp_path / "n", FRAMES)
    off, right = (open_map(tmp_path / name).keypoints.origin.reprojection_median_px for name in "mn")
    assert off > 2 > right
