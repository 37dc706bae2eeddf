"""What a file says of itself, in every format and its variants."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from vpr_ros.core.errors import ImageError
from vpr_ros.sources.images.image_header import read_header

IMAGE = np.zeros((21, 34, 3), np.uint8)


def encoded(suffix: str, image: np.ndarray, *parameters: int) -> bytes:
    return cv2.imencode(suffix, image, parameters)[1].tobytes()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded(".jpg", IMAGE), "JPEG"),
        (encoded(".jpg", IMAGE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1), "JPEG"),
        (encoded(".jpg", IMAGE, cv2.IMWRITE_JPEG_RST_INTERVAL, 1), "JPEG"),
        (encoded(".png", IMAGE), "PNG"),
        (encoded(".webp", IMAGE, cv2.IMWRITE_WEBP_QUALITY, 80), "WebP"),
        (encoded(".webp", IMAGE, cv2.IMWRITE_WEBP_QUALITY, 101), "WebP"),
        (encoded(".webp", np.dstack([IMAGE, IMAGE[..., :1] + 9]), cv2.IMWRITE_WEBP_QUALITY, 80), "WebP"),
        (encoded(".bmp", IMAGE), "BMP"),
        (encoded(".ppm", IMAGE), "PNM"),
        (encoded(".pgm", IMAGE[..., 0].astype(np.uint16)), "PNM"),
        (b"P5 # a remark\n34 # another\n21\n255\n" + bytes(34 * 21), "PNM"),
    ],
)
def test_size_and_format(data: bytes, kind: str) -> None:
    header = read_header(data, "image")
    assert (header.format, header.width, header.height, header.orientation) == (kind, 34, 21, 1)
    with pytest.raises(ImageError, match="cut off"):
        read_header(data[:-3], "image")


def test_a_bmp_of_the_old_header_and_from_top_to_bottom() -> None:
    old = b"BM" + bytes(8) + struct.pack("<IIHHHH", 26, 12, 2, 1, 1, 24) + bytes(8)
    assert (read_header(old, "old").width, read_header(old, "old").height) == (2, 1)
    downwards = bytearray(encoded(".bmp", IMAGE))
    struct.pack_into("<i", downwards, 22, -21)
    assert read_header(bytes(downwards), "downwards").height == 21
