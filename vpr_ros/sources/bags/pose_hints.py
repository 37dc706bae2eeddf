"""What a person can do about a bag whose poses are in other frames than expected, or that has none."""

from __future__ import annotations

from collections.abc import Mapping

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.transform_tree import TransformTree

_NAMED = 12


def check_elsewhere(
    bag: BagFile, frame_by_topic: Mapping[str, str], tree: TransformTree, map_frame: str, base_frame: str
) -> None:
    """SourceError where there are poses, but not between the frames that are asked for.

    frame_by_topic: topics with poses that are in other frames than the map's.
    """
    told = [f"{topic} is in frame {frame!r}" for topic, frame in frame_by_topic.items()]
    told += _unjoined(tree, map_frame, base_frame)
    if told:
        ways = " or ".join(f"--set {each}" for each in _frame_settings(frame_by_topic, tree, map_frame, base_frame))
        raise SourceError(
            f"{bag.path}: no poses of {base_frame!r} in {map_frame!r}, but {'; '.join(told)}; name the right frames "
            f"({ways}), or map places and rooms only (--pose none)"
        )


def _unjoined(tree: TransformTree, map_frame: str, base_frame: str) -> list[str]:
    """A phrase where TF knows the map frame and does not join it to the base."""
    if map_frame not in tree.frames or map_frame in tree.ancestors(base_frame):
        return []
    frames = tree.frames[:_NAMED] + (["..."] if len(tree.frames) > _NAMED else [])
    return [f"TF does not join {map_frame!r} to {base_frame!r}; its frames are {', '.join(frames)}"]


def no_poses_error(bag: BagFile) -> SourceError:
    """There are no poses at all."""
    return SourceError(
        f"{bag.path}: no poses in it, neither in TF nor in a topic; name a topic (--pose TOPIC), give a trajectory "
        "(--trajectory FILE), or map places and rooms only (--pose none)"
    )


def _frame_settings(
    frame_by_topic: Mapping[str, str], tree: TransformTree, map_frame: str, base_frame: str
) -> list[str]:
    """KEY=VALUE of the frames that would make poses of what is there; `...` where there is more than one."""
    found: list[str] = []
    frames = {frame for frame in frame_by_topic.values() if frame}
    if frames:
        found.append(f"node.map_frame={frames.pop() if len(frames) == 1 else '...'}")
    if _unjoined(tree, map_frame, base_frame):
        moved = [
            child
            for child, edge in tree.edges.items()
            if not edge.is_static and map_frame in tree.ancestors(child) and not _carries_moving(tree, child)
        ]
        found.append(f"node.base_frame={moved[0] if len(moved) == 1 else '...'}")
    return found or ["node.map_frame=...", "node.base_frame=..."]


def _carries_moving(tree: TransformTree, frame: str) -> bool:
    return any(edge.parent == frame and not edge.is_static for edge in tree.edges.values())
