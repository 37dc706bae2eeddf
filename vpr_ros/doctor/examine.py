"""The table of contents: every check in its order, of a bag or of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from vpr_ros.core.errors import ImageError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.records import Frame, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.doctor.check_calibration import check_calibration, judge_intrinsics
from vpr_ros.doctor.check_live import check_live
from vpr_ros.doctor.check_map import FRAMES, check_answers, check_camera, check_residual
from vpr_ros.doctor.check_mapping import check_mapping, judge_entries
from vpr_ros.doctor.check_motion import check_motion, check_mounting
from vpr_ros.doctor.check_odometry import check_odometry
from vpr_ros.doctor.check_pictures import check_frozen, check_pictures
from vpr_ros.doctor.check_stamps import check_age, check_clocks, check_stamps
from vpr_ros.doctor.check_stream import check_images, check_rate
from vpr_ros.doctor.check_tf import check_tf
from vpr_ros.doctor.choose_frames import choose_frames
from vpr_ros.doctor.finding import Finding, ok, warn
from vpr_ros.doctor.look_at_bag import look_at_bag
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.reference_track import Reference, find_reference
from vpr_ros.doctor.watch_frames import Looked, watch_frames
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.bags.transform_tree import frame_name
from vpr_ros.sources.pose_track import make_track
from vpr_ros.sources.source import FrameEntry, Source

Item = TypeVar("Item")
Watch = Callable[[Iterable[Any], str], Iterable[Any]]
"""Passes items through, for a progress bar."""


def unwatched(items: Iterable[Item], _label: str) -> Iterable[Item]:
    """No progress bar."""
    return items


@dataclass(frozen=True, eq=False)
class AgainstMap:
    """The map that the robot is to localize in, its localizer, and the frames to ask about (`spread`)."""

    place_map: PlaceMap
    localizer: Localizer
    frames: Callable[[], Iterator[Frame]]


def examine_bag(recording: Recording, settings: Settings, watch: Watch = unwatched) -> Iterator[Finding]:
    """What can be told without a map, as it is found out."""
    found = find_reference(recording)
    reference = None if found is None else found.track
    yield from check_live(recording)
    yield from check_images(recording)
    yield from check_rate(recording, reference)
    yield from check_stamps(recording)
    yield from check_age(recording)
    yield from check_clocks(recording)
    yield from check_tf(recording)
    yield from check_calibration(recording)
    yield from check_odometry(recording, found)
    if recording.camera is not None and len(recording.images.stamps_ns):
        looks = watch(look_at_bag(recording, reference), "looking")
        watched = watch_frames(looks, recording.intrinsics)
        yield from check_pictures(watched)
        yield from check_frozen(recording, reference)
        yield from check_motion(watched, found, _mounting(recording))
    yield from check_mapping(recording, settings.map)[0]


def examine_folder(source: Source, settings: Settings, watch: Watch = unwatched) -> Iterator[Finding]:
    """Of a folder: pictures, calibration, and whether poses and pictures go together."""
    entries = source.entries()
    stamps = np.array([entry.stamp_ns for entry in entries], np.int64)
    yield ok("images", f"{source.kind} with {len(entries)} images")
    reference = _track_of(entries)
    chosen = choose_frames(stamps, None if reference is None else reference.track)
    try:
        frames = source.frames(chosen.tolist())
        first = next(frames)
        looks = _looks(chain([first], frames), chosen.tolist())
        watched = watch_frames(watch(looks, "looking"), first.intrinsics)
    except ImageError as error:
        yield warn("pictures", str(error), "leave it out with --frames, or remove it")
        return
    if first.intrinsics is None:
        yield warn("calibration", "there is none", "without it there are places and rooms, but no poses")
    else:
        yield judge_intrinsics(first.intrinsics)
    yield from check_pictures(watched)
    if reference is not None and first.base_from_camera is not None:
        yield from check_mounting(watched, reference, 0.0, first.base_from_camera)
    yield from judge_entries(entries, settings.map, "poses of the folder")


def examine_against(
    against: AgainstMap, recording: Recording | None, settings: Settings, watch: Watch = unwatched
) -> Iterator[Finding]:
    """What can be told with the map, a few dozen frames of the recording localized in it."""
    if recording is not None:
        frames = settings.node.base_frame, settings.node.map_frame
        yield from check_camera(against.place_map, recording.intrinsics, *frames)
    asked = watch(against.frames(), "localizing")
    findings, pairs = check_answers(asked, against.localizer.localize, against.localizer.solves_poses)
    yield from findings
    if against.localizer.solves_poses:
        yield from check_residual(pairs)


def spread(count: int) -> list[int]:
    """Which of so many frames a map is asked about."""
    return sorted(set(np.linspace(0, count - 1, min(FRAMES, count)).astype(int).tolist()))


def _mounting(recording: Recording) -> Matrix4 | None:
    """base_from_camera as TF says it at the first image, None where it does not."""
    assert recording.camera is not None
    base, frame = frame_name(recording.options.base_frame), recording.camera.frame_id
    tree = recording.scan.tree
    if base == frame:
        return np.eye(4)
    if not frame or not tree.connects(base, frame):
        return None
    stamps = recording.images.stamps_ns
    poses, known = tree.lookup(base, frame, stamps[: len(stamps) // 2 + 1], recording.options.max_pose_gap_s)
    return poses[int(np.argmax(known))] if known.any() else None


def _track_of(entries: Sequence[FrameEntry]) -> Reference | None:
    posed = [entry for entry in entries if entry.map_from_base is not None and entry.has_heading]
    if len(posed) < 2:
        return None
    poses = np.stack([np.asarray(entry.map_from_base) for entry in posed])
    return Reference("the folder's poses", make_track(np.array([entry.stamp_ns for entry in posed]), poses))


def _looks(frames: Iterable[Frame], numbers: Sequence[int]) -> Iterator[Looked]:
    last = -1
    for frame, number in zip(frames, numbers, strict=True):
        yield Looked(frame.stamp_ns, number == last + 1, frame.image)
        last = number
