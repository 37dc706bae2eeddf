"""What `vpr map build` would make of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import Labels
from vpr_ros.core.settings import MapSettings
from vpr_ros.doctor.finding import Finding, ok, per_cent, skip, warn
from vpr_ros.doctor.look_at_bag import image_stamps
from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.bags.bag_poses import Poses, find_map_poses
from vpr_ros.sources.bags.pose_clock import clock_offset_s
from vpr_ros.sources.pose_track import Stamps
from vpr_ros.sources.select_keyframes import choose_keyframes
from vpr_ros.sources.source import FrameEntry

FEWEST_POSED = 0.8
"""A fifth of a drive without poses leaves holes; a few frames at its beginning and end are usual."""


def check_mapping(recording: Recording, settings: MapSettings) -> tuple[list[Finding], Poses | None]:
    """Poses in the map frame and keyframes; and the poses at `mapping_stamps`, None where there are none."""
    stamps = mapping_stamps(recording)
    if not len(stamps):
        return [], None
    log = recording.images
    clock_s = clock_offset_s(log.stamps_ns[log.stamps_ns > 0], log.bag_ns[log.stamps_ns > 0])
    try:
        poses = find_map_poses(recording.bag, recording.scan, stamps, recording.options, clock_s)
    except SourceError as error:
        return [_no_poses(recording, str(error))], None
    if poses is None:
        return [skip("mapping", "poses are not wanted (--pose none): a map of places and rooms")], None
    entries = [
        FrameEntry(number, int(stamp), "", "", poses.poses[number] if poses.known[number] else None, Labels())
        for number, stamp in enumerate(stamps.tolist())
    ]
    return judge_entries(entries, settings, poses.notes[0]), poses


def mapping_stamps(recording: Recording) -> Stamps:
    """Of the images that a map could be made of, ascending."""
    stamps = image_stamps(recording)
    return np.unique(stamps[stamps > 0])


def judge_entries(entries: Sequence[FrameEntry], settings: MapSettings, source: str) -> list[Finding]:
    """Of frames with poses, or without."""
    posed = sum(entry.map_from_base is not None for entry in entries)
    keyframes = len(choose_keyframes(entries, settings).numbers)
    share = posed / max(len(entries), 1)
    numbers = {"posed_share": share, "keyframes": float(keyframes)}
    if not posed:
        todo = "its map would know places and rooms, but no poses; give a trajectory for more"
        return [warn("mapping", f"no frame has a pose, {keyframes} keyframes by time", todo, **numbers)]
    found = f"{source}: {posed} of {len(entries)} frames have one, {keyframes} keyframes"
    if share < FEWEST_POSED:
        todo = "the others cannot be places: record poses all the time, or raise map.max_pose_gap_s"
        return [warn("mapping", f"{found}; {per_cent(1 - share)} have none", todo, **numbers)]
    return [ok("mapping", found, **numbers)]


def _no_poses(recording: Recording, reason: str) -> Finding:
    """The map builder's own words, without the bag's name, which everybody knows here."""
    return warn("mapping", "no map can be built of it as it is", reason.removeprefix(f"{recording.bag.path}: "))
