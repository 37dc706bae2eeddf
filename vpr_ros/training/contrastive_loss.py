"""Cells that show the same surface shall have a cosine of 1, all others of 0, over the whole matrix of two images."""

from __future__ import annotations

import torch

EPSILON = 1e-4


def contrastive_loss(similarity: torch.Tensor, positive: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """[B]: the loss of each pair of images.

    similarity: [B, P, P], cosines. positive: bool [B, P, P]. known: bool [B, P, P], False where either cell is of no
    use. s^2 averaged over the negatives plus (1 - s)^2 averaged over the positives.
    """
    positive = positive & known
    negative = known & ~positive
    pushed = (similarity.square() * negative).sum(dim=(1, 2)) / (negative.sum(dim=(1, 2)) + EPSILON)
    short = (1 - similarity).clamp(min=0).square()
    pulled = (short * positive).sum(dim=(1, 2)) / (positive.sum(dim=(1, 2)) + EPSILON)
    return pushed + pulled
