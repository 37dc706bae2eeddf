"""LightGlue by kornia: a transformer that matches points of two images by where they are and what they look like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Keypoints
from vpr_ros.features.find_published import Published, find_published
from vpr_ros.features.kornia_network import kornia_feature
from vpr_ros.features.weights import fill_network, read_weights

if TYPE_CHECKING:
    import torch

RELEASE = "https://github.com/cvg/LightGlue/releases/download/v0.1_arxiv"
SHAPE: dict[str, dict[str, Any]] = {
    "aliked": {"input_dim": 128},
    "disk": {"input_dim": 128},
    "xfeat": {
        "input_dim": 64,
        "descriptor_dim": 96,
        "n_layers": 6,
        "num_heads": 1,
        "depth_confidence": -1,
        "width_confidence": 0.95,
    },
}
"""How the published networks differ, by the keypoints that they were trained on."""
DERIVED = "confidence_thresholds"
"""Computed from the number of layers; some files keep it and some do not."""


def open_lightglue(settings: PoseSettings, device: str) -> LightGlueMatcher:
    """The matcher for aliked or disk. Raises WeightsError or SettingsError, one line each."""
    name = f"{settings.keypoints}_lightglue.pth"
    published = Published("pose.lightglue_weights", (name,), f"{RELEASE}/{name}")
    return load_lightglue(settings.keypoints, find_published(settings.lightglue_weights, published), device)


def load_lightglue(keypoints: str, path: Path, device: str) -> LightGlueMatcher:
    """The network for these keypoints with the weights of this file, in the layout of its authors or of kornia."""
    import_network = kornia_feature("lightglue", "LightGlue")
    from vpr_ros.features.run_network import choose_device

    where = choose_device(device)
    network = import_network(features=None, **SHAPE[keypoints])
    tensors = {_as_kornia(key): tensor for key, tensor in read_weights(path).tensors.items()}
    tensors[DERIVED] = network.state_dict()[DERIVED]
    fill_network(network, tensors, path)
    return LightGlueMatcher("lightglue", network.to(where), where, SHAPE[keypoints]["input_dim"])


def _as_kornia(key: str) -> str:
    """matcher.self_attn.3.Wqkv.weight -> transformers.3.self_attn.Wqkv.weight"""
    first, _, rest = key.removeprefix("matcher.").partition(".")
    if first not in ("self_attn", "cross_attn"):
        return key.removeprefix("matcher.")
    layer, _, inner = rest.partition(".")
    return f"transformers.{layer}.{first}.{inner}"


class LightGlueMatcher:
    """A `KeypointMatcher` for the keypoints that the network was trained on."""

    def __init__(self, name: str, network: Any, device: Any, dimension: int) -> None:
        self.name = name
        self._network = network
        self._device = device
        self._dimension = dimension

    def match(self, query: Keypoints, place: Keypoints) -> npt.NDArray[np.int64]:
        """Raises WeightsError for descriptors of another length than the network's, GpuMemoryError for too many."""
        import torch

        from vpr_ros.features.run_network import told_when_gpu_is_full

        if not len(query.pixels) or not len(place.pixels):
            return np.zeros((0, 2), np.int64)
        length = query.descriptors.shape[1]
        if length != self._dimension:
            raise WeightsError(
                f"this LightGlue matches descriptors of {self._dimension} numbers, these have {length}; "
                "say --set pose.matcher=mutual_ratio, or other weights of the keypoints and rebuild"
            )
        full = "the GPU's memory is too small for LightGlue; lower pose.max_keypoints"
        with told_when_gpu_is_full(full), torch.inference_mode():
            found = self._network({"image0": self._as_input(query), "image1": self._as_input(place)})
        pairs = found["matches"][0].cpu().numpy().astype(np.int64)
        return np.asarray(pairs[np.argsort(pairs[:, 0], kind="stable")])

    def _as_input(self, keypoints: Keypoints) -> dict[str, torch.Tensor]:
        import torch

        size = np.asarray(keypoints.size_px, np.float32)
        pixels = np.clip(keypoints.pixels, 0, size)  # half a pixel outside is where the first pixel begins
        tensors = {"keypoints": pixels, "descriptors": keypoints.descriptors, "image_size": size}
        return {
            name: torch.from_numpy(np.array(each, np.float32))[None].to(self._device) for name, each in tensors.items()
        }
