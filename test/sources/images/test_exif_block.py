"""EXIF is found in each kind of file that carries it, wherever it stands, without reading the pixels."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from exif_bytes import exif, in_jpeg

from vpr_ros.sources.images.exif_block import read_exif

TIFF = exif({0x112: (3, 6)})
PIXELS = np.zeros((4, 6, 3), np.uint8)


def encoded(suffix: str) -> bytes:
    return cv2.imencode(suffix, PIXELS)[1].tobytes()


def png_with_exif(*, at_the_end: bool) -> bytes:
    chunk = b"eXIf" + TIFF
    whole = struct.pack(">I", len(TIFF)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    png = encoded(".png")
    cut = len(png) - 12 if at_the_end else 33
    return png[:cut] + whole + png[cut:]


def webp_with_exif(prefix: bytes = b"") -> bytes:
    payload = prefix + TIFF
    body = encoded(".webp")[12:] + b"EXIF" + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


FILES = {
    "jpeg": in_jpeg(encoded(".jpg"), TIFF),
    "jpeg with fill bytes": encoded(".jpg")[:2] + b"\xff\xff" + in_jpeg(encoded(".jpg"), TIFF)[2:],
    "png": png_with_exif(at_the_end=False),
    "png at the end": png_with_exif(at_the_end=True),
    "webp": webp_with_exif(),
    "webp with a prefix": webp_with_exif(b"Exif\0\0"),
}


@pytest.mark.parametrize("kind", FILES)
def test_it_is_found(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "photo"
    path.write_bytes(FILES[kind])
    assert read_exif(path) == TIFF
    for cut in range(0, len(FILES[kind]), 11):  # of a file that is cut off, what is there, or nothing
        path.write_bytes(FILES[kind][:cut])
        found = read_exif(path)
        assert TIFF.startswith(found) or b"Exif\0\0".startswith(found)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_without_it_there_is_nothing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo{suffix}"
    path.write_bytes(encoded(suffix))
    assert read_exif(path) == b""


def test_a_file_that_cannot_be_read_is_left_to_whoever_reads_its_pixels(tmp_path: Path) -> None:
    assert read_exif(tmp_path / "gone.jpg") == b""
