"""Checkpoints of SALAD, BoQ and MegaLoc with random numbers, by the keys and shapes that were published."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from textbook_dinov2 import SIZES, layer_norm, random_checkpoint, textbook_facets

Tensors = dict[str, torch.Tensor]
MODEL = "vits14"
SIDE_PX = 322


def picture(height: int = SIDE_PX, width: int = SIDE_PX, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@lru_cache(maxsize=1)
def backbone() -> Tensors:
    return random_checkpoint(MODEL)


@lru_cache(maxsize=2)
def tokens(normed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Patches [529, D] of the last block and the class token [D], float64, of `picture()` by the textbook."""
    _, blocks, heads = SIZES[MODEL]
    facets = textbook_facets(backbone(), torch.from_numpy(picture()), heads, blocks - 1)
    patches = layer_norm(backbone(), "norm", facets["token"]) if normed else facets["token"]
    return patches.double().numpy(), facets["class"].double().numpy()


def salad_checkpoint(
    prefix: str = "aggregator.", clusters: int = 64, width: int = 128, token: int = 256, hidden: int = 512
) -> Tensors:
    channels = SIZES[MODEL][0]
    draw = Draw()
    state = {f"backbone.model.{key}": tensor for key, tensor in backbone().items()}
    state[f"{prefix}dust_bin"] = torch.tensor(0.7)
    state |= draw.linear(f"{prefix}token_features.0", hidden, channels)
    state |= draw.linear(f"{prefix}token_features.2", token, hidden)
    for name, out in (("cluster_features", width), ("score", clusters)):
        state |= draw.linear(f"{prefix}{name}.0", hidden, channels, 1, 1)
        state |= draw.linear(f"{prefix}{name}.3", out, hidden, 1, 1)
    return state


def megaloc_checkpoint() -> Tensors:
    state = salad_checkpoint("aggregator.agg.", clusters=8, width=24, token=16, hidden=32)
    return state | Draw().linear("aggregator.linear", 40, 16 + 8 * 24)


def boq_head(channels: int, width: int, queries: int = 64, rows: int = 32) -> Tensors:
    draw = Draw()
    state = draw.linear("aggregator.proj_c", width, channels, 3, 3) | draw.norm("aggregator.norm_input", width)
    for number in range(2):
        block = f"aggregator.boqs.{number}."
        state[f"{block}queries"] = draw(1, queries, width)
        for name in ("encoder.self_attn", "self_attn", "cross_attn"):
            state[f"{block}{name}.in_proj_weight"] = draw(3 * width, width) / math.sqrt(width)
            state[f"{block}{name}.in_proj_bias"] = draw(3 * width) / 10
            state |= draw.linear(f"{block}{name}.out_proj", width, width)
        state |= draw.linear(f"{block}encoder.linear1", 4 * width, width)
        state |= draw.linear(f"{block}encoder.linear2", width, 4 * width)
        for name in ("encoder.norm1", "encoder.norm2", "norm_q", "norm_out"):
            state |= draw.norm(f"{block}{name}", width)
    return state | draw.linear("aggregator.fc", rows, 2 * queries)


def boq_checkpoint() -> Tensors:
    state = {f"backbone.dino.{key}": tensor for key, tensor in backbone().items()}
    return state | boq_head(SIZES[MODEL][0], 384)


class Draw:
    """Random tensors of a seed of their own."""

    def __init__(self, seed: int = 5) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self.generator)

    def linear(self, name: str, out: int, *inputs: int) -> Tensors:
        return {
            f"{name}.weight": self(out, *inputs) * (2 / math.sqrt(math.prod(inputs))),
            f"{name}.bias": self(out) / 10,
        }

    def norm(self, name: str, width: int) -> Tensors:
        return {f"{name}.weight": 1 + self(width) / 5, f"{name}.bias": self(width) / 5}


def affine(state: Tensors, name: str, x: np.ndarray) -> np.ndarray:
    """Rows through a linear layer or a convolution of one pixel, float64."""
    weight = state[f"{name}.weight"].double().numpy()
    return x @ weight.reshape(len(weight), -1).T + state[f"{name}.bias"].double().numpy()


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def salad_by_hand(state: Tensors, prefix: str, patches: np.ndarray, class_token: np.ndarray) -> np.ndarray:
    """The paper's equations over one image, on probabilities and not on their logarithms."""

    def mlp(name: str, last: int, x: np.ndarray) -> np.ndarray:
        return affine(state, f"{prefix}{name}.{last}", np.maximum(affine(state, f"{prefix}{name}.0", x), 0))

    scores, worth = mlp("score", 3, patches).T, mlp("cluster_features", 3, patches)
    clusters, count = scores.shape
    dust = np.full((1, count), float(state[f"{prefix}dust_bin"]))
    plan = np.exp(np.concatenate([scores, dust]))
    total = clusters + count
    rows = np.array([1 / total] * clusters + [(count - clusters) / total])
    for _ in range(3):
        plan *= (rows / plan.sum(axis=1))[:, None]
        plan *= (1 / total) / plan.sum(axis=0)
    plan *= total
    sums = np.zeros((worth.shape[1], clusters))
    for cluster in range(clusters):
        for patch in range(count):
            sums[:, cluster] += plan[cluster, patch] * worth[patch]
        sums[:, cluster] = unit(sums[:, cluster])
    return unit(np.concatenate([unit(mlp("token_features", 2, class_token)), sums.reshape(-1)]))
