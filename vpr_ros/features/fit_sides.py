"""How an image's sides become multiples of a transformer's patch, and where the patches then lie in the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vpr_ros.core.records import FloatArray

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PatchGrid:
    """rows x columns of square patches over a window (left, top, width, height) of an image, pixels."""

    rows: int
    columns: int
    left: int
    top: int
    width: int
    height: int

    @property
    def centres_px(self) -> FloatArray:
        """[rows * columns, 2] x and y of the middles, row by row, in the image; (0, 0) is the middle of a pixel."""
        xs = self.left + (np.arange(self.columns) + 0.5) * self.width / self.columns - 0.5
        ys = self.top + (np.arange(self.rows) + 0.5) * self.height / self.rows - 0.5
        return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float32)


def fit_sides(height: int, width: int, patch_px: int, fit: str) -> PatchGrid:
    """`resize`: the nearest multiples, whole view; `crop`: the multiples below, from the middle, as AnyLoc does.

    An image smaller than a patch has no rows and no columns.
    """
    if min(height, width) < patch_px:
        return PatchGrid(0, 0, 0, 0, width, height)
    if fit == "resize":
        return PatchGrid(round(height / patch_px), round(width / patch_px), 0, 0, width, height)
    rows, columns = height // patch_px, width // patch_px
    inner_height, inner_width = rows * patch_px, columns * patch_px
    # torchvision's CenterCrop, which AnyLoc uses, rounds to even like this.
    top, left = round((height - inner_height) / 2), round((width - inner_width) / 2)
    return PatchGrid(rows, columns, left, top, inner_width, inner_height)


def cut_to_grid(pixels: torch.Tensor, grid: PatchGrid, patch_px: int) -> torch.Tensor:
    """float32 [B, 3, H, W] -> [B, 3, rows * patch_px, columns * patch_px]: the window, resampled where it must be."""
    import torch

    window = pixels[..., grid.top : grid.top + grid.height, grid.left : grid.left + grid.width]
    size = (grid.rows * patch_px, grid.columns * patch_px)
    if size == (grid.height, grid.width):
        return window
    return torch.nn.functional.interpolate(window, size, mode="bilinear", antialias=True)
