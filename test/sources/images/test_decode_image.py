"""Every image that people and cameras hand in: right pixels, or one line that names the file and the reason."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array
from vpr_ros.sources.images.decode_image import decode_grey16, decode_image, read_image, scale_to_8_bit

FORMATS = (".jpg", ".png", ".webp", ".bmp", ".ppm")


def picture(height: int = 24, width: int = 32) -> Array:
    """RGB with another colour in each quarter, smooth enough for JPEG."""
    rows, columns = np.mgrid[:height, :width]
    red = np.where(columns < width // 2, 220, 30)
    green = np.where(rows < height // 2, 200, 40)
    return np.stack([red, green, np.full_like(red, 90)], axis=-1).astype(np.uint8)


def encode(suffix: str, image: Array) -> bytes:
    bgr = image[..., ::-1] if image.ndim == 3 and image.shape[2] == 3 else image
    return cv2.imencode(suffix, bgr)[1].tobytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_pixels_come_out_as_rgb(suffix: str) -> None:
    decoded = decode_image(encode(suffix, picture()), "picture")
    assert decoded.shape == (24, 32, 3)
    assert decoded.dtype == np.uint8
    lossy = suffix in (".jpg", ".webp")
    assert np.abs(decoded.astype(int) - picture())[2:10, 2:14].max() <= (12 if lossy else 0)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_grayscale_becomes_three_equal_channels(suffix: str) -> None:
    decoded = decode_image(encode(suffix, np.full((6, 8), 77, np.uint8)), "grey")
    assert decoded.shape == (6, 8, 3)
    assert np.abs(decoded.astype(int) - 77).max() <= 1


def test_16_bit_is_scaled_so_that_white_stays_white() -> None:
    values = np.array([[0, 257, 25700, 65535]], np.uint16)
    assert decode_image(encode(".png", values), "deep")[0, :, 0].tolist() == [0, 1, 100, 255]
    deep_colour = np.dstack([values, values // 2, values * 0])
    decoded = decode_image(encode(".png", deep_colour), "deep colour")
    assert decoded[0, 3].tolist() == [255, 127, 0]


def test_16_bit_becomes_the_nearest_8_bit() -> None:
    every = np.arange(65536, dtype=np.uint16).reshape(64, -1)
    assert np.array_equal(scale_to_8_bit(every), np.round(every / 257))
    assert scale_to_8_bit(every.reshape(64, 256, 4)[:, ::3, :1]).shape == (64, 86, 1)


def test_alpha_is_dropped() -> None:
    rgba = np.dstack([picture()[..., ::-1], np.zeros((24, 32), np.uint8)])
    assert np.array_equal(decode_image(cv2.imencode(".png", rgba)[1].tobytes(), "alpha"), picture())


def with_exif(jpeg: bytes, orientation: int, order: str = "<") -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    tiff = mark + struct.pack(f"{order}IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0)
    payload = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone_as_opencv_does_it(orientation: int, order: str) -> None:
    jpeg = with_exif(encode(".jpg", picture()), orientation, order)
    expected = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    decoded = decode_image(jpeg, "turned")
    assert decoded.shape == ((32, 24, 3) if orientation >= 5 else (24, 32, 3))
    assert np.array_equal(decoded, expected)


def test_exif_of_png_turns_too() -> None:
    exif = b"MM\0*" + struct.pack(">IHHHIHH", 8, 1, 0x0112, 3, 1, 6, 0)
    chunk = b"eXIf" + exif
    png = encode(".png", picture())
    png = png[:33] + struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    assert np.array_equal(decode_image(png, "turned"), np.rot90(picture(), -1))


def test_nonsense_in_exif_does_not_matter() -> None:
    assert decode_image(with_exif(encode(".jpg", picture()), 99), "odd").shape == (24, 32, 3)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_truncated_images_are_refused(suffix: str, share: float) -> None:
    whole = encode(suffix, picture(200, 300))
    with pytest.raises(ImageError, match=r"^truncated\.img: .*(cut off|not an image)"):
        decode_image(whole[: int(len(whole) * share)], "truncated.img")


@pytest.mark.parametrize("suffix", FORMATS)
def test_truncated_images_leave_stderr_alone(suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    whole = encode(suffix, picture(200, 300))
    for share in (0.2, 0.6, 0.95):
        with pytest.raises(ImageError):
            decode_image(whole[: int(len(whole) * share)], "truncated")
    assert capfd.readouterr().err == ""


def scenery() -> Array:
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_cut_off_and_closed_again_is_refused(progressive: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Its markers are all there; only the decoder knows what is missing, and says so on stderr alone."""
    whole = cv2.imencode(".jpg", scenery(), [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive])[1].tobytes()
    assert decode_image(whole, "whole").shape == (120, 160, 3)
    with pytest.raises(ImageError, match=r"^closed\.jpg: the JPEG is damaged, .*: Corrupt JPEG data: premature end"):
        decode_image(whole[: len(whole) // 2] + b"\xff\xd9", "closed.jpg")
    assert capfd.readouterr().err == ""


def test_a_jpeg_damaged_inside_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    whole = bytearray(cv2.imencode(".jpg", scenery(), [cv2.IMWRITE_JPEG_RST_INTERVAL, 4])[1].tobytes())
    restart = whole.index(b"\xff\xd3", len(whole) // 2)
    whole[restart + 1] = 0xD6
    with pytest.raises(ImageError, match="Corrupt JPEG data: found marker 0xd6 instead of RST3"):
        decode_image(bytes(whole), "spoilt.jpg")
    assert capfd.readouterr().err == ""


def test_the_padding_of_cameras_does_not_matter(capfd: pytest.CaptureFixture[str]) -> None:
    """Webcams leave a byte or two before a marker; no pixel is lost, and nobody needs to hear of it."""
    whole = cv2.imencode(".jpg", scenery(), [cv2.IMWRITE_JPEG_RST_INTERVAL, 4])[1].tobytes()
    restart = whole.index(b"\xff\xd3", len(whole) // 2)
    padded = whole[:restart] + bytes(2) + whole[restart:]
    assert np.array_equal(decode_image(padded, "webcam"), decode_image(whole, "whole"))
    assert capfd.readouterr().err == ""


def test_a_jpeg_within_a_truncated_jpeg_does_not_hide_the_damage() -> None:
    """A camera's thumbnail has an end of its own."""
    thumbnail = encode(".jpg", picture())
    whole = encode(".jpg", picture(200, 300))
    payload = b"Thumb\0" + thumbnail
    whole = whole[:2] + b"\xff\xe5" + struct.pack(">H", len(payload) + 2) + payload + whole[2:]
    assert decode_image(whole, "with thumbnail").shape == (200, 300, 3)
    with pytest.raises(ImageError, match="the end of the JPEG is missing"):
        decode_image(whole[:-300], "with thumbnail")


def test_bytes_after_a_jpeg_do_not_matter() -> None:
    assert decode_image(encode(".jpg", picture()) + b"\0" * 100, "padded").shape == (24, 32, 3)


def test_a_flipped_byte_in_a_png_is_noticed() -> None:
    png = bytearray(encode(".png", picture()))
    png[len(png) // 2] ^= 0x10
    with pytest.raises(ImageError, match="checksum of PNG chunk b'IDAT' is wrong"):
        decode_image(bytes(png), "flipped")


@pytest.mark.parametrize("data", [b"not an image at all", b"GIF89a" + bytes(50), bytes(1000)])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"^notes\.jpg: not an image"):
        decode_image(data, "notes.jpg")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match=r"empty\.jpg: the file is empty"):
        read_image(tmp_path / "empty.jpg")


def test_unreadable_files_are_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"nowhere\.jpg: cannot be read: No such file"):
        read_image(tmp_path / "nowhere.jpg")
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(ImageError, match=r"folder\.jpg: cannot be read: Is a directory"):
        read_image(tmp_path / "folder.jpg")


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says it is huge and holds next to nothing: decoding it would need the memory it promises."""

    def chunk(kind: bytes, payload: bytes) -> bytes:
        return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_huge_images_are_refused_by_what_their_header_says() -> None:
    with pytest.raises(ImageError, match=r"huge: 100000x100000 is more than 100 megapixels; .*image\.max_megapixels"):
        decode_image(huge_png(100_000, 100_000), "huge")


def test_images_of_no_size_are_refused() -> None:
    with pytest.raises(ImageError, match=r"the image has no pixels \(0x5\)"):
        decode_image(huge_png(0, 5), "thin")


def test_a_header_that_promises_more_than_there_is_is_refused() -> None:
    with pytest.raises(ImageError, match=r"PNG (cannot be decoded|is damaged)"):
        decode_image(huge_png(64, 64), "hollow")


def test_depth_keeps_its_16_bits() -> None:
    depth = np.array([[0, 1, 1000, 65535]], np.uint16)
    assert np.array_equal(decode_grey16(encode(".png", depth), "depth"), depth)
    with pytest.raises(ImageError, match="expected one channel of 16 bits, got uint8"):
        decode_grey16(encode(".png", picture()), "photo")


def is_image_or_refused(data: bytes) -> None:
    try:
        image = decode_image(data, "fuzz", max_megapixels=1.0)
    except ImageError:
        return
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert image.dtype == np.uint8
    assert image.size > 0


BEGINNINGS = (
    b"",
    b"\xff\xd8",
    b"\xff\xd8\xff\xc0",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"BM",
    b"P5 ",
    b"P6\n",
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=200))
@example(b"BM", bytes(10) + b"\x28\0\0\0" + b"\xff" * 40)
@example(b"RIFF", b"\0\0\0\0WEBPVP8 \x0a\0\0\0")
def test_any_bytes_are_an_image_or_refused(beginning: bytes, rest: bytes) -> None:
    is_image_or_refused(beginning + rest)


WHOLE = [encode(suffix, picture()) for suffix in FORMATS] + [
    encode(".png", np.zeros((5, 5), np.uint16)),
    encode(".pgm", np.zeros((5, 5), np.uint8)),
    with_exif(encode(".jpg", picture()), 6),
]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(WHOLE), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8), st.floats(0, 1)
)
def test_spoilt_images_are_an_image_or_refused(whole: bytes, changes: list[tuple[float, int]], kept: float) -> None:
    spoilt = bytearray(whole)
    for where, value in changes:
        spoilt[int(where * len(whole))] = value
    is_image_or_refused(bytes(spoilt[: int(kept * len(whole)) + 1]))
