"""Where poses come from, and every way in which they cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.core.message_fields import header_fields
from vpr_ros.sources.bags.read_bag import BagSource
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.source import SourceOptions

Bag = Callable[..., Path]
START_NS = 1_700_000_000 * 10**9
ODOM_ONLY = {"tf": (), "pose_topics": {"/odom": ("Odometry", "odom")}}


def read(path: Path, **options: Any) -> BagSource:
    return BagSource(path, SourceOptions(**options))


def positions(source: BagSource) -> list[float | None]:
    poses = [entry.map_from_base for entry in source.entries()]
    return [None if pose is None else round(float(pose[0, 3]), 6) for pose in poses]


def test_tf_is_interpolated_at_the_image_stamps(bag: Bag) -> None:
    source = read(bag(stamp_images=lambda index: START_NS + index * 10**8 - 25_000_000))
    assert positions(source) == [None, *(pytest.approx(index * 0.1 - 0.025) for index in range(1, 10))]
    assert any("1 of 10 frames have no pose" in note for note in source.notes)
    assert "poses from TF map -> base_link" in source.notes


@pytest.mark.parametrize("kind", ["PoseStamped", "PoseWithCovarianceStamped", "Odometry"])
def test_a_topic_in_the_map_frame_gives_poses(bag: Bag, kind: str) -> None:
    source = read(bag(tf=(), pose_topics={"/where": (kind, "map")}))
    assert positions(source) == pytest.approx([index * 0.1 for index in range(10)])
    assert "poses from /where" in source.notes


def test_the_leading_slash_of_old_frame_names_does_not_matter(bag: Bag) -> None:
    assert None not in positions(read(bag(tf=(), pose_topics={"/where": ("PoseStamped", "/map")})))


def test_a_bag_without_poses_is_refused_with_the_ways_out(bag: Bag) -> None:
    with pytest.raises(SourceError, match=r"no poses in it.*--pose TOPIC.*--trajectory FILE.*--pose none") as error:
        read(bag(tf=()))
    assert "\n" not in str(error.value)


def test_a_bag_without_poses_is_a_source_without_poses_where_that_is_said(bag: Bag) -> None:
    source = read(bag(tf=()), pose_topic="none")
    assert positions(source) == [None] * 10
    assert any("no poses" in note for note in source.notes)


@pytest.mark.parametrize("frame", ["map", "world"])
def test_goals_are_no_poses(bag: Bag, frame: str) -> None:
    with pytest.raises(SourceError, match="no poses in it"):
        read(bag(tf=(), pose_topics={"/goal_pose": ("PoseStamped", frame)}))


def test_a_topic_in_another_frame_is_named_with_the_setting_that_takes_it(bag: Bag) -> None:
    path = bag(tf=(), pose_topics={"/mocap": ("PoseStamped", "world")})
    with pytest.raises(SourceError, match=r"/mocap is in frame 'world'; .*--set node\.map_frame=world\).*--pose none"):
        read(path)
    assert None not in positions(read(path, map_frame="world"))


def test_tf_to_another_base_is_named_with_the_setting_that_takes_it(bag: Bag) -> None:
    path = bag(tf=("map", "odom", "base_footprint"))
    told = (
        "TF does not join 'map' to 'base_link'; its frames are base_footprint, base_link, cam, map, odom; name the "
        r"right frames \(--set node\.base_frame=base_footprint\), .*--pose none"
    )
    with pytest.raises(SourceError, match=told):
        read(path)
    assert None not in positions(read(path, base_frame="base_footprint"))
    assert positions(read(path, pose_topic="none")) == [None] * 10


def test_tf_from_another_map_is_told_of_with_the_setting_that_takes_it(bag: Bag) -> None:
    path = bag(tf=("world", "base_link"))
    with pytest.raises(SourceError, match=r"if that frame is the map, say so: --set node\.map_frame=world"):
        read(path)
    assert None not in positions(read(path, map_frame="world"))


def test_trusted_odometry_is_taken_though_other_poses_are_elsewhere(bag: Bag) -> None:
    topics = {"/odom": ("Odometry", "odom"), "/mocap": ("PoseStamped", "world")}
    path = bag(tf=(), pose_topics=topics)
    with pytest.raises(SourceError, match="/mocap is in frame 'world'"):
        read(path)
    assert "poses from /odom, in frame 'odom'" in " ".join(read(path, trust_odometry=True).notes)


def test_poses_that_drift_are_refused(bag: Bag) -> None:
    with pytest.raises(
        SourceError, match=r"/odom are in frame 'odom', not in 'map', so they drift: .*--trust-odometry"
    ):
        read(bag(**ODOM_ONLY))


def test_poses_that_drift_can_be_trusted_and_that_is_said(bag: Bag) -> None:
    source = read(bag(**ODOM_ONLY), trust_odometry=True)
    assert positions(source) == pytest.approx([index * 0.1 for index in range(10)])
    assert any("'odom', which drifts: trusted because" in note for note in source.notes)


def test_poses_that_drift_can_be_done_without(bag: Bag) -> None:
    source = read(bag(**ODOM_ONLY), pose_topic="none")
    assert positions(source) == [None] * 10
    odometry = next(source.frames()).odom_from_base
    assert odometry is not None


def test_odometry_in_tf_alone_drifts_too(bag: Bag) -> None:
    path = bag(tf=("odom", "base_link"))
    with pytest.raises(SourceError, match="TF odom -> base_link are in frame 'odom'"):
        read(path)
    assert positions(read(path, trust_odometry=True))[9] == pytest.approx(0.9)


def test_a_camera_on_a_standing_base_is_no_odometry(bag: Bag) -> None:
    """Only static transforms: nothing is posed by them, so nothing drifts."""
    with pytest.raises(SourceError, match="no poses in it"):
        read(bag(tf=()))


def test_gaps_give_no_pose_and_are_counted(bag: Bag) -> None:
    path = bag(
        tf=(),
        pose_topics={"/where": ("PoseStamped", "map")},
        pose_frames=(0, 1, 8, 9),
        stamp_images=lambda index: START_NS + index * 10**8,
    )
    source = read(path)
    assert positions(source) == [0, pytest.approx(0.1), *[None] * 6, pytest.approx(0.8), pytest.approx(0.9)]
    assert any("6 of 10 frames have no pose" in note for note in source.notes)
    assert None not in positions(read(path, max_pose_gap_s=0.7))


def test_no_image_between_close_poses_is_an_error(bag: Bag) -> None:
    path = bag(
        tf=(),
        pose_topics={"/where": ("PoseStamped", "map")},
        pose_frames=(0, 9),
        stamp_images=lambda index: START_NS + index * 10**7 + 10**8,
    )
    with pytest.raises(SourceError, match=r"no image lies between two poses at most 0\.5 s apart"):
        read(path)


@pytest.mark.parametrize("poses", [{}, {"tf": (), "pose_topics": {"/where": ("PoseStamped", "map")}}])
@pytest.mark.parametrize(("hours", "told"), [(1, "23:13:20"), (-1, "21:13:20")])
def test_a_wrong_clock_is_an_error_with_both_ranges(bag: Bag, poses: dict[str, Any], hours: int, told: str) -> None:
    with pytest.raises(SourceError, match=rf"22:13:20 UTC.* {told} UTC.*a clock is wrong"):
        read(bag(tf_offset_ns=hours * 3600 * 10**9, **poses))


@pytest.mark.parametrize("poses", [{}, {"tf": (), "pose_topics": {"/where": ("PoseStamped", "map")}}])
@pytest.mark.parametrize("seconds", [2, -2])
def test_a_wrong_clock_that_still_overlaps_is_an_error_with_both_offsets(
    bag: Bag, poses: dict[str, Any], seconds: int
) -> None:
    with pytest.raises(
        SourceError,
        match=rf"images are stamped \+0\.00 s .* \{seconds:+d}\.00 s: one of the clocks is wrong by 2\.00 s",
    ):
        read(bag(frames=40, tf_offset_ns=seconds * 10**9, **poses))


def test_a_clock_that_all_share_may_differ_from_the_recorders(bag: Bag) -> None:
    """As in simulation, where stamps begin at zero and times of recording do not."""
    path = bag(bag_time=lambda now: now + 10**15)
    assert None not in positions(read(path))


def test_times_of_recording_that_say_nothing_accuse_nobody(bag: Bag) -> None:
    """A converted bag: all of it was recorded at one moment, and its poses end long before its images."""
    topics = {"/where": ("PoseStamped", "map")}
    path = bag(frames=60, tf=(), pose_topics=topics, pose_frames=range(20), bag_time=lambda _: START_NS)
    assert positions(read(path))[:20] == [pytest.approx(index * 0.1) for index in range(20)]


def test_a_localizer_may_stamp_its_transform_ahead(bag: Bag) -> None:
    """AMCL says map -> odom a second in advance; behind, or odom -> base_link ahead, is a wrong clock."""
    read(bag(frames=40, hop_offsets_ns={"odom": 10**9}))


@pytest.mark.parametrize(("child", "seconds"), [("odom", -1), ("base_link", 1), ("base_link", -1)])
def test_one_hop_of_another_clock_is_named(bag: Bag, child: str, seconds: int) -> None:
    with pytest.raises(SourceError, match=rf"poses of TF \w+ -> {child} \{seconds:+d}\.00 s"):
        read(bag(frames=40, hop_offsets_ns={child: seconds * 10**9}))


def test_a_named_topic_that_is_not_there_lists_those_that_are(bag: Bag) -> None:
    with pytest.raises(
        SourceError, match=r"no topic /nowhere \(--pose\); topics there: .*/tf \(tf2_msgs/msg/TFMessage"
    ):
        read(bag(), pose_topic="/nowhere")


def test_a_named_topic_of_another_type_says_what_is_expected(bag: Bag) -> None:
    with pytest.raises(SourceError, match=r"/camera/image_raw .*carries sensor_msgs/msg/Image, expected nav_msgs"):
        read(bag(), pose_topic="/camera/image_raw")


def test_a_named_topic_wins_over_tf(bag: Bag) -> None:
    source = read(bag(pose_topics={"/where": ("PoseStamped", "map")}), pose_topic="/where")
    assert "poses from /where" in source.notes


def test_two_topics_with_poses_leave_a_choice(bag: Bag) -> None:
    both = {"/a": ("PoseStamped", "map"), "/b": ("PoseStamped", "map")}
    with pytest.raises(SourceError, match="choose one with --pose: /a, /b"):
        read(bag(tf=(), pose_topics=both))


def test_named_tf_that_does_not_reach_the_base_names_the_frames(bag: Bag) -> None:
    with pytest.raises(
        SourceError, match="TF does not join 'map' to 'base_footprint'; frames there: base_link, cam, map"
    ):
        read(bag(), pose_topic="/tf", base_frame="base_footprint")


def test_a_trajectory_file_serves_a_bag_too(bag: Bag, tmp_path: Path) -> None:
    lines = [f"{START_NS // 10**9}.{index}00000000 {index} 0 0 0 0 0 1" for index in range(10)]
    (tmp_path / "optimised.txt").write_text("\n".join(lines))
    source = read(bag(), trajectory=tmp_path / "optimised.txt")
    assert positions(source) == pytest.approx(list(range(10)))


def test_odometry_of_another_part_is_moved_to_the_base(tmp_path: Path) -> None:
    """The footprint is 0.2 m behind the base; its odometry becomes the base's through static TF."""
    with BagWriter(tmp_path / "footprint") as bag:
        header = header_fields(START_NS, "base_footprint")
        static = {"header": header, "child_frame_id": "base_link", "transform": {"translation": {"x": 0.2}}}
        bag.write("/tf_static", "tf2_msgs/msg/TFMessage", {"transforms": [static]}, START_NS)
        header = header_fields(START_NS, "map")
        turned = {"position": {"x": 1.0}, "orientation": {"z": 1.0, "w": 0.0}}
        pose = {"header": header, "child_frame_id": "base_footprint", "pose": {"pose": turned}}
        bag.write("/odom", "nav_msgs/msg/Odometry", pose, START_NS)
        image = {"header": header_fields(START_NS, "cam"), "height": 1, "width": 1, "step": 3, "encoding": "rgb8"}
        bag.write("/image_raw", "sensor_msgs/msg/Image", {**image, "data": b"abc"}, START_NS)
    assert positions(read(tmp_path / "footprint")) == [pytest.approx(0.8)]


def test_poses_that_are_none_are_left_out_and_counted(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "nan") as bag:
        for index, x in enumerate([0.0, float("nan"), 2.0]):
            now = START_NS + index * 10**8
            pose = {"header": header_fields(now, "map"), "pose": {"position": {"x": x}}}
            bag.write("/where", "geometry_msgs/msg/PoseStamped", pose, now)
            image = {"header": header_fields(now, "cam"), "height": 1, "width": 1, "step": 3, "encoding": "rgb8"}
            bag.write("/image_raw", "sensor_msgs/msg/Image", {**image, "data": b"abc"}, now)
    source = read(tmp_path / "nan")
    assert positions(source) == [0, 1, 2]
    assert np.isfinite([entry.map_from_base for entry in source.entries()]).all()
    assert any("1 poses are no poses" in note for note in source.notes)
