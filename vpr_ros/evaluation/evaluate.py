"""An evaluation from its first query to its last: source -> Localizer -> judgement, one frame at a time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.core.settings import Settings
from vpr_ros.evaluation.align_frames import find_alignment
from vpr_ros.evaluation.judge_query import Asked, in_map_frame, is_pose
from vpr_ros.evaluation.judging import Judging
from vpr_ros.evaluation.metrics.peak_memory import peak_memory_mb
from vpr_ros.evaluation.positives.choose_positives import PositivesChoice, bind_positives, default_positives
from vpr_ros.evaluation.positives.positives import Positives
from vpr_ros.evaluation.positives.positives_by_list import ListedPositives
from vpr_ros.evaluation.records import Alignment, Cost, GroundTruth, Query, Run, count_queries
from vpr_ros.evaluation.summary.own_images import count_own_images
from vpr_ros.evaluation.summary.sequences import sequence_numbers
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.other_cameras import OtherCameras
from vpr_ros.sources.source import Source

Item = TypeVar("Item")
Track = Callable[[Iterable[Item], str, int | None], Iterator[Item]]
SEQUENCE_S = 30.0


@dataclass(frozen=True)
class Questions:
    """What to ask: frames as --frames says (None: all), what counts as right (None: found out), whether to align."""

    frames: str | None = None
    positives: PositivesChoice | None = None
    align: bool = False
    sequence_s: float = SEQUENCE_S


@dataclass(frozen=True, eq=False)
class Replayed:
    """A map, the Localizer made from it, and the settings that it obeys."""

    place_map: PlaceMap
    localizer: Localizer
    settings: Settings


def evaluate(
    source: Source,
    replayed: Replayed,
    questions: Questions,
    hear: Callable[[Estimate], None],
    track: Track[Frame],
    further: Sequence[Source] = (),
) -> Run:
    """Ask about every frame; `hear` gets each estimate as it comes. Holds what `Query` holds of each, no images.

    further: the same drive as the robot's other cameras saw it; poses are solved from all of them.

    Raises SourceError for a source without frames and whatever reading raises, UsageError for questions that map or
    source cannot answer.
    """
    began = time.perf_counter()
    entries = source.entries()
    if not entries:
        raise SourceError(f"{source.name}: holds no frame to ask about")
    numbers = list(range(len(entries))) if questions.frames is None else parse_frames(questions.frames, len(entries))
    alignment = find_alignment(source, replayed.localizer, numbers) if questions.align else None
    positives = _positives(source, replayed.place_map, questions.positives, numbers, alignment)
    sequences = sequence_numbers(numbers, [entries[number].stamp_ns for number in numbers], questions.sequence_s)
    asked = [
        Asked(number, index, sequence, entries[number].has_heading, entries[number].has_stamp)
        for index, (number, sequence) in enumerate(zip(numbers, sequences, strict=True))
    ]
    frames = track(source.frames(numbers), "localizing", len(numbers))
    judging = Judging(replayed.place_map.table, positives, alignment, hear)
    others = OtherCameras(further, [entries[number].stamp_ns for number in numbers])
    read_s, localize_s = _ask(frames, others, asked, replayed.localizer, judging)
    queries = judging.queries
    return Run(
        source=source,
        source_frames=len(entries),
        frames=questions.frames,
        place_map=replayed.place_map,
        settings=replayed.settings,
        ground_truth=_ground_truth(positives, questions.positives is None, alignment),
        queries=tuple(queries),
        cost=Cost(read_s, localize_s, time.perf_counter() - began, peak_memory_mb()),
        notes=(
            *source.notes,
            *(f"poses are solved with camera {first.camera} too" for each in further for first in each.entries()[:1]),
            *([] if replayed.localizer.solves_poses else [replayed.localizer.about_poses]),
            *_own_images(queries, replayed.place_map.table),
            *_notes(source, numbers, queries, positives, alignment),
        ),
        sequence_s=questions.sequence_s,
    )


def _ask(
    frames: Iterator[Frame], others: OtherCameras, asked: Sequence[Asked], localizer: Localizer, judging: Judging
) -> tuple[float, float]:
    """Seconds of reading, seconds of localizing."""
    read_s, localize_s = 0.0, 0.0
    ready = time.perf_counter()
    for each, frame in zip(asked, frames, strict=True):
        further = others.next()
        came = time.perf_counter()
        estimate = localizer.localize(frame, further)
        read_s, localize_s = read_s + came - ready, localize_s + time.perf_counter() - came
        judging.add(each, frame, estimate)
        ready = time.perf_counter()
    judging.finish()
    return read_s, localize_s


def _positives(
    source: Source,
    place_map: PlaceMap,
    choice: PositivesChoice | None,
    numbers: Sequence[int],
    alignment: Alignment | None,
) -> Positives | None:
    """The named criterion, or one that the first query with a pose, else with a label, can be judged by."""
    entries = source.entries()
    if choice is not None:
        if choice.angle_deg is not None and not all(entries[number].has_heading for number in numbers):
            raise UsageError(f"--positives: {source.name} knows positions without headings; leave the angle out")
        return bind_positives(choice, place_map, len(numbers))
    posed = (n for n in numbers if (pose := entries[n].map_from_base) is not None and is_pose(pose))
    labelled = (n for n in numbers if entries[n].labels.place is not None or entries[n].labels.room is not None)
    number = next(itertools.chain(posed, labelled, numbers))
    frame = in_map_frame(next(source.frames([number])), None if alignment is None else alignment.map_from_source)
    return default_positives(place_map, frame, entries[number].has_heading)


def _ground_truth(positives: Positives | None, chosen: bool, alignment: Alignment | None) -> GroundTruth:
    sha256 = positives.sha256 if isinstance(positives, ListedPositives) else None
    return GroundTruth(None if positives is None else positives.text, chosen, alignment, sha256)


def _own_images(queries: Sequence[Query], table: PlaceTable) -> Iterator[str]:
    if known := count_own_images(queries, table):
        yield (
            f"{known} of {len(queries)} images are keyframes of the map itself: the figures are too good; ask about "
            "another drive, or build and ask with different --frames"
        )


def _notes(
    source: Source,
    numbers: Sequence[int],
    queries: Sequence[Query],
    positives: Positives | None,
    alignment: Alignment | None,
) -> Iterator[str]:
    entries = source.entries()
    given = [pose for number in numbers if (pose := entries[number].map_from_base) is not None]
    if broken := sum(not is_pose(pose) for pose in given):
        yield f"{broken} of {len(numbers)} frames have no usable pose (not finite, or no rotation): taken as unknown"
    if positives is None:
        yield (
            "nobody can say which place is right: source and map share neither poses nor labels; places are not judged "
            "(--positives names another way)"
        )
        return
    judged = [query for query in queries if query.right is not None]
    if len(judged) < len(queries):
        missing = len(queries) - len(judged)
        yield f"{missing} of {count_queries(len(queries))} not judged, for lack of what {positives.text} needs"
    if judged and not any(query.truth.has_positive for query in judged):
        otherwise = "their poses are in different frames of reference (--align)"
        if alignment is not None:
            otherwise = f"the alignment (to {alignment.rmse_m:.2f} m) is too rough to judge by this"
        yield f"no query has a right place by {positives.text}: source and map do not overlap, or {otherwise}"
