"""The overlap encoder while it learns, in torch: the same numbers as `core/overlap_encoder.py` makes afterwards.

The patch's own part is linear, so that directions that patches were reduced by before training fold into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from vpr_ros.core.overlap_encoder import LAYER_NORM_EPSILON, OverlapEncoder
from vpr_ros.core.records import FloatArray


class OverlapNetwork(nn.Module):
    """Begins as the linear map that is given, `patch @ weight + bias`; what a cell's place adds begins at zero.

    weight: [R, E], bias: [E].
    """

    def __init__(self, weight: FloatArray, bias: FloatArray, hidden: int, dropout: float) -> None:
        super().__init__()
        patch, dimensions = weight.shape
        self.patch = nn.Linear(patch, dimensions)
        self.position_in = nn.Linear(2, hidden)
        self.norm = nn.LayerNorm(hidden, eps=LAYER_NORM_EPSILON)
        self.dropout = nn.Dropout(dropout)
        self.position_out = nn.Linear(hidden, dimensions)
        with torch.no_grad():
            self.patch.weight.copy_(torch.from_numpy(weight.T))
            self.patch.bias.copy_(torch.from_numpy(bias))
            for zero in (self.position_out.weight, self.position_out.bias):
                zero.zero_()

    def content(self) -> Iterator[nn.Parameter]:
        """What tells cells by what they show."""
        return self.patch.parameters()

    def place(self) -> Iterator[nn.Parameter]:
        """What tells cells by where they lie."""
        return (p for part in (self.position_in, self.norm, self.position_out) for p in part.parameters())

    def positions(self, centres: torch.Tensor) -> torch.Tensor:
        """[..., P, 2] normalised middles of cells -> [..., P, E], what their place adds."""
        hidden = nn.functional.gelu(self.norm(self.position_in(centres)))
        return torch.as_tensor(self.position_out(self.dropout(hidden)))

    def forward(self, pooled: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """[..., P, R] cells and what their places add, [..., P, E] -> [..., P, E] of unit length."""
        return nn.functional.normalize((self.patch(pooled) + positions).float(), dim=-1, eps=1e-12)


def export_encoder(
    network: OverlapNetwork, directions: FloatArray | None, fingerprint: Mapping[str, Any]
) -> OverlapEncoder:
    """What the network computes without dropout. directions: [D, R], what its patches were reduced by."""

    def array(tensor: torch.Tensor) -> FloatArray:
        return np.ascontiguousarray(tensor.detach().cpu().numpy(), dtype=np.float32)

    weight = array(network.patch.weight.T)
    return OverlapEncoder(
        patch_weight=weight if directions is None else np.ascontiguousarray(directions @ weight),
        patch_bias=array(network.patch.bias),
        position_in_weight=array(network.position_in.weight.T),
        position_in_bias=array(network.position_in.bias),
        norm_scale=array(network.norm.weight),
        norm_shift=array(network.norm.bias),
        position_out_weight=array(network.position_out.weight.T),
        position_out_bias=array(network.position_out.bias),
        fingerprint=fingerprint,
    )
