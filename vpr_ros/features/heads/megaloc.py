"""MegaLoc (Berton and Masone, 2025): SALAD with wider clusters, and one linear layer that joins everything.

Published twice, with the same numbers: as `megaloc.torch`, whose backbone has the keys of torch hub's DINOv2 under
`backbone.model.`, and as `model.safetensors`, where they lie under `backbone.` and the unused mask token is gone.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from vpr_ros.features.heads.salad import (
    BACKBONE,
    SaladHead,
    SaladNetwork,
    backbone_model,
    empty_head,
    size_of,
    unit,
    without_mask_token,
)
from vpr_ros.features.weights import Tensors, fill_network

HEAD = "aggregator.agg."
CLUSTER_WIDTH = 256
GLOBAL_WIDTH = 8448


def make_megaloc(tensors: Tensors, path: Path) -> SaladNetwork:
    """The network with a checkpoint's weights; `path` is what errors call it. Raises WeightsError that names keys."""
    tensors = _as_published_first(tensors)
    width = size_of(tensors, "aggregator.linear.weight", 0, GLOBAL_WIDTH)
    salad = empty_head(tensors, HEAD, path, CLUSTER_WIDTH)
    with torch.device("meta"):
        head = MegaLocHead(salad, width)
    network = SaladNetwork(backbone_model(tensors), head)
    fill_network(network, without_mask_token(tensors), path)
    return network


class MegaLocHead(nn.Module):
    """Patches [B, N, D] and class tokens [B, D] -> [B, global_width] of unit length."""

    def __init__(self, salad: SaladHead, global_width: int) -> None:
        super().__init__()
        self.agg = salad
        self.linear = nn.Linear(salad.global_width, global_width)
        self.global_width = global_width

    def forward(self, patches: torch.Tensor, class_token: torch.Tensor) -> torch.Tensor:
        return unit(self.linear(self.agg(patches, class_token)))


def _as_published_first(tensors: Tensors) -> Tensors:
    if any(key.startswith(BACKBONE) for key in tensors):
        return tensors
    return {key.replace("backbone.", BACKBONE, 1): tensor for key, tensor in tensors.items()}
