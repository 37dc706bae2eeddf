"""BoQ (Ali-bey, Chaib-draa and Giguere, CVPR 2024): learned queries ask an image's patches, block after block.

A block lets the patches attend to each other, then its queries attend to the patches. The answers of all blocks are
mixed by one linear layer over the queries. Published over DINOv2 ViT-B/14 (12288-d), whose last norm is left out, and
over ResNet50 without its last stage (16384-d): a checkpoint's keys tell which.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.features.dinov2_network import PATCH_PX, Dinov2Network, empty_dinov2
from vpr_ros.features.heads.salad import backbone_model, size_of, unit, without_mask_token
from vpr_ros.features.weights import Tensors, fill_network

DINOV2 = "backbone.dino."
RESNET = "backbone.net."
RESNET_CHANNELS = 1024
HEAD_WIDTH = 64
"""Attention has one head for so many channels."""


def make_boq(tensors: Tensors, path: Path) -> BoqNetwork:
    """The network with a checkpoint's weights; `path` is what errors call it. Raises WeightsError that names keys."""
    over_resnet = any(key.startswith(RESNET) for key in tensors)
    width = size_of(tensors, "aggregator.proj_c.weight", 0, 512 if over_resnet else 384)
    if width % HEAD_WIDTH:
        raise WeightsError(f"{path}: aggregator.proj_c.weight makes {width} channels, expected a multiple of 64")
    sizes = {
        "width": width,
        "queries": size_of(tensors, "aggregator.boqs.0.queries", 1, 64),
        "blocks": sum(key.endswith(".queries") for key in tensors) or 2,
        "rows": size_of(tensors, "aggregator.fc.weight", 0, 32),
    }
    network = BoqOverResnet(sizes) if over_resnet else BoqOverDinov2(backbone_model(tensors, DINOV2), sizes)
    fill_network(network, without_mask_token(tensors), path)
    return network


class BoqNetwork(nn.Module):
    """Normalised square images [B, 3, side_px, side_px] -> patches [B, h, w, D] and unit vectors [B, global_width]."""

    side_px: int
    variant: str
    interpolation = "bicubic"

    def __init__(self, channels: int, sizes: dict[str, int]) -> None:
        super().__init__()
        with torch.device("meta"):
            head = BoqHead(channels, **sizes)
        self.aggregator = head
        self.patch_width = channels
        self.global_width = head.global_width

    def feature_map(self, pixels: torch.Tensor) -> torch.Tensor:
        """[B, 3, side_px, side_px] -> [B, D, h, w]."""
        raise NotImplementedError

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        patches = self.feature_map(pixels)
        return patches.permute(0, 2, 3, 1), self.aggregator(patches)


class BoqOverDinov2(BoqNetwork):
    """322x322 pixels, 23x23 patches."""

    side_px = 322

    def __init__(self, model: str, sizes: dict[str, int]) -> None:
        vit = empty_dinov2(model)
        super().__init__(vit.embed_dim, sizes)
        self.backbone = nn.ModuleDict({"dino": vit})
        self.variant = f"dinov2_{model}"
        self._dinov2 = Dinov2Network(model, vit)

    def feature_map(self, pixels: torch.Tensor) -> torch.Tensor:
        patches, _ = self._dinov2.facet(pixels, "token", self._dinov2.depth - 1)
        side = self.side_px // PATCH_PX
        return patches.transpose(1, 2).reshape(len(patches), -1, side, side)


class BoqOverResnet(BoqNetwork):
    """384x384 pixels, 24x24 cells."""

    side_px = 384
    variant = "resnet50"

    def __init__(self, sizes: dict[str, int]) -> None:
        super().__init__(RESNET_CHANNELS, sizes)
        with torch.device("meta"):
            resnet: Any = extra_library("timm", "networks").create_model("resnet50", pretrained=False, num_classes=0)
        stages = (resnet.conv1, resnet.bn1, resnet.act1, resnet.maxpool, resnet.layer1, resnet.layer2, resnet.layer3)
        self.backbone = nn.ModuleDict({"net": nn.Sequential(*stages)})

    def feature_map(self, pixels: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.backbone["net"](pixels)
        return made


class BoqHead(nn.Module):
    """Feature maps [B, channels, h, w] -> [B, width * rows] of unit length."""

    def __init__(self, channels: int, width: int, queries: int, blocks: int, rows: int) -> None:
        super().__init__()
        self.proj_c = nn.Conv2d(channels, width, kernel_size=3, padding=1)
        self.norm_input = nn.LayerNorm(width)
        self.boqs = nn.ModuleList(BoqBlock(width, queries) for _ in range(blocks))
        self.fc = nn.Linear(blocks * queries, rows)
        self.global_width = width * rows

    def forward(self, feature_map: torch.Tensor) -> torch.Tensor:
        patches = self.norm_input(self.proj_c(feature_map).flatten(2).transpose(1, 2))
        answers = []
        for block in self.boqs:
            patches, answer = block(patches)
            answers.append(answer)
        mixed = self.fc(torch.cat(answers, dim=1).transpose(1, 2))
        return unit(mixed.flatten(1))


class BoqBlock(nn.Module):
    """Patches [B, N, width] -> the same after they attended to each other, and the queries' answers [B, Q, width]."""

    def __init__(self, width: int, queries: int) -> None:
        super().__init__()
        heads = width // HEAD_WIDTH
        self.encoder = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True)
        self.queries = nn.Parameter(torch.zeros(1, queries, width))
        self.self_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm_q = nn.LayerNorm(width)
        self.cross_attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm_out = nn.LayerNorm(width)

    def forward(self, patches: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        patches = self.encoder(patches)
        learned = self.queries  # the same for every image: one row of the batch is enough until they meet the patches
        asked = self.norm_q(learned + self.self_attn(learned, learned, learned, need_weights=False)[0])
        asked = asked.expand(len(patches), -1, -1)
        answers, _ = self.cross_attn(asked, patches, patches, need_weights=False)
        return patches, self.norm_out(answers)
