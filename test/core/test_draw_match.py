from __future__ import annotations

import cv2
import numpy as np
import pytest

from vpr_ros.core.draw_match import FONT, RIGHT, draw_match, fit_box, shorten

QUERY = np.full((90, 120, 3), (10, 120, 200), np.uint8)


@pytest.mark.parametrize("size", [(45, 60), (90, 120), (200, 50), (1, 1)])
def test_query_and_match_stand_side_by_side_in_a_frame_of_the_verdict(size):
    match = np.full((*size, 3), (200, 30, 30), np.uint8)
    picture = draw_match(QUERY, match, ["said kitchen"], RIGHT)
    assert picture.dtype == np.uint8
    assert picture.shape[1] == 2 * 120 + 8 + 6
    assert picture.shape[0] > 90 + 6
    assert tuple(picture[0, 0]) == RIGHT
    assert tuple(picture[48, 63]) == (10, 120, 200)
    assert tuple(picture[48, 3 + 120 + 8 + 60]) == (200, 30, 30)


def test_no_match_is_grey():
    picture = draw_match(QUERY, None, [], RIGHT)
    assert tuple(picture[48, 3 + 120 + 8 + 60]) == (225, 225, 225)
    assert picture.shape[0] == 90 + 6 + 6


def test_captions_take_their_room():
    heights = [len(draw_match(QUERY, None, ["a"] * count, RIGHT)) for count in range(3)]
    assert np.diff(heights).tolist() == [18, 18]


@pytest.mark.parametrize("text", ["short", "", "a" * 200, "kitchen/\u53a8\u623f/" + "frame" * 30 + "17.png"])
def test_captions_keep_to_their_width_and_both_ends(text):
    short = shorten(text, 200)
    assert cv2.getTextSize(short, FONT, 0.45, 1)[0][0] <= 200
    if len(text) < 20:
        assert short == text
    else:
        assert short[:7] == text[:7]
        assert short[-5:] == text[-5:]
        assert "..." in short


def test_a_box_holds_the_whole_image():
    assert fit_box(QUERY, 480, 300).shape == (300, 400, 3)
    assert fit_box(QUERY, 60, 300).shape == (45, 60, 3)
