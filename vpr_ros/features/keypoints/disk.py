"""DISK by kornia: a U-Net whose every pixel has a score and a descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.features.find_published import Published, find_published
from vpr_ros.features.keypoints.spread_best import best
from vpr_ros.features.keypoints.torch_keypoints import TorchKeypoints
from vpr_ros.features.kornia_network import kornia_feature
from vpr_ros.features.weights import fill_network, read_weights

if TYPE_CHECKING:
    import torch

WEIGHTS = Published(
    "pose.disk_weights",
    ("depth-save.pth", "epipolar-save.pth"),
    "https://raw.githubusercontent.com/cvlab-epfl/disk/master/depth-save.pth",
)


def open_disk(settings: PoseSettings, device: str) -> TorchKeypoints:
    """The extractor. Raises WeightsError or SettingsError, one line each."""
    path = find_published(settings.disk_weights, WEIGHTS)
    network = kornia_feature("disk", "DISK")()
    from vpr_ros.features.run_network import choose_device

    where = choose_device(device)
    weights = read_weights(path)
    fill_network(network, weights.tensors, path)
    return TorchKeypoints(Disk(network.to(where)), where, weights.sha256, settings.long_side_px)


class Disk:
    """A `KeypointNetwork`."""

    name = "disk"

    def __init__(self, network: Any) -> None:
        self._network = network
        self.dimension: int = network.desc_dim

    def run(self, pixels: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        import torch

        (found,) = self._network(pixels, pad_if_not_divisible=True)
        scores = found.detection_scores
        chosen = best(scores.cpu().numpy(), most)
        rows = torch.from_numpy(chosen).to(pixels.device)
        return found.keypoints[rows], torch.nn.functional.normalize(found.descriptors[rows], dim=-1), scores[rows]
