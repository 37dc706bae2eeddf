"""Image files and their bytes -> RGB uint8, upright; what cannot be trusted is an ImageError that names the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array
from vpr_ros.sources.bags.decoder_messages import decoder_messages
from vpr_ros.sources.images.exif_orientation import turn_upright
from vpr_ros.sources.images.image_header import ImageHeader, read_header

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm", ".ppm")


def read_image(path: Path, max_megapixels: float = 100.0, *, as_stored: bool = False) -> Array:
    """An image file -> RGB uint8 [H, W, 3]; see `decode_image`."""
    return decode_image(read_bytes(path), str(path), max_megapixels, as_stored=as_stored)


def read_bytes(path: Path) -> bytes:
    """A file's bytes; ImageError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error


def decode_image(data: bytes, name: str, max_megapixels: float = 100.0, *, as_stored: bool = False) -> Array:
    """JPEG, PNG, WebP, BMP, PGM or PPM -> RGB uint8 [H, W, 3], turned upright by its EXIF orientation.

    as_stored: not turned, for images whose calibration and pose know nothing of that orientation.

    Grey becomes three equal channels, alpha is dropped, 16 bits become 8 by division by 257 (so white stays white).
    `name` is what errors call it. Raises ImageError, also for a JPEG whose decoder had to invent pixels; more than
    `max_megapixels` are refused before decoding.
    """
    header = _checked_header(data, name, max_megapixels)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    bgr = _decode(data, name, header, flags)
    if bgr.ndim != 3 or bgr.shape[2] != 3 or bgr.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{name}: {header.format} pixels of {bgr.dtype} {bgr.shape} are not supported")
    if bgr.dtype == np.uint16:
        bgr = scale_to_8_bit(bgr)
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return rgb if as_stored else turn_upright(rgb, header.orientation)


def decode_grey16(data: bytes, name: str, max_megapixels: float = 100.0) -> Array:
    """A 16-bit single-channel image, such as a depth PNG -> uint16 [H, W], unchanged. Raises ImageError."""
    header = _checked_header(data, name, max_megapixels)
    grey = _decode(data, name, header, cv2.IMREAD_UNCHANGED)
    if grey.ndim != 2 or grey.dtype != np.uint16:
        raise ImageError(f"{name}: expected one channel of 16 bits, got {grey.dtype} of shape {grey.shape}")
    return grey


def scale_to_8_bit(image: Array) -> Array:
    """uint16 -> uint8 by division by 257, rounded: 0 and 65535 become 0 and 255."""
    return np.asarray(cv2.convertScaleAbs(image, alpha=1 / 257)).reshape(image.shape)


def check_size(width: int, height: int, name: str, max_megapixels: float) -> None:
    """ImageError where an image is larger than allowed."""
    if width * height > max_megapixels * 1e6:
        raise ImageError(
            f"{name}: {width}x{height} is more than {max_megapixels:g} megapixels; "
            "scale it down or raise image.max_megapixels"
        )


def _checked_header(data: bytes, name: str, max_megapixels: float) -> ImageHeader:
    header = read_header(data, name)
    check_size(header.width, header.height, name, max_megapixels)
    return header


def _decode(data: bytes, name: str, header: ImageHeader, flags: int) -> Array:
    try:
        with decoder_messages() as damage, _quiet_opencv():
            image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise ImageError(f"{name}: the {header.format} cannot be decoded: {error.err or 'OpenCV failed'}") from error
    if damage:
        raise ImageError(f"{name}: the {header.format} is damaged, pixels of it are missing or wrong: {damage[0]}")
    if image is None:
        raise ImageError(f"{name}: the {header.format} cannot be decoded: it is damaged or of a rare kind")
    if image.shape[:2] != (header.height, header.width):
        raise ImageError(
            f"{name}: the {header.format} says {header.width}x{header.height} "
            f"and holds {image.shape[1]}x{image.shape[0]}"
        )
    return np.asarray(image)


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """OpenCV logs on stderr what is raised here as an error."""
    # Newer OpenCVs keep it in utils.logging, older ones at the top, the oldest not at all.
    log: Any = getattr(cv2.utils, "logging", cv2)
    if not hasattr(log, "setLogLevel"):
        yield
        return
    level = log.getLogLevel()
    log.setLogLevel(0)
    try:
        yield
    finally:
        log.setLogLevel(level)
