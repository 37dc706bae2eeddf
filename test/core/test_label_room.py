from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.label_room import label_floor, label_room
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Candidate, Candidates, Labels
from vpr_ros.core.settings import RoomSettings


def table_of(rooms: list[str | None]) -> PlaceTable:
    count = len(rooms)
    labels = tuple(Labels(room=room, floor=None if room is None else f"{room} floor") for room in rooms)
    return PlaceTable(np.arange(count), np.arange(count), ("",) * count, ("camera",) * count, labels, None)


def ranked(*similarities: float) -> Candidates:
    return Candidates(tuple(Candidate(place_id, s) for place_id, s in enumerate(similarities)))


def test_votes_weigh_by_how_far_they_stand_above_the_last_candidate():
    rooms = table_of(["kitchen", "hall", "kitchen", "hall"])
    guess = label_room(ranked(0.9, 0.6, 0.6, 0.3), rooms, RoomSettings())
    assert guess.label == "kitchen"
    assert guess.share == pytest.approx((1 + 0.5**3) / (1 + 2 * 0.5**3))


@pytest.mark.parametrize(("scale", "offset"), [(0.1, 0.8), (1.0, 0.05)])
def test_the_vote_is_the_same_on_any_scale_of_similarity(scale, offset):
    rooms = table_of(["kitchen", "hall", "kitchen", "hall"])
    similarities = np.array([0.9, 0.7, 0.5, 0.3])
    shares = [
        label_room(ranked(*each), rooms, RoomSettings()).share for each in (similarities, scale * similarities + offset)
    ]
    assert shares[0] == pytest.approx(shares[1])


def test_many_weak_candidates_do_not_outvote_a_clear_one():
    rooms = table_of(["kitchen", "hall", "hall", "hall", "hall"])
    assert label_room(ranked(0.9, 0.5, 0.5, 0.5, 0.4), rooms, RoomSettings()).label == "kitchen"


def test_equal_candidates_vote_alike():
    guess = label_room(ranked(0.5, 0.5, 0.5), table_of(["kitchen", "hall", "hall"]), RoomSettings())
    assert guess.label == "hall"
    assert guess.share == pytest.approx(2 / 3)


def test_floors_vote_alike():
    assert label_floor(ranked(0.9), table_of(["kitchen"]), RoomSettings()).label == "kitchen floor"


def test_a_split_vote_is_unknown():
    guess = label_room(ranked(0.5, 0.5, 0.5), table_of(["kitchen", "hall", "bath"]), RoomSettings())
    assert guess.label == UNKNOWN


def test_places_without_a_name_lower_everybodys_share():
    assert label_room(ranked(0.5, 0.5, 0.5), table_of(["kitchen", None, None]), RoomSettings()).label == UNKNOWN


def test_only_the_best_vote():
    rooms = ["kitchen", "hall", "hall", "hall"]
    assert label_room(ranked(0.9, 0.8, 0.8, 0.8), table_of(rooms), RoomSettings(voters=1)).label == "kitchen"


@pytest.mark.parametrize("candidates", [Candidates(()), ranked(-0.1, -0.2)])
def test_nobody_votes(candidates):
    assert label_room(candidates, table_of(["kitchen", "kitchen"]), RoomSettings()).label == UNKNOWN


def test_a_candidate_that_reranking_put_last_is_not_taken_for_the_least_alike():
    guess = label_room(ranked(0.2, 0.5, 0.8), table_of(["hall", "lab", "hall"]), RoomSettings(min_share=0.0))
    assert guess.label == "hall"
    assert 0.5 < guess.share < 1
