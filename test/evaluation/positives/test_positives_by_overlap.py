from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_places import frame_at, table_of

from vpr_ros.core.errors import UsageError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.records import Intrinsics, Labels, Matrix4
from vpr_ros.evaluation.positives.positives_by_overlap import OverlapPositives
from vpr_ros.maps.place_map import CameraCalibration

LENS = Intrinsics(np.array([[80.0, 0, 79.5], [0, 80, 59.5], [0, 0, 1]]), 160, 120)
# The camera of a robot: z of the optical frame is the robot's x.
MOUNT = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 1.2], [0, 0, 0, 1]])


def along_wall(y: float, turned_deg: float = 0.0) -> Matrix4:
    """A robot that faces a wall 2 m ahead and sees 4 m of it."""
    return planar_pose(0.0, y, np.radians(turned_deg))


def wall_map(poses: list[Matrix4], camera: Any = None, **changes: Any) -> Any:
    """What of a PlaceMap the criterion reads."""
    known = {
        "table": table_of(poses),
        "depth": np.full((len(poses), 60, 80), 2000, np.uint16),
        "cameras": (camera or CameraCalibration("camera", LENS, MOUNT),),
    }
    return SimpleNamespace(**known | changes)


def wall_frame(pose: Matrix4 | None, **changes: Any) -> Any:
    depth = np.full((120, 160), 2.0, np.float32)
    known = {"intrinsics": LENS, "base_from_camera": MOUNT, "depth_m": depth}
    return frame_at(pose, **known | changes)


PLACES = [along_wall(0.0), along_wall(2.2), along_wall(3.5), along_wall(0.0, 90.0), along_wall(90.0)]


def test_views_that_share_enough_are_right():
    positives = OverlapPositives(wall_map(PLACES), 0.3, 45.0)
    judged = positives.judge(wall_frame(along_wall(0.0)), 0, [1, 0, 2, 3, 4])
    assert judged.right == (True, True, False, False, False)
    assert (judged.has_positive, judged.positive_row) == (True, 1)
    assert positives.text == "overlap=0.3,angle=45"


def test_a_right_place_is_found_although_it_was_no_candidate():
    positives = OverlapPositives(wall_map(PLACES), 0.3, 45.0)
    judged = positives.judge(wall_frame(along_wall(3.0)), 0, [0, 4])
    assert judged.right == (False, False)
    assert (judged.has_positive, judged.positive_row) == (True, 2)


def test_many_places_are_searched_to_the_end():
    far = [along_wall(60.0 + row) for row in range(80)]
    positives = OverlapPositives(wall_map([*far, along_wall(0.0)]), 0.3, 45.0)
    assert positives.judge(wall_frame(along_wall(0.1)), 0, [3]).positive_row == 80
    assert positives.judge(wall_frame(along_wall(-20.0)), 0, [3]).has_positive is False


def test_turned_too_far_is_wrong_though_the_same_is_seen():
    positives = OverlapPositives(wall_map([along_wall(0.0, 12.0)]), 0.3, 10.0)
    assert positives.judge(wall_frame(along_wall(0.0)), 0, [0]).right == (False,)
    positives = OverlapPositives(wall_map([along_wall(0.0, 8.0)]), 0.3, 10.0)
    assert positives.judge(wall_frame(along_wall(0.0)), 0, [0]).right == (True,)


def test_each_place_is_seen_by_its_own_camera():
    """The second camera looks backwards: from the same base pose it sees no wall."""
    backwards = MOUNT.copy()
    backwards[:3, :3] = np.diag([-1.0, -1, 1]) @ MOUNT[:3, :3]
    table = dataclasses.replace(table_of([along_wall(0.0)] * 2), cameras=("back", "camera"))
    cameras = (CameraCalibration("camera", LENS, MOUNT), CameraCalibration("back", LENS, backwards))
    positives = OverlapPositives(wall_map(PLACES[:2], table=table, cameras=cameras), 0.3, 180.0)
    assert positives.judge(wall_frame(along_wall(0.0)), 0, [0, 1]).right == (False, True)


def test_another_floor_is_wrong():
    table = table_of(PLACES[:1], [Labels(floor="ground")])
    positives = OverlapPositives(wall_map(PLACES[:1], table=table), 0.3, 45.0)
    assert positives.judge(wall_frame(along_wall(0.0), labels=Labels(floor="first")), 0, [0]).right == (False,)


@pytest.mark.parametrize("lacking", ["depth_m", "intrinsics", "base_from_camera"])
def test_a_query_that_lacks_something_is_not_judged(lacking: str):
    positives = OverlapPositives(wall_map(PLACES), 0.3, 45.0)
    assert positives.judge(wall_frame(along_wall(0.0), **{lacking: None}), 0, [0]) is None
    assert positives.judge(wall_frame(None), 0, [0]) is None


def test_depth_that_is_not_finite_is_unknown():
    frame = wall_frame(along_wall(0.0))
    frame.depth_m[:, :80] = np.nan
    frame.depth_m[:40] = np.inf
    positives = OverlapPositives(wall_map(PLACES), 0.1, 45.0)
    assert positives.judge(frame, 0, [0]).right == (True,)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"depth": None}, "the map has no depth"),
        ({"table": table_of([None])}, "the map has no poses"),
        ({"cameras": (CameraCalibration("camera", None, MOUNT),)}, "does not know the calibration of camera 'camera'"),
        ({"cameras": (CameraCalibration("camera", LENS),)}, "does not know the place on the robot of camera"),
    ],
)
def test_a_map_that_lacks_something_is_refused(changes: dict[str, Any], told: str):
    with pytest.raises(UsageError, match=told):
        OverlapPositives(wall_map(PLACES, **changes), 0.3, 45.0)


def test_the_kitchens_answers_are_judged_as_by_its_matrix(shared: Path, tmp_path: Path):
    """The whole way on real images: recall by our overlap and by the data set's own matrix as a JSON file."""
    import json

    from sample_run import QUICK, run_on

    from vpr_ros.cli.main import main
    from vpr_ros.core.geometry import rotation_between_rad
    from vpr_ros.evaluation.evaluate import Questions
    from vpr_ros.evaluation.positives.choose_positives import parse_positives
    from vpr_ros.sources.open_source import open_source
    from vpr_ros.sources.source import SourceOptions

    folder = shared / "data" / "seven_scenes_redkitchen"
    rows, queries = list(range(0, 60, 2)), [1, 31]
    frames = ",".join(str(row) for row in rows)
    assert main(["map", "build", str(folder), "-o", str(tmp_path / "map"), "--frames", frames, *QUICK]) == 0
    with np.load(folder / "overlap.npz") as loaded:
        overlap = loaded["overlap"].astype(float)
    poses = np.stack([entry.map_from_base for entry in open_source(folder, SourceOptions()).entries()])
    turned = np.degrees(rotation_between_rad(poses[:, None], poses[None]))
    right = (np.minimum(overlap, overlap.T) > 0.3) & (turned < 20)
    (tmp_path / "right.json").write_text(json.dumps([np.flatnonzero(right[q, rows]).tolist() for q in queries]))
    judged = [
        run_on(tmp_path / "map", folder, Questions("1,31", parse_positives(criterion))).queries
        for criterion in ("overlap=0.3,angle=20", str(tmp_path / "right.json"))
    ]
    differing = sum(
        a != b for one, other in zip(*judged, strict=True) for a, b in zip(one.right, other.right, strict=True)
    )
    assert differing <= 4  # of 40: pairs whose overlap is within a hundredth of the bound
    assert [query.place_right for query in judged[0]] == [query.place_right for query in judged[1]]
