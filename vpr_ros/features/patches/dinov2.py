"""DINOv2 patches: one facet of one block of a vision transformer, as AnyLoc takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import Dinov2Settings, FeatureSettings
from vpr_ros.core.records import Array, Features
from vpr_ros.features.dinov2_network import PATCH_PX, Dinov2Network, make_dinov2, timm_name
from vpr_ros.features.find_weights import find_weights
from vpr_ros.features.fit_sides import PatchGrid, cut_to_grid, fit_sides
from vpr_ros.features.run_network import NetworkRunner, make_runner, network_input, unit_rows
from vpr_ros.features.weights import read_weights

if TYPE_CHECKING:
    import torch


def open_dinov2(settings: FeatureSettings, whole_image: bool = False) -> Dinov2:
    """The extractor with its weights read. Raises WeightsError or SettingsError, one line each.

    whole_image: `Features.global_` is wanted, the final class token; the blocks that follow the facet's own run for its
    sake. For the output of the last block it costs nothing and is always there.
    """
    for library in ("torch", "timm"):
        extra_library(library, "networks")
    chosen = settings.dinov2
    runner = make_runner(settings)
    weights = read_weights(find_weights(chosen.weights, "features.dinov2.weights", timm_name(chosen.model)))
    network = make_dinov2(chosen.model, weights.tensors, weights.path)
    network.check_block(chosen.block)
    at_hand = chosen.facet == "token" and chosen.block == network.depth - 1
    return Dinov2(runner.take(network), chosen, runner, weights.sha256, whole_image or at_hand)


class Dinov2:
    """A `PatchExtractor`. Class token and registers are no patches; every patch of the view is valid."""

    name = "dinov2"

    def __init__(
        self,
        network: Dinov2Network,
        settings: Dinov2Settings,
        runner: NetworkRunner,
        weights_sha256: str,
        whole_image: bool,
    ) -> None:
        self._network = network
        self._settings = settings
        self._runner = runner
        self._weights_sha256 = weights_sha256
        self.dimension = network.width
        self.global_dimension = network.width if whole_image else 0

    @property
    def fingerprint(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "name": self.name,
            "version": 1,
            "model": settings.model,
            "facet": settings.facet,
            "block": settings.block,
            "fit": settings.fit,
            "weights_sha256": self._weights_sha256,
        }

    def extract(self, image: Array) -> Features:
        """RGB uint8 HxWx3, as prepared. An image smaller than one patch yields no patches."""
        return self.extract_batch([image])[0]

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """Images of equal size go through the network together."""
        return self._runner.describe(images, self._describe)

    def compute(self, stack: torch.Tensor) -> tuple[PatchGrid, torch.Tensor, torch.Tensor | None]:
        """uint8 [B, H, W, 3], sides of a patch at least -> grid, the facet [B, N, D] and the class token if wanted.

        On the device, and of the lengths that the network gave them.
        """
        settings = self._settings
        grid = fit_sides(stack.shape[1], stack.shape[2], PATCH_PX, settings.fit)
        pixels = cut_to_grid(network_input(stack), grid, PATCH_PX)
        return grid, *self._network.facet(pixels, settings.facet, settings.block, self.global_dimension > 0)

    def _describe(self, stack: torch.Tensor) -> list[Features]:
        if min(stack.shape[1:3]) < PATCH_PX:
            return [self._nothing() for _ in stack]
        grid, facet, token = self.compute(stack)
        patches, norms = unit_rows(facet)
        globals_ = None if token is None else unit_rows(token)[0]
        return [
            _features(grid, patches[row], norms[row], None if globals_ is None else globals_[row])
            for row in range(len(patches))
        ]

    def _nothing(self) -> Features:
        whole = np.zeros(self.global_dimension, np.float32) if self.global_dimension else None
        none = np.zeros(0, np.float32)
        patches = np.zeros((0, self.dimension), np.float32)
        return Features(patches, np.zeros((0, 2), np.float32), np.zeros(0, bool), (0, 0), whole, none)


def _features(grid: PatchGrid, patches: Array, norms: Array, whole: Array | None) -> Features:
    valid = norms > 0
    return Features(patches, grid.centres_px, valid, (grid.rows, grid.columns), whole, norms)
