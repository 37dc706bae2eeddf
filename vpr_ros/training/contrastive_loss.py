"""Cells that show the same surface shall have a cosine of 1, all others of 0, over the whole matrix of two images.

The matrix itself is never made: the sum of the squares of all its entries is the product of the two images' Gram
matrices, and the cells that belong together are few. On a CPU that is several times sooner, and the same number.

The mean over 65,000 negatives says little about the few that are likest, and those are what votes go to by mistake:
they are looked for among some rows of the matrix, and count on their own.
"""

from __future__ import annotations

import torch

EPSILON = 1e-4
ASKED_EVERY = 8


def contrastive_loss(
    one: torch.Tensor, other: torch.Tensor, use: tuple[torch.Tensor, torch.Tensor], positives: torch.Tensor
) -> torch.Tensor:
    """[B]: the loss of each pair of images: s^2 averaged over the negatives plus (1 - s)^2 over the positives.

    one, other: [B, P, E] of unit length. use: bool [B, P] of each, False where a cell is of no use. positives: int64
    [m, 3]: the pair, the cell of one and the cell of the other; every pair of cells besides is negative.
    """
    here, there = use
    pair, cell, match = positives.T
    kept = here[pair, cell] & there[pair, match]
    pair, cell, match = pair[kept], cell[kept], match[kept]
    one, other = one * here[..., None], other * there[..., None]
    cosines = (one[pair, cell] * other[pair, match]).sum(dim=-1)
    zero = torch.zeros(len(one), dtype=one.dtype, device=one.device)
    count = zero.index_add(0, pair, torch.ones_like(cosines))
    squares = ((one.transpose(1, 2) @ one) * (other.transpose(1, 2) @ other)).sum(dim=(1, 2))
    negatives = here.sum(dim=1) * there.sum(dim=1) - count
    pushed = (squares - zero.index_add(0, pair, cosines.square())).clamp(min=0) / (negatives + EPSILON)
    pulled = zero.index_add(0, pair, (1 - cosines).square()) / (count + EPSILON)
    return pushed + pulled


def hardest_negatives(
    one: torch.Tensor, other: torch.Tensor, use: tuple[torch.Tensor, torch.Tensor], positives: torch.Tensor, first: int
) -> torch.Tensor:
    """[B]: s^2 of the negative that is likest to a cell, averaged over every `ASKED_EVERY`-th cell of both images from
    number `first` on; what points away counts as 0. The rest as above."""
    here, there = use
    positive = torch.zeros((*here.shape, there.shape[1]), dtype=torch.bool, device=one.device)
    positive[tuple(positives.T)] = True
    asked = slice(first, None, ASKED_EVERY)
    total = torch.zeros(len(one), dtype=one.dtype, device=one.device)
    count = torch.zeros_like(total)
    for ours, theirs, known, others, true in (
        (one, other, here, there, positive),
        (other, one, there, here, positive.transpose(1, 2)),
    ):
        negative = known[:, asked, None] & others[:, None] & ~true[:, asked]
        likest = (ours[:, asked] @ theirs.transpose(1, 2) * negative).amax(dim=2).clamp(min=0)
        total = total + likest.square().sum(dim=1)
        count = count + known[:, asked].sum(dim=1)
    return total / (count + EPSILON)
