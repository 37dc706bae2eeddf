from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.errors import ImageError
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.settings import ImageSettings


@pytest.mark.parametrize(
    ("shape", "prepared"),
    [((480, 640), (240, 320)), ((640, 480), (320, 240)), ((256, 256), (320, 320)), ((1, 5000), (1, 320))],
)
def test_the_long_side_is_set_and_the_whole_view_kept(shape, prepared):
    image = np.zeros((*shape, 3), np.uint8)
    assert prepare_image(image, ImageSettings()).shape == (*prepared, 3)


def test_an_image_of_the_right_size_is_not_copied():
    image = np.zeros((240, 320, 3), np.uint8)
    assert prepare_image(image, ImageSettings()) is image


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3)),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_anything_else_is_refused(image):
    with pytest.raises(ImageError, match="expected RGB uint8"):
        prepare_image(image, ImageSettings())
