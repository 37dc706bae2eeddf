"""What the picture of an answer says in words: `vpr localize --draw` and the debug image show it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from two_places import TwoPlaces, coarse_70, estimate_of, fix_of_70

from vpr_ros.core import draw_answer as module
from vpr_ros.core.draw_answer import REFUSED, draw_answer
from vpr_ros.core.records import Candidate, Candidates, PatchVotes, Rejected

IMAGE = np.full((24, 32, 3), 120, np.uint8)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `draw_match` was last asked for."""
    asked: dict[str, Any] = {}
    real = module.draw_match

    def noted(query: Any, match: Any, captions: Any, colour: Any, votes: Any = None, points: Any = None) -> Any:
        asked.update(match=match, captions=captions, colour=colour, votes=votes, points=points)
        return real(query, match, captions, colour, votes, points)

    monkeypatch.setattr(module, "draw_match", noted)
    return asked


def test_a_refusal_stands_alone_with_its_reason(drawn: dict[str, Any]) -> None:
    picture = draw_answer(IMAGE, estimate_of(refusal=Rejected("blank")), TwoPlaces())
    assert (drawn["match"], drawn["captions"][-1]) == (None, "refused: blank")
    assert tuple(picture[0, 0]) == REFUSED


def test_a_fix_shows_the_points_it_stands_on_and_where_it_is(drawn: dict[str, Any]) -> None:
    draw_answer(IMAGE, estimate_of(pose=fix_of_70(), coarse_pose=coarse_70()), TwoPlaces())
    assert len(drawn["points"].query) == 5
    assert drawn["match"].shape == (30, 40, 3)
    assert drawn["captions"][-1] == "pose x 2.00 y 1.00 z 0.10 m, yaw -57.3 deg; 5 points"


def test_votes_are_shown_of_the_place_that_is_named_only(drawn: dict[str, Any]) -> None:
    cells = np.zeros(1, np.int64)
    for voted, shown in ((70, True), (3, False)):
        votes = PatchVotes(voted, cells, cells, np.ones(1, np.float32), (2, 2))
        draw_answer(IMAGE, estimate_of(votes=votes), TwoPlaces())
        assert (drawn["votes"] is not None) == shown


def test_a_place_without_a_picture_says_so(drawn: dict[str, Any]) -> None:
    draw_answer(IMAGE, estimate_of(candidates=Candidates((Candidate(3, 0.5),)), pose=Rejected("few")), TwoPlaces())
    assert drawn["captions"][-2:] == ["no pose: few", "the map keeps no thumbnails"]
