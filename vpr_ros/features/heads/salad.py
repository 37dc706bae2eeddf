"""SALAD (Izquierdo and Civera, CVPR 2024): DINOv2's patches, shared among clusters by optimal transport.

Each patch has a score for each cluster, and one score that all share for the dustbin, which takes what tells nothing.
Sinkhorn's iterations make shares of the scores; a cluster's vector is the sum of what the patches are worth to it,
weighted with their shares. The class token, reduced, stands before the clusters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vpr_ros.core.errors import WeightsError
from vpr_ros.features.dinov2_network import PATCH_PX, Dinov2Network, empty_dinov2, recognise_model
from vpr_ros.features.weights import Tensors, fill_network

ITERATIONS = 3
BACKBONE, HEAD = "backbone.model.", "aggregator."
PUBLISHED_MODEL = "vitb14"


def make_salad(tensors: Tensors, path: Path) -> SaladNetwork:
    """The network with a checkpoint's weights; `path` is what errors call it. Raises WeightsError that names keys."""
    network = SaladNetwork(backbone_model(tensors), empty_head(tensors, HEAD, path))
    fill_network(network, without_mask_token(tensors), path)
    return network


class SaladNetwork(nn.Module):
    """Normalised images [B, 3, 322, 322] -> patches [B, 23, 23, D] and unit vectors [B, 256 + 64 * 128]."""

    side_px = 322
    interpolation = "bilinear"

    def __init__(self, model: str, head: Any) -> None:
        super().__init__()
        self.backbone = nn.ModuleDict({"model": empty_dinov2(model)})
        self.aggregator = head
        self.variant = f"dinov2_{model}"
        self._dinov2 = Dinov2Network(model, self.backbone["model"])
        self.patch_width = self._dinov2.width
        self.global_width: int = head.global_width

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        patches, class_token = self._dinov2.final_tokens(pixels)
        side = self.side_px // PATCH_PX
        return patches.reshape(len(patches), side, side, -1), self.aggregator(patches, class_token)


class SaladHead(nn.Module):
    """Patches [B, N, D] and class tokens [B, D] -> [B, token_width + cluster_width * clusters] of unit length."""

    def __init__(self, channels: int, clusters: int, cluster_width: int, token_width: int, hidden: int) -> None:
        super().__init__()
        self.token_features = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, token_width))
        self.cluster_features = _each_patch(channels, hidden, cluster_width)
        self.score = _each_patch(channels, hidden, clusters)
        self.dust_bin = nn.Parameter(torch.ones(()))
        self.global_width = token_width + cluster_width * clusters

    def forward(self, patches: torch.Tensor, class_token: torch.Tensor) -> torch.Tensor:
        column = patches.transpose(1, 2)[..., None]
        worth = self.cluster_features(column)[..., 0]
        shares = transport(self.score(column)[..., 0], self.dust_bin)
        clusters = torch.einsum("bwn,bkn->bwk", worth.float(), shares)
        parts = [unit(self.token_features(class_token)), unit(clusters).flatten(1)]
        return unit(torch.cat(parts, dim=1))


def transport(scores: torch.Tensor, dust_bin: torch.Tensor) -> torch.Tensor:
    """Scores [B, K, N], N > K -> what share of each patch goes to each cluster, [B, K, N].

    Sinkhorn, in logarithms: a patch has a mass of 1 to give away, every cluster has room for 1, the dustbin for N - K.
    """
    clusters, patches = scores.shape[1:]
    room = scores.new_zeros(clusters + 1, 1, dtype=torch.float32)
    room[-1] = math.log(patches - clusters)
    scores = torch.cat([scores, dust_bin.expand(len(scores), 1, patches)], dim=1).float()
    giving = torch.zeros_like(scores[:, :1])
    for _ in range(ITERATIONS):
        taking = room - torch.logsumexp(scores + giving, dim=2, keepdim=True)
        giving = -torch.logsumexp(scores + taking, dim=1, keepdim=True)
    return (scores + taking + giving)[:, :-1].exp()


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """Of unit length along dimension 1."""
    return nn.functional.normalize(vectors.float(), dim=1)


def _each_patch(channels: int, hidden: int, out: int) -> nn.Sequential:
    # In the place of Identity there was dropout during training.
    return nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.Identity(), nn.ReLU(), nn.Conv2d(hidden, out, 1))


def empty_head(tensors: Tensors, prefix: str, path: Path, cluster_width: int = 128) -> SaladHead:
    """A head without memory, of the sizes that these weights have; as published where they do not say.

    So one that was trained at other sizes loads too. Raises WeightsError for more clusters than there are patches.
    """
    sizes = {
        "channels": size_of(tensors, f"{BACKBONE}cls_token", 2, 768),
        "clusters": size_of(tensors, f"{prefix}score.3.weight", 0, 64),
        "cluster_width": size_of(tensors, f"{prefix}cluster_features.3.weight", 0, cluster_width),
        "token_width": size_of(tensors, f"{prefix}token_features.2.weight", 0, 256),
        "hidden": size_of(tensors, f"{prefix}score.0.weight", 0, 512),
    }
    patches = (SaladNetwork.side_px // PATCH_PX) ** 2
    if sizes["clusters"] >= patches:
        raise WeightsError(f"{path}: shares {patches} patches among {sizes['clusters']} clusters, fewer were expected")
    with torch.device("meta"):
        return SaladHead(**sizes)


def size_of(tensors: Tensors, key: str, dimension: int, published: int) -> int:
    """One side of the tensor of this name; the published one where it is missing: strict loading tells then."""
    tensor = tensors.get(key)
    return tensor.shape[dimension] if tensor is not None and tensor.ndim > dimension else published


def backbone_model(tensors: Tensors, prefix: str = BACKBONE) -> str:
    """Which DINOv2 the checkpoint holds; the published one where it cannot be told."""
    inner = {key[len(prefix) :]: tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    return recognise_model(inner) or PUBLISHED_MODEL


def without_mask_token(tensors: Tensors) -> Mapping[str, Any]:
    """Only DINOv2's own training uses an embedding for masked patches."""
    return {key: tensor for key, tensor in tensors.items() if not key.endswith(".mask_token")}
