"""SALAD, BoQ and MegaLoc as a `PatchExtractor`: the whole image's vector, and the backbone's patches beside it.

The whole view is resampled to the square that the network was published with, whatever its aspect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import NOT_SAID, FeatureSettings
from vpr_ros.core.paths import expand_path
from vpr_ros.core.records import Array, Features
from vpr_ros.features.find_weights import weights_folder
from vpr_ros.features.fit_sides import PatchGrid
from vpr_ros.features.run_network import NetworkRunner, make_runner, network_input, unit_rows
from vpr_ros.features.weights import Tensors, read_weights

if TYPE_CHECKING:
    import torch

PUBLISHED = {
    "salad": "https://github.com/serizba/salad/releases/download/v1.0.0/dino_salad.ckpt",
    "boq": "https://github.com/amaralibey/Bag-of-Queries/releases/download/v1.0/dinov2_12288.pth",
    "megaloc": "https://github.com/gmberton/MegaLoc/releases/download/v1.0/megaloc.torch",
}


def open_trained_head(name: str, settings: FeatureSettings) -> TrainedHead:
    """The extractor of this name (a key of PUBLISHED) with its weights read.

    Raises WeightsError or SettingsError, one line each.
    """
    for library in ("torch", "timm"):
        extra_library(library, "networks")
    from vpr_ros.features.heads.boq import make_boq
    from vpr_ros.features.heads.megaloc import make_megaloc
    from vpr_ros.features.heads.salad import make_salad

    runner = make_runner(settings)
    weights = read_weights(_find_checkpoint(name, getattr(settings, name).weights))
    make: Callable[[Tensors, Path], Any] = {"salad": make_salad, "boq": make_boq, "megaloc": make_megaloc}[name]
    network = make(weights.tensors, weights.path)
    return TrainedHead(name, runner.take(network), runner, weights.sha256)


def _find_checkpoint(name: str, named: str) -> Path:
    """The file that was named, or the published one where it lies in the weights folder."""
    if named != NOT_SAID:
        return expand_path(Path(named))
    address = PUBLISHED[name]
    path = weights_folder() / Path(address).name
    if not path.is_file():
        raise WeightsError(
            f"no weights for {name}: {path.name} is not in {path.parent}; get {address} and put it there, "
            f"or name it: --set features.{name}.weights=FILE"
        )
    return path


class TrainedHead:
    """A `PatchExtractor`. Patches are ordered by row, then column, of a square grid over the whole view."""

    def __init__(self, name: str, network: Any, runner: NetworkRunner, weights_sha256: str) -> None:
        self.name = name
        self.dimension: int = network.patch_width
        self.global_dimension: int = network.global_width
        self._network = network
        self._runner = runner
        self._weights_sha256 = weights_sha256

    @property
    def fingerprint(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": 1,
            "backbone": self._network.variant,
            "side_px": self._network.side_px,
            "weights_sha256": self._weights_sha256,
        }

    def extract(self, image: Array) -> Features:
        """RGB uint8 HxWx3, as prepared."""
        return self.extract_batch([image])[0]

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """Images of equal size go through the network together."""
        return self._runner.describe(images, self._describe)

    def _describe(self, stack: torch.Tensor) -> list[Features]:
        import torch

        height, width = stack.shape[1:3]
        pixels, side_px = network_input(stack), self._network.side_px
        if (height, width) != (side_px, side_px):
            how = self._network.interpolation
            pixels = torch.nn.functional.interpolate(pixels, (side_px, side_px), mode=how, antialias=True)
        feature_map, whole = self._network(pixels)
        rows, columns = feature_map.shape[1:3]
        patches, norms = unit_rows(feature_map.flatten(1, 2))
        globals_, _ = unit_rows(whole)
        centres_px = PatchGrid(rows, columns, 0, 0, width, height).centres_px
        return [
            Features(patches[image], centres_px, norms[image] > 0, (rows, columns), globals_[image], norms[image])
            for image in range(len(patches))
        ]
