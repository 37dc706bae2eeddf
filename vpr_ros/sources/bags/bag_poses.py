"""Where the poses of a bag come from: TF, a pose topic in the map frame, a trajectory file, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Array
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.bag_topics import first_frame_id, named_topic
from vpr_ros.sources.bags.pose_clock import check_clock, clock_offset_s
from vpr_ros.sources.bags.pose_hints import check_elsewhere, no_poses_error
from vpr_ros.sources.bags.pose_notes import check_overlap, describe_missing
from vpr_ros.sources.bags.scan_bag import ODOMETRY, POSE_TYPES, TF_MESSAGE, TF_TOPICS, BagScan, PoseRows, usable_stamps
from vpr_ros.sources.bags.transform_tree import TransformTree, frame_name
from vpr_ros.sources.pose_track import PoseTrack, Stamps, track_from_values
from vpr_ros.sources.source import SourceOptions
from vpr_ros.sources.trajectory_file import read_track

NO_POSES = "none"
_ODOM_FRAME = "odom"
# Poses in the map frame that say where the robot should be, or may be, rather than where it is.
_WISHES = ("goal_pose", "goal", "initialpose", "set_pose", "clicked_pose", "target_pose")


@dataclass(frozen=True, eq=False)
class Poses:
    """poses [M, 4, 4] at the images' stamps; known [M]; notes on where they come from."""

    poses: Array
    known: npt.NDArray[np.bool_]
    notes: tuple[str, ...]


def pose_topics(bag: BagFile, options: SourceOptions) -> list[str]:
    """Topics that poses and odometry may come from, to be scanned. Raises SourceError where a named one is wrong."""
    odometry = [topic.name for topic in bag.of_type(ODOMETRY)]
    named = options.pose_topic
    if named in TF_TOPICS:
        named_topic(bag, named, "--pose", (TF_MESSAGE,))
    elif named not in (None, NO_POSES):
        return sorted({*odometry, named_topic(bag, named, "--pose", POSE_TYPES).name})
    if named is not None:
        return odometry
    in_map = [name for name, frame in _frame_by_topic(bag).items() if frame == frame_name(options.map_frame)]
    return sorted({*odometry, *in_map})


def _frame_by_topic(bag: BagFile) -> dict[str, str]:
    """The frame of each topic that may say where the robot is."""
    topics = [topic.name for topic in bag.of_type(*POSE_TYPES) if topic.name.rpartition("/")[2] not in _WISHES]
    return {name: first_frame_id(bag, name) for name in topics}


def find_map_poses(
    bag: BagFile, scan: BagScan, stamps_ns: Stamps, options: SourceOptions, clock_s: float | None = None
) -> Poses | None:
    """map_from_base at the images' stamps; None where no poses are wanted.

    clock_s: `clock_offset_s` of the images. Raises SourceError where there are no poses, or only such that drift
    (unless trusted), that are in other frames, of another time or clock, or that leave a choice.
    """
    finder = _Finder(bag, scan, stamps_ns, options, clock_s)
    if options.pose_topic == NO_POSES:
        return None
    if options.trajectory is not None:
        return finder.from_track(read_track(options.trajectory), f"trajectory {options.trajectory}", [])
    if options.pose_topic in TF_TOPICS:
        return finder.from_tf(finder.map_frame)
    if options.pose_topic is not None:
        return finder.from_topic(options.pose_topic)
    return finder.automatically()


def find_odometry(bag: BagFile, scan: BagScan, stamps_ns: Stamps, options: SourceOptions) -> Poses | None:
    """odom_from_base at the images' stamps, from an Odometry topic or from TF; None where there is none."""
    finder = _Finder(bag, scan, stamps_ns, options)
    drifting = finder.drifting_topics()
    if drifting:
        chosen = "/odom" if "/odom" in drifting else drifting[0]
        track, notes = finder.track_of(chosen)
        poses, known = track.at(stamps_ns, options.max_pose_gap_s)
        told = f"odometry from {chosen}" + ("" if known.any() else ": none at the time of any image")
        return Poses(poses, known, (told, *notes))
    if _ODOM_FRAME in scan.tree.ancestors(finder.base_frame)[1:]:
        poses, known = scan.tree.lookup(_ODOM_FRAME, finder.base_frame, stamps_ns, options.max_pose_gap_s)
        return Poses(poses, known, (f"odometry from TF {_ODOM_FRAME} -> {finder.base_frame}",))
    return None


class _Finder:
    def __init__(
        self, bag: BagFile, scan: BagScan, stamps_ns: Stamps, options: SourceOptions, clock_s: float | None = None
    ) -> None:
        self._bag, self._scan, self._stamps_ns, self._options = bag, scan, stamps_ns, options
        self._clock_s = clock_s
        self.map_frame, self.base_frame = frame_name(options.map_frame), frame_name(options.base_frame)

    @property
    def _tree(self) -> TransformTree:
        return self._scan.tree

    def automatically(self) -> Poses:
        if self._is_posed_by_tf(self.map_frame):
            return self.from_tf(self.map_frame)
        in_map = [name for name, rows in self._scan.poses.items() if rows.frame_id == self.map_frame]
        if len(in_map) > 1:
            raise SourceError(
                f"{self._bag.path}: several topics with poses; choose one with --pose: {', '.join(in_map)}"
            )
        if in_map:
            return self.from_topic(in_map[0])
        drifting = self.drifting_topics()
        root = self._tree.ancestors(self.base_frame)[-1]
        moves = self._is_posed_by_tf(root) and self._tree.span(root, self.base_frame) is not None
        if not (self._options.trust_odometry and (drifting or moves)):
            self._check_elsewhere()
        if drifting:
            if self._options.trust_odometry and len(drifting) > 1:
                told = ", ".join(drifting)
                raise SourceError(f"{self._bag.path}: several topics with odometry; choose one with --pose: {told}")
            return self.from_topic(drifting[0])
        if not moves:
            raise no_poses_error(self._bag)
        return self.from_tf(root)

    def _check_elsewhere(self) -> None:
        """Odometry is not elsewhere: it drifts, which is another story."""
        others = {
            topic: frame
            for topic, frame in _frame_by_topic(self._bag).items()
            if frame != self.map_frame and self._bag.topics[topic].type_name != ODOMETRY
        }
        check_elsewhere(self._bag, others, self._tree, self.map_frame, self.base_frame)

    def drifting_topics(self) -> list[str]:
        """Odometry topics whose frame is not the map's."""
        return sorted(
            name
            for name, rows in self._scan.poses.items()
            if rows.frame_id != self.map_frame and self._bag.topics[name].type_name == ODOMETRY
        )

    def from_topic(self, topic: str) -> Poses:
        rows = self._scan.poses.get(topic)
        if rows is None:
            raise SourceError(f"{self._bag.path}: {topic} holds no messages, though the bag says so; it is damaged")
        if rows.frame_id != self.map_frame:
            self._refuse_drift(topic, rows.frame_id)
        track, notes = self.track_of(topic)
        found = self.from_track(track, topic, notes, rows.frame_id)
        stamps, usable, _ = usable_stamps(rows, topic)
        offset_s = clock_offset_s(stamps[usable], np.array(rows.bag_ns, dtype=np.int64)[usable])
        check_clock(str(self._bag.path), self._clock_s, offset_s, topic)
        return found

    def from_tf(self, top: str) -> Poses:
        """Poses from the transforms between that frame and the base."""
        if not self._is_posed_by_tf(top):
            raise SourceError(
                f"{self._bag.path}: TF does not join {top!r} to {self.base_frame!r}; frames there: "
                f"{', '.join(self._tree.frames) or 'none'}; set node.map_frame and node.base_frame to two of them"
            )
        if top != self.map_frame:
            self._refuse_drift(f"TF {top} -> {self.base_frame}", top)
        name = f"TF {top} -> {self.base_frame}"
        span = self._tree.span(top, self.base_frame)
        if span is not None:
            check_overlap(str(self._bag.path), self._stamps_ns, np.array(span), name)
        for hop, (child, edge) in enumerate(self._tree.moving_hops(top, self.base_frame)):
            name_of_hop = f"TF {edge.parent} -> {child}"
            check_clock(str(self._bag.path), self._clock_s, edge.clock_s, name_of_hop, may_be_ahead=hop > 0)
        poses, known = self._tree.lookup(top, self.base_frame, self._stamps_ns, self._options.max_pose_gap_s)
        return self._described(poses, known, name, [], top)

    def from_track(self, track: PoseTrack, name: str, notes: Sequence[str], frame: str | None = None) -> Poses:
        check_overlap(str(self._bag.path), self._stamps_ns, track.stamps_ns, name)
        poses, known = track.at(self._stamps_ns, self._options.max_pose_gap_s)
        return self._described(poses, known, name, notes, frame)

    def track_of(self, topic: str) -> tuple[PoseTrack, list[str]]:
        """The base's poses in the topic's frame, and notes."""
        rows = self._scan.poses[topic]
        stamps, usable, notes = usable_stamps(rows, topic)
        track, wrong = track_from_values(stamps[usable], np.array(rows.values)[usable])
        if wrong:
            notes.append(f"{topic}: {wrong} poses are no poses (not finite, no rotation); left out")
        if rows.in_other_frames:
            notes.append(
                f"{topic}: {rows.in_other_frames} poses are not in frame {rows.frame_id!r} as the first; left out"
            )
        return PoseTrack(track.stamps_ns, track.poses @ self._child_from_base(topic, rows, notes)), notes

    def _child_from_base(self, topic: str, rows: PoseRows, notes: list[str]) -> Array:
        """Odometry may pose another part of the robot than its base."""
        child, base = rows.child_frame, self.base_frame
        if child in ("", base):
            return np.eye(4)
        if self._tree.connects(child, base) and self._tree.is_static(child, base):
            poses, _ = self._tree.lookup(child, base, np.zeros(1, np.int64), 0.0)
            return np.asarray(poses[0])
        notes.append(f"{topic} poses {child!r}, and TF does not fix it to {base!r}: taken as the base itself")
        return np.eye(4)

    def _is_posed_by_tf(self, top: str) -> bool:
        return top != self.base_frame and top in self._tree.ancestors(self.base_frame)

    def _refuse_drift(self, name: str, frame: str) -> None:
        if not self._options.trust_odometry:
            raise SourceError(
                f"{self._bag.path}: poses of {name} are in frame {frame!r}, not in {self.map_frame!r}, so they drift: "
                "record TF or a pose in the map frame while the robot is localized, give --trajectory, accept the "
                f"drift with --trust-odometry, do without poses (--pose {NO_POSES}), or, if that frame is the map, "
                f"say so: --set node.map_frame={frame or '...'}"
            )

    def _described(
        self, poses: Array, known: npt.NDArray[np.bool_], name: str, notes: Sequence[str], frame: str | None
    ) -> Poses:
        told = [f"poses from {name}"]
        if frame not in (None, self.map_frame):
            told = [f"poses from {name}, in frame {frame!r}, which drifts: trusted because --trust-odometry was said"]
        told += [*notes, *describe_missing(str(self._bag.path), known, self._options.max_pose_gap_s)]
        return Poses(poses, known, tuple(told))
