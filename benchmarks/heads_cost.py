"""What the trained heads and the small networks cost: parameters, numbers a keyframe, and time side by side.

Weights are zeros where none lie at hand: neither cost depends on them. Quote ratios, not milliseconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.shared_data import shared_data
from benchmarks.timing import medians_ms
from benchmarks.xfeat_netvlad_places import FILES
from vpr_ros.core.errors import VprError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import CnnSettings, FeatureSettings, HeadSettings
from vpr_ros.core.records import PatchExtractor
from vpr_ros.features.make_extractor import make_extractor
from vpr_ros.features.patches.trained_head import TrainedHead
from vpr_ros.features.run_network import make_runner

CPU = FeatureSettings(device="cpu")
ROUNDS = 5


def main() -> None:
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        extractors: dict[str, PatchExtractor] = {"dense_sift": make_extractor("dense_sift", CPU)}
        extractors |= {name: _with_zeros(name) for name in ("salad", "boq", "boq over ResNet50", "megaloc")}
        try:
            extractors |= _small_networks(shared_data().parent / "models", Path(folder))
        except VprError as error:
            print(f"small networks left out: {error}")
        work: dict[str, Callable[[], object]] = {
            name: lambda extractor=extractor: extractor.extract(image) for name, extractor in extractors.items()
        }
        taken = medians_ms(work, ROUNDS)
    for name, extractor in extractors.items():
        print(
            f"{name}: {extractor.global_dimension or '-'} numbers an image, patches of {extractor.dimension}; "
            f"{taken[name]:.0f} ms for 640x480, {taken[name] / taken['dense_sift']:.1f} times dense_sift"
        )


def _with_zeros(name: str) -> TrainedHead:
    torch = extra_library("torch", "networks")
    from vpr_ros.features.heads.boq import BoqOverDinov2, BoqOverResnet
    from vpr_ros.features.heads.megaloc import CLUSTER_WIDTH, GLOBAL_WIDTH, MegaLocHead
    from vpr_ros.features.heads.salad import SaladNetwork, empty_head

    with torch.device("meta"):
        if name == "salad":
            network = SaladNetwork("vitb14", empty_head({}, "", Path("zeros")))
        elif name == "megaloc":
            head = MegaLocHead(empty_head({}, "", Path("zeros"), CLUSTER_WIDTH), GLOBAL_WIDTH)
            network = SaladNetwork("vitb14", head)
        elif name == "boq":
            network = BoqOverDinov2("vitb14", {"width": 384, "queries": 64, "blocks": 2, "rows": 32})
        else:
            network = BoqOverResnet({"width": 512, "queries": 64, "blocks": 2, "rows": 32})
    network.to_empty(device="cpu").requires_grad_(False).eval()
    for tensor in network.state_dict().values():
        tensor.zero_()
    millions = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    print(f"{name}: {millions:.0f} million parameters")
    return TrainedHead(name, network, make_runner(CPU), "zeros")


def _small_networks(models: Path, folder: Path) -> dict[str, PatchExtractor]:
    for name in FILES:
        (folder / Path(name).name).symlink_to(models / name)
    tflite = models / "mobilenet_v2_imagenet_tflite" / "mobilenet_v2_1.0_224_ptq.tflite"
    cnn = FeatureSettings(device="cpu", cnn=CnnSettings(model="mobilenet_v2_tflite", weights=str(tflite)))
    xfeat = FeatureSettings(device="cpu", xfeat_netvlad=HeadSettings(weights=str(folder)))
    return {
        "mobilenet_v2_tflite": make_extractor("cnn", cnn),
        "xfeat_netvlad": make_extractor("xfeat_netvlad", xfeat),
    }


if __name__ == "__main__":
    main()
