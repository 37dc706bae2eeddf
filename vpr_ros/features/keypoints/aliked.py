"""ALIKED by kornia: keypoints between pixels, descriptors sampled where a deformable network wants to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.features.find_published import Published, find_published
from vpr_ros.features.keypoints.spread_best import best
from vpr_ros.features.keypoints.torch_keypoints import TorchKeypoints
from vpr_ros.features.kornia_network import kornia_feature
from vpr_ros.features.weights import Tensors, fill_network, read_weights

if TYPE_CHECKING:
    import torch

WEIGHTS = Published(
    "pose.aliked_weights",
    ("aliked-n16.pth", "aliked-n16rot.pth", "aliked-n32.pth", "aliked-t16.pth"),
    "https://github.com/Shiaoming/ALIKED/raw/main/models/aliked-n16.pth",
)
THRESHOLD = 0.1
"""Of the score map. The authors take 0.2; rooms at dusk have little above that."""
DERIVED = "dkd.hw_grid"
"""Offsets within the window of a peak, the same for all: kornia's network keeps them, the authors' files do not."""
SAMPLES = {(64, 16): "aliked-t16", (128, 16): "aliked-n16", (128, 32): "aliked-n32"}
"""Length of the descriptor and places it is sampled at -> the model's name (n16rot is n16 with other weights)."""


def open_aliked(settings: PoseSettings, device: str) -> TorchKeypoints:
    """The extractor; which of the models it is, its file says. Raises WeightsError or SettingsError, one line each."""
    path = find_published(settings.aliked_weights, WEIGHTS)
    build = kornia_feature("aliked", "ALIKED")
    from vpr_ros.features.run_network import choose_device

    where = choose_device(device)
    weights = read_weights(path)
    model = _recognise(weights.tensors)
    if model is None:
        raise WeightsError(f"{path}: is no ALIKED (t16, n16, n16rot or n32); name its file in {WEIGHTS.setting}")
    network = build(model, detection_threshold=THRESHOLD)
    fill_network(network, {DERIVED: network.state_dict()[DERIVED], **weights.tensors}, path)
    aliked = Aliked(network.to(where), weights.tensors["desc_head.agg_weights"].shape[-1])
    return TorchKeypoints(aliked, where, weights.sha256, settings.long_side_px)


def _recognise(tensors: Tensors) -> str | None:
    table = tensors.get("desc_head.agg_weights")
    return SAMPLES.get((table.shape[2], table.shape[0])) if table is not None and table.ndim == 3 else None


class Aliked:
    """A `KeypointNetwork`. Only the points that are kept are described."""

    name = "aliked"

    def __init__(self, network: Any, dimension: int) -> None:
        self._network = network
        self.dimension = dimension

    def run(self, pixels: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        import torch

        feature_map, score_map = self._network.extract_dense_map(pixels)
        (places,), (scores,), _ = self._network.dkd(score_map)
        height, width = pixels.shape[-2:]
        found = (places + 1) / 2 * torch.tensor([width - 1, height - 1], device=pixels.device)
        high = (scores > THRESHOLD).nonzero()[:, 0]  # an image without any gets its best ones all the same
        chosen = best(scores[high].cpu().numpy(), most)
        rows = high[torch.from_numpy(chosen).to(pixels.device)]
        if not len(rows):
            return found[rows], found.new_zeros((0, self.dimension)), scores[rows]
        (descriptors,), _ = self._network.desc_head(feature_map, [places[rows]])
        return found[rows], torch.nn.functional.normalize(descriptors, dim=-1), scores[rows]
