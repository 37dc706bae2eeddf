"""One word for every answer."""

from __future__ import annotations

import pytest
from sample_run import make_query

from vpr_ros.core.geometry import planar_pose
from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.report.encode_pictures import choose_queries, right_place
from vpr_ros.evaluation.report.list_failures import failure_lists
from vpr_ros.evaluation.report.query_details import _ordinal, told_queries
from vpr_ros.evaluation.report.verdicts import ABSTAINED, MISSED, RIGHT, UNJUDGED, WRONG, label_wrong, verdict_of

HERE, THERE = planar_pose(0, 0, 0), planar_pose(5, 0, 0)


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        (make_query(), RIGHT),
        (make_query(right=(False, True)), WRONG),
        (make_query(right=(False,), has_positive=False), WRONG),
        (make_query(right=None, has_positive=None), UNJUDGED),
        (make_query(refused="blank"), MISSED),
        (make_query(refused="blank", has_positive=False), ABSTAINED),
        (make_query(right=(True,), true=HERE, said=THERE), WRONG),
        (make_query(right=(False,), true=HERE, said=HERE), RIGHT),
    ],
    ids=["right", "wrong", "lost", "unjudged", "refused", "rightly", "false fix", "good fix from a wrong place"],
)
def test_every_answer_has_a_verdict(query: Query, verdict: str) -> None:
    assert verdict_of(query) == verdict


def test_a_wrong_room_is_a_mistake_of_its_own() -> None:
    query = make_query(labels=("kitchen", "first"), guessed=("kitchen", "ground"))
    assert verdict_of(query) == RIGHT
    assert label_wrong(query)
    assert not label_wrong(make_query(labels=("kitchen", None), guessed=("unknown", "ground")))


def test_wrong_answers_come_with_the_surest_first() -> None:
    queries = [make_query(0, (False,), similarity=0.5), make_query(1, (False,), similarity=0.9), make_query(2)]
    assert failure_lists(queries) == {"Wrong": [1, 0], "Right": [2]}


def test_failures_have_pictures_before_others_and_the_surest_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vpr_ros.evaluation.report.encode_pictures.MOST_FAILURES", 3)
    monkeypatch.setattr("vpr_ros.evaluation.report.encode_pictures.MOST_OTHERS", 2)
    queries = [make_query(number, (number % 2 == 0,), similarity=number / 20) for number in range(20)]
    chosen = choose_queries(queries)
    assert len(chosen) == 5
    assert all(index % 2 for index in chosen[:3])
    assert chosen[:2] == [19, 17]  # listed first
    assert chosen[3] == 0  # of the right ones the least sure


def test_failures_have_details_before_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vpr_ros.evaluation.report.query_details.MOST_TOLD", 6)
    queries = [make_query(number, (number not in (7, 11),)) for number in range(20)]
    told = told_queries(queries)
    assert len(told) == 6
    assert {7, 11} <= set(told)


def test_the_right_place_shown_is_the_one_that_looks_most_alike() -> None:
    assert right_place(make_query(right=(False, False, True))) == 2
    assert right_place(make_query(right=(False,))) == 0  # truth's own, where no candidate is right
    assert right_place(make_query(right=(False,), has_positive=False)) is None


def test_ranks_are_told_in_words() -> None:
    assert [_ordinal(rank) for rank in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th")
    ]
