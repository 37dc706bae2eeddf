"""What /tf and /tf_static say, kept whole: the transform between two frames at any time of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.geometry import invert_pose
from vpr_ros.core.records import Array
from vpr_ros.sources.bags.pose_clock import clock_offset_s
from vpr_ros.sources.pose_track import PoseTrack, Stamps, track_from_values


@dataclass(frozen=True, eq=False)
class Edge:
    """parent_from_child, for ever (one pose, no stamps that matter) or over time. clock_s: see `clock_offset_s`."""

    parent: str
    track: PoseTrack
    is_static: bool
    clock_s: float | None = None

    def at(self, stamps_ns: Stamps, max_gap_s: float) -> tuple[Array, npt.NDArray[np.bool_]]:
        if self.is_static:
            return np.tile(self.track.poses[-1], (len(stamps_ns), 1, 1)), np.ones(len(stamps_ns), dtype=bool)
        return self.track.at(stamps_ns, max_gap_s)


@dataclass(frozen=True, eq=False)
class TransformTree:
    """edges: the parent of each child frame; a frame has one parent."""

    edges: Mapping[str, Edge]

    @property
    def frames(self) -> list[str]:
        """Every frame named, sorted."""
        return sorted({*self.edges, *(edge.parent for edge in self.edges.values())})

    def ancestors(self, frame: str) -> list[str]:
        """The frame itself, its parent, and so on up to the root."""
        chain = [frame]
        while (edge := self.edges.get(chain[-1])) is not None and edge.parent not in chain:
            chain.append(edge.parent)
        return chain

    def connects(self, target: str, source: str) -> bool:
        """Whether there is a way between the frames, at whatever time."""
        return target == source or self.ancestors(target)[-1] == self.ancestors(source)[-1]

    def is_static(self, target: str, source: str) -> bool:
        """Whether the way between connected frames never changes."""
        up, down = self._ways(target, source)
        return all(self.edges[child].is_static for child in up + down)

    def span(self, target: str, source: str) -> tuple[int, int] | None:
        """From when to when every moving hop between connected frames has transforms; None where nothing moves."""
        moving = [edge.track.stamps_ns for _, edge in self.moving_hops(target, source)]
        if not moving:
            return None
        return max(int(stamps[0]) for stamps in moving), min(int(stamps[-1]) for stamps in moving)

    def moving_hops(self, target: str, source: str) -> list[tuple[str, Edge]]:
        """(child, edge) of every hop between connected frames that changes, those next to the source first."""
        up, down = self._ways(target, source)
        hops = [(child, self.edges[child]) for child in [*up, *reversed(down)]]
        return [(child, edge) for child, edge in hops if not edge.is_static]

    def lookup(
        self, target: str, source: str, stamps_ns: Stamps, max_gap_s: float
    ) -> tuple[Array, npt.NDArray[np.bool_]]:
        """(target_from_source [M, 4, 4], known [M]) of connected frames; every hop on the way must be known."""
        up, down = self._ways(target, source)
        poses = np.tile(np.eye(4), (len(stamps_ns), 1, 1))
        known: npt.NDArray[np.bool_] = np.ones(len(stamps_ns), dtype=bool)
        for child in up:
            hop, there = self.edges[child].at(stamps_ns, max_gap_s)
            poses, known = hop @ poses, known & there
        for child in reversed(down):
            hop, there = self.edges[child].at(stamps_ns, max_gap_s)
            poses, known = invert_pose(hop) @ poses, known & there
        return poses, known

    def _ways(self, target: str, source: str) -> tuple[list[str], list[str]]:
        """Children whose edges lead from source up to the common ancestor, and from target up to it."""
        above_target, above_source = self.ancestors(target), self.ancestors(source)
        common = next(frame for frame in above_source if frame in above_target)
        return above_source[: above_source.index(common)], above_target[: above_target.index(common)]


@dataclass
class TreeBuilder:
    """Takes transforms in the order of the recording; static ones win over moving ones of the same frame."""

    _parents: dict[str, str] = field(default_factory=dict)
    _rows: dict[str, list[tuple[int, tuple[float, ...]]]] = field(default_factory=dict)
    _static: dict[str, tuple[str, tuple[float, ...]]] = field(default_factory=dict)
    _bag_ns: dict[str, list[int]] = field(default_factory=dict)

    def add(
        self,
        parent: str,
        child: str,
        stamp_ns: int,
        values: tuple[float, ...],
        *,
        is_static: bool,
        bag_ns: int | None = None,
    ) -> None:
        """One transform parent_from_child as x, y, z, qx, qy, qz, qw. Of a changing parent only the newest counts.

        bag_ns: when it was recorded, where that is known.
        """
        parent, child = frame_name(parent), frame_name(child)
        if is_static:
            self._static[child] = (parent, values)
            return
        if self._parents.get(child) != parent:
            self._parents[child] = parent
            self._rows[child] = []
            self._bag_ns[child] = []
        self._rows[child].append((stamp_ns, values))
        self._bag_ns[child].append(stamp_ns if bag_ns is None else bag_ns)

    def copy_static(self) -> TreeBuilder:
        """Another one that holds the static transforms only."""
        return TreeBuilder(_static=dict(self._static))

    def build(self) -> tuple[TransformTree, int]:
        """(the tree, how many transforms were left out because they are none: not finite, no rotation)."""
        edges: dict[str, Edge] = {}
        left_out = 0
        moving = [(child, parent, self._rows[child], False) for child, parent in self._parents.items()]
        static = [(child, parent, [(0, values)], True) for child, (parent, values) in self._static.items()]
        for child, parent, rows, is_static in [*moving, *static]:
            stamps, values = zip(*rows, strict=True)
            track, wrong = track_from_values(np.array(stamps), np.array(values))
            left_out += wrong
            if len(track.stamps_ns):
                clock_s = None if is_static else clock_offset_s(np.array(stamps), np.array(self._bag_ns[child]))
                edges[child] = Edge(parent, track, is_static, clock_s)
        return TransformTree(edges), left_out


def frame_name(frame_id: Any) -> str:
    """TF frames as tf2 compares them: without the leading slash of ROS 1."""
    return str(frame_id).removeprefix("/")
