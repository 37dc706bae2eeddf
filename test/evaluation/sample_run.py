"""A small evaluation with everything in it, made by the production code; and single queries made by hand.

`write_drive` writes 12 map images in two rooms and 16 queries of them: one blank (refused), one far from every place
(no positive), one that looks like another place (wrong), one under a hostile name. Names of rooms are hostile as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vpr_ros.assemble import make_localizer
from vpr_ros.cli.main import main
from vpr_ros.core.geometry import planar_pose, quaternion_from_matrix
from vpr_ros.core.records import (
    UNKNOWN,
    Candidate,
    Candidates,
    Estimate,
    LabelGuess,
    Labels,
    Matrix4,
    Rejected,
    RelativePose,
    VerifiedPose,
)
from vpr_ros.core.settings import Settings
from vpr_ros.evaluation.answered_pose import AnsweredPose
from vpr_ros.evaluation.evaluate import Questions, Replayed, evaluate
from vpr_ros.evaluation.pose_error import pose_error
from vpr_ros.evaluation.positives.choose_positives import parse_positives
from vpr_ros.evaluation.records import Query, Run, Truth
from vpr_ros.maps.obey_recipe import obey_recipe
from vpr_ros.maps.open_map import open_map
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

QUICK = ("--set", "aggregation.clusters=8", "--set", "image.long_side_px=160")
ROOMS = ("<b>Küche", "=hall")
HOSTILE = "=cmd|'calc'!A0,<script>alert(1)<img src=x>\n\"&.png"
PLACES, QUERIES = 12, 16
BLANK, LOST, MISTAKEN, NAMED = 3, 6, 11, 9
"""Which query is refused, which has no right place, which looks like another place, which has the hostile name."""


def write_drive(folder: Path) -> tuple[Path, Path]:
    """(the folder that a map is built from, the folder that is asked about), each with groundtruth.txt."""
    mapped = _write(folder / "mapped", [(_texture(place), _place_pose(place), place // 6) for place in range(PLACES)])
    asked = []
    for query in range(QUERIES):
        place = query * PLACES // QUERIES
        image, pose = _shifted(_texture(place), query), _place_pose(place) @ planar_pose(0.1, -0.1, 0.05)
        if query == BLANK:
            image = np.full_like(image, 128)
        elif query == LOST:
            pose = planar_pose(500.0, 0.0, 0.0)
        elif query == MISTAKEN:
            image = _shifted(_texture(0), query)
        asked.append((image, pose, place // 6))
    return mapped, _write(folder / "asked", asked, hostile=NAMED)


def sample_run(folder: Path, *options: str, positives: str | None = "distance=1") -> Run:
    """Build a map of the sample drive and evaluate the other visit on it; `options` are of `vpr map build`."""
    mapped, asked = write_drive(folder)
    assert main(["map", "build", str(mapped), "-o", str(folder / "map"), *QUICK, *options]) == 0
    choice = None if positives is None else parse_positives(positives)
    return run_on(folder / "map", asked, Questions(positives=choice, sequence_s=4.0))


def run_on(map_path: Path, source: Path, questions: Questions, options: SourceOptions | None = None) -> Run:
    """What `vpr evaluate` runs, without its words and files."""
    place_map = open_map(map_path)
    replayed = Replayed(place_map, make_localizer(place_map, Settings()), obey_recipe(place_map, Settings()))
    opened = open_source(source, options or SourceOptions())
    return evaluate(opened, replayed, questions, lambda _: None, lambda items, *_: iter(items))


@dataclass(frozen=True, eq=False)
class FullEstimate(Estimate):
    """An estimate as later stages will make it: with a probability."""

    probability: float | None = None


def imagined_run(run: Run, seed: int = 0) -> Run:
    """The run as if poses had been solved: most good to centimetres, every fifth refused, one 3 m off."""
    rng = np.random.default_rng(seed)
    return dataclasses.replace(run, queries=tuple(_imagined(query, rng) for query in run.queries))


def make_query(
    number: int = 0,
    right: Sequence[bool] | None = (True,),
    *,
    similarity: float = 0.9,
    has_positive: bool | None = True,
    true: Matrix4 | None = None,
    said: Matrix4 | None = None,
    labels: tuple[str | None, str | None] = (None, None),
    guessed: tuple[str, str] = (UNKNOWN, UNKNOWN),
    refused: str | None = None,
    probability: float | None = None,
    **changes: Any,
) -> Query:
    """A query by hand: `right` for its candidates (places 0, 1, ...), `said` its accepted pose, 10 a sequence."""
    count = 0 if refused else len(right or (True,))
    covariance = np.diag([0.01] * 6)
    pose = None if said is None else VerifiedPose(said, covariance, None, {})
    estimate = FullEstimate(
        stamp_ns=number * 10**9,
        camera="camera",
        source_name=changes.pop("source_name", f"{number}.png"),
        candidates=Candidates(tuple(Candidate(place, similarity - 0.01 * place) for place in range(count))),
        refusal=Rejected(refused) if refused else None,
        room=LabelGuess(guessed[0], 1.0),
        floor=LabelGuess(guessed[1], 1.0),
        coarse_pose=None,
        latency_ms={"features": 10.0 + number, "retrieve_places": 1.0},
        pose=pose,
        probability=probability,
    )
    truth = Truth(true, Labels(room=labels[0], floor=labels[1]), has_positive, 0 if has_positive else None)
    error = None if said is None or true is None else pose_error(AnsweredPose(said, covariance), true)
    judged = None if right is None else () if refused else tuple(right)
    made = Query(number, changes.pop("sequence", number // 10), estimate, truth, judged, pose_error=error)
    return dataclasses.replace(made, **changes)


def _imagined(query: Query, rng: np.random.Generator) -> Query:
    true, old = query.truth.map_from_base, query.estimate
    said = None
    if true is not None and query.answered and query.number % 5 != 4:
        off = 3.0 if query.number == MISTAKEN else 0.05
        said = true @ planar_pose(*rng.normal(0, off, 2), rng.normal(0, 0.01))
    fields = {entry.name: getattr(old, entry.name) for entry in dataclasses.fields(Estimate)}
    pose: VerifiedPose | Rejected | None = None
    if said is not None:
        pose = _fix(said, int(old.candidates.ranked[0].place_id), rng)
    elif query.answered:
        pose = Rejected("too few inliers", {"inliers": 7.0, "needed": 20.0})
    probability = None if not query.answered else float(rng.uniform(0.5, 1.0))
    estimate = FullEstimate(**fields | {"pose": pose, "probability": probability})
    error = None
    if isinstance(pose, VerifiedPose) and true is not None:
        error = pose_error(AnsweredPose(pose.map_from_base, pose.covariance), true)
    return dataclasses.replace(query, estimate=estimate, pose_error=error)


def _fix(map_from_base: Matrix4, place_id: int, rng: np.random.Generator) -> VerifiedPose:
    covariance = np.diag([0.05**2] * 3 + [0.01**2] * 3)
    pixels = rng.uniform(0, (160, 120), (30, 2)).astype(np.float32)
    place_from_base = np.linalg.inv(_place_pose(place_id)) @ map_from_base
    relative = RelativePose(
        place_id, place_from_base, covariance, pixels, pixels + np.float32(3), (170, 130), (170, 130)
    )
    return VerifiedPose(map_from_base, covariance, relative, {"agreeing": 30.0})


def _write(folder: Path, shots: Sequence[tuple[Any, Matrix4, int]], hostile: int | None = None) -> Path:
    """Images in a sub-folder a room, in natural order, and their poses in the same order."""
    lines = []
    for number, (image, pose, room) in enumerate(shots):
        place = folder / ROOMS[room]
        place.mkdir(parents=True, exist_ok=True)
        name = f"{number}{HOSTILE}" if number == hostile else f"{number}.png"
        done, encoded = cv2.imencode(".png", image)
        assert done
        (place / name).write_bytes(encoded.tobytes())
        lines.append(" ".join(f"{value:.9g}" for value in [number, *pose[:3, 3], *quaternion_from_matrix(pose)]))
    (folder / "groundtruth.txt").write_text("\n".join(lines) + "\n")
    return folder


def _place_pose(place: int) -> Matrix4:
    return planar_pose(3.0 * place, 0.5 * (place % 3), 0.1 * place)


def _texture(seed: int) -> Any:
    noise = np.random.default_rng(1000 + seed).standard_normal((120, 160, 3)).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def _shifted(image: Any, seed: int) -> Any:
    noise = np.random.default_rng(seed).normal(0, 6, image.shape)
    return np.clip(np.roll(image, (2, -3), axis=(0, 1)) + noise, 0, 255).astype(np.uint8)
