"""What of many votes is drawn: pairs that hold both ways, spread over the image, and the region they make."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.draw_match import INK, draw_match
from vpr_ros.core.draw_votes import APART, MOST_LINKS, STRONG, choose_links, most_links, shade_shared, shared_cells
from vpr_ros.core.records import PatchVotes

GRID = (16, 16)
NOTHING = np.empty(0, np.int64)


def votes_of(pairs: list[tuple[int, int, float]]) -> PatchVotes:
    """(query cell, place cell, weight), in any order."""
    ordered = sorted(pairs, key=lambda pair: -pair[2])
    ours, theirs, weights = (np.array(column) for column in zip(*ordered, strict=True))
    return PatchVotes(3, ours.astype(np.int64), theirs.astype(np.int64), weights.astype(np.float32), GRID)


def cell(row: int, column: int) -> int:
    return row * GRID[1] + column


def test_a_link_joins_the_middles_of_its_cells():
    links = choose_links(votes_of([(cell(0, 15), cell(8, 3), 0.9)]))
    np.testing.assert_allclose(links.query, [[15.5 / 16, 0.5 / 16]])
    np.testing.assert_allclose(links.place, [[3.5 / 16, 8.5 / 16]])
    assert links.strengths.tolist() == [1.0]


def test_a_pair_that_does_not_hold_both_ways_is_not_drawn():
    """Every cell of a blank wall finds the same cell of the place; that one names a single cell of the wall."""
    wall = [(cell(row, 2), cell(5, 5), 0.5 + row / 100) for row in range(16)]
    links = choose_links(votes_of(wall))
    rows = links.query[:, 1] * 16 - 0.5
    assert rows.max() == pytest.approx(15)  # the strongest
    assert rows.min() >= 13
    shared, _ = shared_cells(votes_of(wall))
    assert shared[:10].max() < 0.01
    assert shared[15, 2] > 0.3


def test_links_do_not_crowd():
    every = [
        (cell(row, column), cell(row, column), 1 - (row * 16 + column) / 1000)
        for row in range(16)
        for column in range(16)
    ]
    links = choose_links(votes_of(every))
    assert len(links.strengths) == MOST_LINKS
    cells = links.query * 16
    apart = np.abs(cells[:, None] - cells[None]).max(axis=2)
    assert apart[~np.eye(len(cells), dtype=bool)].min() >= APART


def test_a_small_picture_bears_fewer_links():
    assert [most_links(width) for width in (1, 160, 480, 1920)] == [1, 8, 24, 24]


def test_what_many_neighbours_hold_for_shared_is_shaded_more_than_a_lone_cell():
    block = [(cell(row, column), cell(row + 8, column), 0.8) for row in range(2, 6) for column in range(2, 6)]
    ours, theirs = shared_cells(votes_of([*block, (cell(12, 12), cell(2, 12), 0.8)]))
    assert ours[3, 3] == 1.0
    assert 0.2 < ours[12, 12] < 0.6
    assert ours[12, 3] < 0.01
    assert theirs[11, 3] == 1.0


@settings(deadline=None)  # machines that test are busy
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255), st.floats(0.01, 9)), min_size=1, max_size=60))
def test_whatever_votes_come_links_are_among_them_and_shares_are_shares(pairs):
    votes = votes_of(pairs)
    links = choose_links(votes)
    assert 1 <= len(links.strengths) <= MOST_LINKS  # the strongest of all holds both ways
    assert np.all(np.diff(links.strengths) <= 0)
    drawn = {
        (cell(int(y * 16), int(x * 16)), cell(int(v * 16), int(u * 16)))
        for (x, y), (u, v) in zip(links.query, links.place, strict=True)
    }
    assert drawn <= {(ours, theirs) for ours, theirs, _ in pairs}
    for shares in shared_cells(votes):
        assert shares.shape == GRID
        assert shares.min() >= 0
        assert shares.max() <= 1


def test_no_votes_are_no_links_and_nothing_shared():
    votes = PatchVotes(3, NOTHING, NOTHING, np.empty(0, np.float32), GRID)
    assert len(choose_links(votes).strengths) == 0
    assert all(not shares.any() for shares in shared_cells(votes))


def test_what_is_shared_keeps_its_colour_and_the_rest_loses_it():
    image = np.full((64, 64, 3), (20, 90, 200), np.uint8)
    shares = np.zeros(GRID, np.float32)
    shares[:, :8] = 1
    shaded = shade_shared(image, shares).astype(int)
    assert np.ptp(shaded[:, :16], axis=2).min() > 40
    assert np.ptp(shaded[:, 48:], axis=2).max() <= 1


@pytest.mark.parametrize("size", [(90, 120), (30, 90), (1, 1)])
def test_links_end_on_the_match_wherever_it_lies(size):
    query, match = np.full((90, 120, 3), 128, np.uint8), np.full((*size, 3), 128, np.uint8)
    lone = votes_of([(cell(8, 8), cell(8, 8), 1.0)])
    plain, linked = (draw_match(query, match, [], INK, votes) for votes in (None, lone))
    assert plain.shape == linked.shape
    here = np.argwhere(np.all(linked == STRONG, axis=2))
    top, left = (90 - (high := round(size[0] * (scale := min(90 / size[0], 120 / size[1]))))) // 2, 3 + 120 + 8
    wide = round(size[1] * scale)
    ends = [(50, 66), (3 + top + int(8.5 / 16 * high), left + (120 - wide) // 2 + int(8.5 / 16 * wide))]
    for end in ends:
        assert np.abs(here - end).max(axis=1).min() <= 1
    assert not np.all(plain == STRONG, axis=2).any()
