"""The last feature map of a convolutional network as a grid of patches: what GeM pools in the field's baselines."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import DOWNLOADED, CnnSettings, FeatureSettings
from vpr_ros.core.paths import expand_path
from vpr_ros.core.records import Array, Features
from vpr_ros.features.find_weights import find_weights, weights_folder
from vpr_ros.features.fit_sides import PatchGrid
from vpr_ros.features.run_network import NetworkRunner, make_runner, network_input, unit_rows
from vpr_ros.features.weights import fill_network, read_weights

if TYPE_CHECKING:
    import torch

TIMM_NAMES = {"resnet50": "resnet50.tv_in1k", "mobilenetv2_100": "mobilenetv2_100.ra_in1k"}
"""torchvision's first weights of ResNet50 are those that published baselines of place recognition stand on."""
TFLITE_NAME = "tf2_mobilenet_v2_1.0_224_ptq.tflite"
WEIGHTS_KEY = "features.cnn.weights"


def open_cnn(settings: FeatureSettings) -> Cnn:
    """The extractor with its weights read. Raises WeightsError or SettingsError, one line each."""
    for library in ("torch", "timm"):
        extra_library(library, "networks")
    chosen = settings.cnn
    runner = make_runner(settings)
    network, weights_sha256 = _open_tflite(chosen) if chosen.model not in TIMM_NAMES else _open_timm(chosen)
    return Cnn(runner.take(fold_norms(network)), chosen, runner, weights_sha256)


def _open_timm(settings: CnnSettings) -> tuple[Any, str]:
    import timm
    import torch

    name = TIMM_NAMES[settings.model]
    weights = read_weights(find_weights(settings.weights, WEIGHTS_KEY, name))
    with torch.device("meta"):  # without memory: the file's tensors become the parameters
        network: Any = timm.create_model(name, pretrained=False, num_classes=0)
    classifier = f"{network.pretrained_cfg['classifier']}."  # part of the published files, of no use to us
    tensors = {key: tensor for key, tensor in weights.tensors.items() if not key.startswith(classifier)}
    fill_network(network, tensors, weights.path)
    return network, weights.sha256


def _open_tflite(settings: CnnSettings) -> tuple[Any, str]:
    from vpr_ros.features.mobilenet_tflite import load_mobilenet_v2

    return load_mobilenet_v2(_find_tflite(settings.weights))


def _find_tflite(named: str) -> Path:
    path = weights_folder() / TFLITE_NAME if named == DOWNLOADED else expand_path(Path(named))
    if not path.is_file():
        raise WeightsError(
            f"{path}: there is no such file; timm's hub has no .tflite: put {TFLITE_NAME} of google-coral/test_data "
            f"there, or name a file: --set {WEIGHTS_KEY}=FILE"
        )
    return path


def fold_norms(network: Any) -> Any:
    """The same network with every batch norm made part of the convolution before it: a pass over memory less each."""
    import torch

    for parent in list(network.modules()):
        parts = list(parent.named_children())
        for (name, part), (next_name, following) in itertools.pairwise(parts):
            if isinstance(part, torch.nn.Conv2d) and isinstance(following, torch.nn.BatchNorm2d):
                setattr(parent, name, torch.nn.utils.fusion.fuse_conv_bn_eval(part, following))
                setattr(parent, next_name, getattr(following, "act", torch.nn.Identity()))  # timm's norms activate too
    return network.requires_grad_(False).eval()


class Cnn:
    """A `PatchExtractor`. Cells are ordered by row, then column; `norms` restores the map that the network computed.

    Sides need not be multiples of the network's stride: its own padding makes the last cells.
    """

    name = "cnn"
    global_dimension = 0

    def __init__(self, network: Any, settings: CnnSettings, runner: NetworkRunner, weights_sha256: str) -> None:
        self._network = network
        self._settings = settings
        self._runner = runner
        self._weights_sha256 = weights_sha256
        self._stride_px = int(network.feature_info[-1]["reduction"])
        self.dimension = int(network.head_hidden_size)  # of what the map has, after MobileNet's last 1x1 convolution

    @property
    def fingerprint(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": 1,
            "model": self._settings.model,
            "weights_sha256": self._weights_sha256,
        }

    def extract(self, image: Array) -> Features:
        """RGB uint8 HxWx3, as prepared. An image smaller than one cell yields no patches."""
        return self.extract_batch([image])[0]

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """Images of equal size go through the network together."""
        return self._runner.describe(images, self._describe)

    def compute(self, stack: torch.Tensor) -> tuple[PatchGrid, torch.Tensor]:
        """uint8 [B, H, W, 3] -> grid and map [B, rows * columns, D], on the device, as the network made it."""
        published = self._network.pretrained_cfg
        feature_map = self._network.forward_features(network_input(stack, published["mean"], published["std"]))
        rows, columns = feature_map.shape[2:]
        return PatchGrid(rows, columns, 0, 0, stack.shape[2], stack.shape[1]), feature_map.flatten(2).transpose(1, 2)

    def _describe(self, stack: torch.Tensor) -> list[Features]:
        if min(stack.shape[1:3]) < self._stride_px:
            return [self._nothing() for _ in stack]
        grid, rows = self.compute(stack)
        patches, norms = unit_rows(rows)
        shape = (grid.rows, grid.columns)
        return [
            Features(patches[image], grid.centres_px, norms[image] > 0, shape, norms=norms[image])
            for image in range(len(patches))
        ]

    def _nothing(self) -> Features:
        patches, none = np.zeros((0, self.dimension), np.float32), np.zeros(0, np.float32)
        return Features(patches, np.zeros((0, 2), np.float32), np.zeros(0, bool), (0, 0), norms=none)
