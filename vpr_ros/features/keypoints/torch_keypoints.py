"""What keypoint networks of torch have in common: images to the device, points back into the image as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vpr_ros.core.records import Array, Keypoints
from vpr_ros.features.keypoints.image_scale import as_given, is_blank, no_keypoints, shrink
from vpr_ros.features.run_network import told_when_gpu_is_full

if TYPE_CHECKING:
    import torch


class KeypointNetwork(Protocol):
    """RGB float32 [1, 3, H, W], 0..1, on the network's device -> pixels [N, 2], descriptors [N, D] of unit length and
    scores [N], of the best `most` points.
    """

    name: str
    dimension: int

    def run(self, pixels: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]: ...


class TorchKeypoints:
    """A `KeypointExtractor` around a network: descriptors float32 [N, D] of unit length."""

    def __init__(self, network: KeypointNetwork, device: Any, weights_sha256: str, long_side_px: int) -> None:
        self.name = network.name
        self._network = network
        self._device = device
        self._weights_sha256 = weights_sha256
        self._long_side_px = long_side_px

    @property
    def fingerprint(self) -> dict[str, Any]:
        prints = {"name": self.name, "version": 1, "weights_sha256": self._weights_sha256}
        return {**prints, "long_side_px": self._long_side_px}

    def extract(self, image: Array, most: int) -> Keypoints:
        """RGB uint8 HxWx3. Raises SettingsError when the GPU's memory is too small."""
        import torch

        given_px = (image.shape[1], image.shape[0])
        seen = shrink(image, self._long_side_px)
        if is_blank(seen):
            return no_keypoints(given_px, self._network.dimension)
        seen_px = (seen.shape[1], seen.shape[0])
        stack = torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1)[None]))
        full = f"the GPU's memory is too small for {self.name} at {seen_px[0]}x{seen_px[1]}; lower pose.long_side_px"
        with told_when_gpu_is_full(full), torch.inference_mode():
            found = self._network.run(stack.to(self._device).float() / 255, most)
        pixels, descriptors, scores = (each.float().cpu().numpy() for each in found)
        return Keypoints(as_given(pixels, seen_px, given_px), descriptors, scores, given_px)
