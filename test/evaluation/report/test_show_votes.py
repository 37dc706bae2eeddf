"""What the page lays over two pictures: in JSON types, and no more of it than a query is worth."""

from __future__ import annotations

import base64
import json

import cv2
import numpy as np

from vpr_ros.core.draw_matches import MOST_LINKS, MatchedPoints
from vpr_ros.core.records import PatchVotes
from vpr_ros.evaluation.report.show_votes import points_data, votes_data

GRID = (16, 16)
LONE = PatchVotes(3, np.array([17]), np.array([34]), np.array([0.7], np.float32), GRID)


def test_a_vote_is_a_link_between_the_middles_of_its_cells():
    (link,) = votes_data(LONE)["links"]
    np.testing.assert_allclose(link[:4], [1.5 / 16, 1.5 / 16, 2.5 / 16, 2.5 / 16], atol=1e-4)
    assert link[4] == "#ffec54"


def test_what_is_not_shared_lies_in_the_shade():
    for uri, (row, column) in zip(votes_data(LONE)["shades"], ((1, 1), (2, 2)), strict=True):
        kind, _, data = uri.partition(",")
        assert kind == "data:image/png;base64"
        pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
        assert pixels.shape == (16, 16, 4)
        opacity = pixels[..., 3]
        assert opacity[10, 10] == round(255 * 0.66)
        assert np.unravel_index(opacity.argmin(), GRID) == (row, column)


def test_however_many_votes_a_query_costs_little():
    every = np.repeat(np.arange(256), 256), np.tile(np.arange(256), 256)
    weights = np.sort(np.random.default_rng(0).random(256 * 256).astype(np.float32))[::-1]
    assert len(json.dumps(votes_data(PatchVotes(3, *every, weights, GRID)))) < 4000


def test_of_many_points_some_are_linked_and_all_are_counted():
    points = MatchedPoints(*np.random.default_rng(0).uniform(0, 1, (2, 500, 2)))
    told = points_data(points)
    assert (len(told["links"]), told["count"]) == (MOST_LINKS, 500)
    np.testing.assert_allclose(told["links"][0][:4], [*points.query[0], *points.place[0]], atol=1e-4)
    assert all(link[4].startswith("#") and len(link[4]) == 7 for link in told["links"])
    assert len(json.dumps(told)) < 2500
