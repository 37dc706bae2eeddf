from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from vpr_ros.core.describe_image import Description, ImageDescriber, StageClock
from vpr_ros.core.localize import LocalizationMap, Localizer
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame, Labels
from vpr_ros.core.retrieve_places import ExactIndex
from vpr_ros.core.settings import Settings

FRAME = Frame(np.zeros((4, 4, 3), np.uint8), 7, "camera", "frame")


class Says:
    """Describes every image by the same descriptor."""

    def __init__(self, share: float, descriptor: list[float]) -> None:
        self._answer = Description(share, np.array(descriptor, np.float32))

    def describe(self, _image: np.ndarray, clock: StageClock) -> Description:
        with clock.stage("features"):
            return self._answer


def localizer(share: float, descriptor: list[float]) -> Localizer:
    labels = (Labels(room="hall"), Labels(room="hall"), Labels(room="lab"))
    table = PlaceTable(np.array([3, 5, 8]), np.zeros(3, np.int64), ("a", "b", "c"), ("camera",) * 3, labels, None)
    known = np.eye(3, dtype=np.float32)
    place_map = cast(LocalizationMap, SimpleNamespace(map_id="m", map_frame="map", table=table, descriptors=known))
    return Localizer(place_map, cast(ImageDescriber, Says(share, descriptor)), ExactIndex(known), Settings())


def test_an_answer_names_places_and_the_time_each_stage_took():
    estimate = localizer(1.0, [0.8, 0.6, 0.0]).localize(FRAME)
    assert [candidate.place_id for candidate in estimate.candidates.ranked] == [3, 5, 8]
    assert estimate.place_id == 3
    assert estimate.room.label == "hall"
    assert estimate.coarse_pose is None
    assert list(estimate.latency_ms) == ["features", "retrieve_places", "label_room"]


@pytest.mark.parametrize(
    ("share", "descriptor", "reason"),
    [
        (0.01, [1.0, 0.0, 0.0], "too few describable patches"),
        (1.0, [np.nan, 0.0, 0.0], "the descriptor is not finite"),
        (1.0, [np.inf, 0.0, 0.0], "the descriptor is not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_reason(share, descriptor, reason):
    estimate = localizer(share, descriptor).localize(FRAME)
    assert estimate.refusal is not None
    assert estimate.refusal.reason == reason
    assert estimate.place_id is None
    assert estimate.candidates.ranked == ()
    assert (estimate.stamp_ns, estimate.source_name) == (7, "frame")


def test_a_localizer_says_what_its_index_is():
    assert localizer(1.0, [1.0, 0.0, 0.0]).about_index == "exact"
