"""Exact retrieval by torch: for maps that fit into a GPU's memory, and for whoever describes images there anyway."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.records import FloatArray
from vpr_ros.core.retrieve_places import FLOATS_AT_ONCE, ROUNDING, Found, finite_rows, nothing_found, rank_rows
from vpr_ros.features.run_network import choose_device, told_when_gpu_is_full


def open_torch_index(descriptors: FloatArray, settings: FeatureSettings) -> TorchIndex:
    """The index on the device of `features.device`. Raises SettingsError for a GPU that is not there or too small."""
    device = choose_device(settings.device)
    with told_when_gpu_is_full(
        f"retrieval.index=torch: {descriptors.nbytes / 1e6:.0f} MB of descriptors do not fit into the GPU's "
        "memory; take retrieval.index=hnsw, or features.device=cpu"
    ):
        return TorchIndex(descriptors, device)


class TorchIndex:
    """A `PlaceIndex` that compares on a device and ranks as `ExactIndex` does: the same answers, to the bit."""

    def __init__(self, descriptors: FloatArray, device: torch.device) -> None:
        began = time.perf_counter()
        self._descriptors = descriptors
        self._matrix = torch.from_numpy(np.array(descriptors)).to(device)  # a copy: torch wants no read-only memory
        took_s = time.perf_counter() - began
        self.about = f"torch on {device} over {len(descriptors):,} places, made in {took_s:.1f} s"

    def search(self, descriptor: FloatArray, count: int) -> Found:
        return self.search_many(descriptor[None], count)[0]

    def search_many(self, descriptors: FloatArray, count: int) -> Sequence[Found]:
        found: list[Found] = []
        step = max(1, FLOATS_AT_ONCE // len(self._descriptors))
        for start in range(0, len(descriptors), step):
            found += self._search_block(descriptors[start : start + step], count)
        return found

    def _search_block(self, descriptors: FloatArray, count: int) -> list[Found]:
        finite = finite_rows(descriptors)
        full = "the GPU's memory is too small to search in; take retrieval.index=hnsw, or features.device=cpu"
        with told_when_gpu_is_full(full), torch.inference_mode():
            queries = torch.from_numpy(np.where(finite[:, None], descriptors, np.float32(0))).to(self._matrix.device)
            rough = queries @ self._matrix.T
            weakest = rough.topk(min(count, len(self._descriptors)), dim=1, sorted=False).values.amin(dim=1)
            within = (rough >= weakest[:, None] - 2 * ROUNDING).nonzero().cpu().numpy()
        rows_of = np.split(within[:, 1], np.searchsorted(within[:, 0], np.arange(1, len(descriptors))))
        return [
            rank_rows(self._descriptors, rows, query, count) if known else nothing_found()
            for rows, query, known in zip(rows_of, descriptors, finite, strict=True)
        ]
