"""The picture a person wants: the query beside the place it was taken for."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vpr_ros.core.records import Array

RIGHT, WRONG, INK, PAPER = (46, 134, 87), (196, 58, 49), (40, 44, 52), (255, 255, 255)
FONT, LINE_PX, GAP_PX = cv2.FONT_HERSHEY_SIMPLEX, 18, 8


def draw_match(query: Array, match: Array | None, captions: Sequence[str], frame_colour: Sequence[int]) -> Array:
    """RGB pictures side by side, both as high as the query, framed in a colour, captions below. No match: grey."""
    height, width = query.shape[:2]
    right = np.full_like(query, 225) if match is None else _fit(match, width, height)
    pair = np.hstack([query, np.full((height, GAP_PX, 3), PAPER, np.uint8), right])
    pair = cv2.copyMakeBorder(pair, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=list(frame_colour))
    footer = np.full((LINE_PX * len(captions) + 6, pair.shape[1], 3), PAPER, np.uint8)
    for row, caption in enumerate(captions):
        write_text(footer, shorten(caption, pair.shape[1] - 8), (4, LINE_PX * (row + 1) - 4))
    return np.vstack([pair, footer])


def write_text(
    canvas: Array, text: str, at_px: tuple[int, int], size: float = 0.45, colour: Sequence[int] = INK, weight: int = 1
) -> None:
    """Text with its lower left corner at a pixel, drawn into the canvas."""
    cv2.putText(canvas, text, at_px, FONT, size, tuple(colour), weight, cv2.LINE_AA)


def shorten(text: str, width_px: int, size: float = 0.45) -> str:
    """The text as its font can write it, its middle left out where it is too wide."""
    text = text.encode("ascii", "replace").decode()
    kept = len(text)
    while kept and cv2.getTextSize(short := _without_middle(text, kept), FONT, size, 1)[0][0] > width_px:
        kept -= 1
    return short if kept else ""


def _without_middle(text: str, kept: int) -> str:
    return text if kept == len(text) else f"{text[: kept // 2]}...{text[len(text) - (kept - kept // 2) :]}"


def fit_box(image: Array, width: int, height: int) -> Array:
    """The whole image, as large as the box allows."""
    scale = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA))


def _fit(image: Array, width: int, height: int) -> Array:
    """Scaled into a box, centred on paper."""
    scaled = fit_box(image, width, height)
    box = np.full((height, width, 3), PAPER, np.uint8)
    top, left = (height - scaled.shape[0]) // 2, (width - scaled.shape[1]) // 2
    box[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return box
