"""The losses of a training, epoch by epoch, as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vpr_ros.core.draw_match import INK, PAPER, RIGHT, shorten, write_text
from vpr_ros.core.records import Array
from vpr_ros.training.curves import Epoch, best_epoch

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT_PX, TOP, BOTTOM = 64, 20, 46, 40
TRAIN_COLOUR, HELD_OUT_COLOUR, LIGHT = (66, 112, 190), (214, 120, 28), (226, 228, 232)


def draw_curves(epochs: Sequence[Epoch], title: str) -> Array:
    """RGB picture: the loss of the training pairs and of the held-out places over epochs, and which epoch is kept."""
    canvas = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    losses = [loss for epoch in epochs for loss in (epoch.train_loss, epoch.held_out_loss) if np.isfinite(loss)]
    top = max(losses, default=1.0) * 1.05 or 1.0
    last = max(1, *(epoch.number for epoch in epochs))

    def pixel(number: float, loss: float) -> tuple[int, int]:
        across = LEFT + (WIDTH - LEFT - RIGHT_PX) * number / last
        return round(across), round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * loss / top)

    for step in np.linspace(0, top, 5):
        cv2.line(canvas, pixel(0, step), pixel(last, step), LIGHT, 1)
        write_text(canvas, f"{step:.2f}", (8, pixel(0, step)[1] + 5))
    best = best_epoch(epochs)
    cv2.line(canvas, pixel(best.number, 0), pixel(best.number, top), RIGHT, 1)
    _curve(canvas, [pixel(e.number, e.train_loss) for e in epochs if np.isfinite(e.train_loss)], TRAIN_COLOUR)
    _curve(canvas, [pixel(e.number, e.held_out_loss) for e in epochs], HELD_OUT_COLOUR)
    write_text(canvas, shorten(title, WIDTH - LEFT - RIGHT_PX, 0.5), (LEFT, 18), 0.5)
    write_text(canvas, "loss of training pairs", (LEFT, 38), colour=TRAIN_COLOUR)
    write_text(canvas, "of held-out places", (LEFT + 190, 38), colour=HELD_OUT_COLOUR)
    write_text(canvas, f"kept: epoch {best.number}", (LEFT + 350, 38), colour=RIGHT)
    write_text(canvas, f"epochs 0 (before the first) to {last}", (LEFT, HEIGHT - 12), colour=INK)
    return canvas


def _curve(canvas: Array, points: Sequence[tuple[int, int]], colour: tuple[int, int, int]) -> None:
    cv2.polylines(canvas, [np.array(points, np.int32).reshape(-1, 1, 2)], False, colour, 2, cv2.LINE_AA)
    for point in points:
        cv2.circle(canvas, point, 3, colour, -1, cv2.LINE_AA)
