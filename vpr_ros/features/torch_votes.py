"""Votes of patches counted by torch: for maps whose embeddings fit into a GPU's memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.place_embeddings import PlaceEmbeddings
from vpr_ros.core.records import FloatArray
from vpr_ros.core.rerank_overlap import Votes
from vpr_ros.features.run_network import choose_device, told_when_gpu_is_full


def open_torch_votes(places: PlaceEmbeddings, settings: FeatureSettings) -> TorchVoteCounter:
    """On the device of `features.device`. Raises SettingsError for a GPU that is not there or too small."""
    device = choose_device(settings.device)
    with told_when_gpu_is_full(
        f"rerank.votes=torch: {places.codes.nbytes / 1e6:.0f} MB of patch embeddings do not fit into the GPU's "
        "memory; take rerank.votes=numpy"
    ):
        return TorchVoteCounter(places, device)


class TorchVoteCounter:
    """A `VoteCounter` that holds all places on the device, and counts there in single precision as numpy does."""

    def __init__(self, places: PlaceEmbeddings, device: torch.device) -> None:
        self._codes = torch.from_numpy(np.array(places.codes)).to(device)  # a copy: torch wants no read-only memory

    def count(self, query: FloatArray, rows: Sequence[int], threshold: float, mutual: bool = False) -> Votes:
        device = self._codes.device
        full = "the GPU's memory is too small to count votes in; lower retrieval.top_k, or take rerank.votes=numpy"
        with told_when_gpu_is_full(full), torch.inference_mode():
            vectors = self._codes[torch.as_tensor(list(rows), device=device)].float()
            vectors /= vectors.norm(dim=2, keepdim=True).clamp_min(1)
            likeness = torch.from_numpy(query).to(device) @ vectors.transpose(1, 2)
            if mutual:
                best, column = likeness.max(dim=2)
                near = (best > threshold) & (best == likeness.amax(dim=1).gather(1, column))
                found = torch.stack([near.float(), best * near])
            else:
                near = likeness > threshold
                found = torch.stack([near.sum(dim=2, dtype=torch.float32), (likeness * near).sum(dim=2)])
        counted = found.cpu().numpy().astype(np.float64)
        return Votes(counted[0], counted[1])
