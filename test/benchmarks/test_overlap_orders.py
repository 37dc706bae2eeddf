"""The contest of orders on a task made by hand: what is right comes from depth, and every way is judged by it alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.overlap_describe import RAW, Describer, ask
from benchmarks.overlap_orders import Contest, ways_of
from benchmarks.overlap_prediction import line_of
from benchmarks.overlap_task import SeenBy, Task, overlaps, turned_deg
from benchmarks.rerank_by_sift import SiftVerifier
from vpr_ros.core.embed_patches import raw_embedder
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import Frame, Intrinsics, Labels
from vpr_ros.core.rerank_settings import SCORINGS
from vpr_ros.core.settings import Settings

FRAMES, APART_PX, WIDTH, HEIGHT, FOCAL = 12, 40, 160, 120, 150.0
WAYS = ways_of([RAW], Settings().rerank, ablation=True)
LENS = Intrinsics(np.array([[FOCAL, 0, WIDTH / 2], [0, FOCAL, HEIGHT / 2], [0, 0, 1]]), WIDTH, HEIGHT)


@dataclass(frozen=True)
class Wall:
    """A `Source`: a camera that moves sideways along a painted wall 1 m away, a quarter of an image a step."""

    name: str = "wall"
    kind: str = "made"
    notes: tuple[str, ...] = ()

    def entries(self) -> Sequence[Any]:
        raise NotImplementedError

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        rng = np.random.default_rng(0)
        paint = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH + APART_PX * FRAMES, 3)), (0, 0), 2)
        paint = cv2.normalize(paint, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
        for number in range(FRAMES) if numbers is None else numbers:
            image = np.ascontiguousarray(paint[:, number * APART_PX : number * APART_PX + WIDTH])
            pose = np.eye(4)
            pose[0, 3] = number * APART_PX / FOCAL
            depth = np.ones((HEIGHT, WIDTH), np.float32)
            yield Frame(
                image, number, "camera", f"{number}.png", LENS, depth, pose, np.eye(4), labels=Labels(floor="ground")
            )


@pytest.fixture(scope="module")
def contest() -> Contest:
    wall = Wall()
    task = Task("wall", wall, list(range(0, FRAMES, 2)), wall, list(range(1, FRAMES, 2)), [0, 0, 1, 1, 2, 2])
    settings = override_settings(Settings(), ["features.name=dense_sift", "aggregation.clusters=8"])
    describer = Describer(task, settings)
    return Contest(ask(task, settings, describer, {RAW: raw_embedder(128)}), SiftVerifier(task))


def test_every_way_is_a_row_and_finds_the_wall(contest):
    ways = [way for way in WAYS if way.name in ("raw patches", "raw, float32")]
    retrieved, verified, voted, exact = contest.rows(ways)
    assert [row.name for row in (retrieved, verified)] == ["retrieval alone", "SIFT + RANSAC"]
    assert contest.counted == 6  # each query lies a quarter of an image from a keyframe
    assert verified.recall_1 == 1.0
    assert voted.recall_1 == 1.0
    assert voted.rho > 0.8
    assert voted.area_pairs > 0.9
    assert retrieved.gain.mean == 0
    assert verified.over_sift.mean == 0
    assert voted.area_pairs == pytest.approx(exact.area_pairs, abs=0.01)  # bytes are exact enough


def test_ablation_changes_one_thing_at_a_time():
    changed = [
        sum(getattr(way.settings, field) != getattr(Settings().rerank, field) for field in vars(way.settings))
        for way in WAYS
    ]
    assert max(changed) <= 2  # a radius, and whether it is adaptive
    assert len({way.name for way in WAYS}) == len(WAYS)
    assert {way.settings.scoring for way in WAYS} == set(SCORINGS)
    assert [way.int8 for way in WAYS].count(False) == 1


def test_a_row_is_a_line_of_the_table(contest):
    line = line_of("wall", "dense_sift", next(iter(contest.rows([]))))
    assert line.startswith("| wall | dense_sift | retrieval alone |")
    assert line.count("|") == 12


def test_views_of_one_heading_are_not_turned():
    seen = SeenBy()
    for frame in Wall().frames([0, 1, 2, 4]):
        seen.add(frame)
    views = seen.done()
    np.testing.assert_allclose(turned_deg(views, views), 0, atol=1e-6)
    shared = overlaps(views, views)
    np.testing.assert_allclose(shared[0], [1, 0.75, 0.5, 0], atol=0.05)
    np.testing.assert_allclose(shared, shared.T, atol=0.05)
