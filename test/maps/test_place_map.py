from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sample_map import rewrite_array

from vpr_ros.core.errors import MapError
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import CameraCalibration, PlaceMap


def test_thumbnails_keep_their_colours_in_order(sample: PlaceMap) -> None:
    image = sample.thumbnail(0)
    assert image is not None
    assert (image.shape, image.dtype) == ((12, 16, 3), np.uint8)
    np.testing.assert_allclose(image.reshape(-1, 3).mean(axis=0), (200, 100, 40), atol=4)


def test_a_row_without_a_thumbnail_says_so(sample: PlaceMap) -> None:
    assert sample.thumbnail(1) is None
    assert sample.thumbnail(2) is not None


def test_a_thumbnail_that_is_no_picture_is_named(sample: PlaceMap) -> None:
    assert sample.thumbnails is not None
    rewrite_array(sample.path, "thumbnails", np.zeros_like(sample.thumbnails.data))
    with pytest.raises(MapError, match="thumbnail of place 7 is no image"):
        open_map(sample.path).thumbnail(4)


def test_where_a_camera_sits_goes_by_its_name_or_by_there_being_one(sample: PlaceMap) -> None:
    seats = [np.eye(4), 2 * np.eye(4)]
    front, left = (CameraCalibration(name, None, seat) for name, seat in zip(("front", "left"), seats, strict=True))
    alone = dataclasses.replace(sample, cameras=(front,))
    assert alone.mounting("other") is seats[0]
    assert alone.mounting("other", exactly=True) is None
    assert alone.mounting("front", exactly=True) is seats[0]
    both = dataclasses.replace(sample, cameras=(front, left))
    assert both.mounting("left") is seats[1]
    assert both.mounting("other") is None
