"""What the demo's answers were worth: each judged by the exact pose that the simulation recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.core.heard_answer import HeardAnswer
from vpr_ros.core.outputs.topics import place_frame
from vpr_ros.core.records import Matrix4
from vpr_ros.evaluation.metrics.pose_accuracy import FALSE_FIX, within
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.source import FrameEntry, Source

NEAR_M = 2.0


@dataclass(frozen=True, eq=False)
class JudgedAnswer:
    """An answer beside the truth. `row` is the found place's row in the map, None for `unknown`.

    fix: the pose held by geometry; pose_error: of it, metres and degrees; None where geometry gave none.
    """

    answer: HeardAnswer
    truth: FrameEntry
    row: int | None
    place_right: bool
    room_right: bool
    floor_right: bool
    fix: Matrix4 | None
    pose_error: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """All judged answers of a visit, how many images there were, and how often each topic was heard."""

    source: Source
    judged: Sequence[JudgedAnswer]
    images: int
    counts: Mapping[str, int]


def judge_answers(
    source: Source,
    place_map: PlaceMap,
    answers: Sequence[HeardAnswer],
    poses: Mapping[int, Matrix4],
    counts: Mapping[str, int],
) -> Outcome:
    """A place is right on the right floor within 2 m of where the robot was. poses: the fixes by stamp, nanoseconds."""
    entries = {entry.stamp_ns: entry for entry in source.entries()}
    row_of = {place_frame(place_map.map_id, int(i)): row for row, i in enumerate(place_map.table.place_ids)}
    judged = [
        _judge(answer, entries[answer.stamp_ns], row_of.get(answer.place), place_map, poses.get(answer.stamp_ns))
        for answer in answers
    ]
    return Outcome(source, judged, len(entries), counts)


def _judge(
    answer: HeardAnswer, truth: FrameEntry, row: int | None, place_map: PlaceMap, fix: Matrix4 | None
) -> JudgedAnswer:
    labels = truth.labels
    near = False
    if row is not None and place_map.table.map_from_base is not None and truth.map_from_base is not None:
        away_m = float(distance_m(np.asarray(place_map.table.map_from_base[row]), truth.map_from_base))
        near = away_m <= NEAR_M and place_map.table.labels[row].floor == labels.floor
    error = None
    if fix is not None and truth.map_from_base is not None:
        turned_deg = np.degrees(rotation_between_rad(fix, truth.map_from_base))
        error = float(distance_m(fix, truth.map_from_base)), float(turned_deg)
    return JudgedAnswer(answer, truth, row, near, answer.room == labels.room, answer.floor == labels.floor, fix, error)


def outcome_table(outcome: Outcome) -> str:
    """By room and in all: shares of right places, rooms and floors; then poses and times."""
    lines = [f"{'':<24}{'answers':>8}{'place':>8}{'room':>8}{'floor':>8}", ""]
    rooms = sorted({(each.truth.labels.floor or "", each.truth.labels.room or "") for each in outcome.judged})
    for floor, room in rooms:
        of_room = [
            each for each in outcome.judged if each.truth.labels.room == room and each.truth.labels.floor == floor
        ]
        lines.append(_row(f"{floor} / {room}", of_room))
    lines += ["", _row("all", outcome.judged), "", _poses(outcome), *_times(outcome)]
    lines += [f"{count:6d} messages on {topic}" for topic, count in sorted(outcome.counts.items())]
    return "\n".join(lines)


def _row(title: str, judged: Sequence[JudgedAnswer]) -> str:
    shares = "".join(f"{_share(judged, right):>8}" for right in (_place, _room, _floor))
    return f"{title:<24}{len(judged):>8}{shares}"


def _share(judged: Sequence[JudgedAnswer], right: Callable[[JudgedAnswer], bool]) -> str:
    return f"{100 * np.mean([right(each) for each in judged]):.0f}%" if judged else "-"


def _place(judged: JudgedAnswer) -> bool:
    return judged.place_right


def _room(judged: JudgedAnswer) -> bool:
    return judged.room_right


def _floor(judged: JudgedAnswer) -> bool:
    return judged.floor_right


def _poses(outcome: Outcome) -> str:
    errors = np.array([each.pose_error for each in outcome.judged if each.pose_error is not None]).reshape(-1, 2)
    if not len(errors):
        return "no pose was held by geometry"
    false = int((~within(errors[:, 0], errors[:, 1], FALSE_FIX)).sum())
    metres, degrees = np.median(errors, axis=0)
    return (
        f"poses held by geometry: {len(errors)} of {len(outcome.judged)}, off by {100 * metres:.1f} cm and "
        f"{degrees:.2f} degrees (median), {100 * errors[:, 0].max():.0f} cm at most; "
        f"{false} false (over {FALSE_FIX.distance_m:g} m or {FALSE_FIX.angle_deg:g} degrees)"
    )


def _times(outcome: Outcome) -> list[str]:
    refused = sum(each.row is None for each in outcome.judged)
    lines = [
        f"{outcome.images} images, {len(outcome.judged)} answers, {refused} of them `unknown`; "
        f"a place is right within {NEAR_M:g} m on the right floor"
    ]
    for title, times in (
        ("localizing", [each.answer.stages_ms for each in outcome.judged]),
        ("image to answer", [each.answer.latency_ms for each in outcome.judged if each.answer.latency_ms is not None]),
    ):
        if times:
            half, most = np.percentile(times, [50, 95])
            lines.append(f"{title}: median {half:.0f} ms, 95% within {most:.0f} ms")
    return lines
