"""R@1 of XFeat-NetVLAD's own vector on the red kitchen, frames and positives as in `real_places`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.mobilenet_agreement import recall_at_1
from benchmarks.real_places import kitchen
from benchmarks.shared_data import shared_data
from vpr_ros.core.feature_settings import FeatureSettings, HeadSettings
from vpr_ros.features.make_extractor import make_extractor

FILES = ("xfeat_netvlad_onnx/xfeat_nv.onnx", "xfeat_netvlad_onnx/netvlad.onnx", "xfeat_onnx_vga/xfeat_vga.onnx")


def main() -> None:
    shared = shared_data().parent
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            (Path(folder) / Path(name).name).symlink_to(shared / "models" / name)
        settings = FeatureSettings(xfeat_netvlad=HeadSettings(weights=folder))
        extractor = make_extractor("xfeat_netvlad", settings)

        def describe(image: np.ndarray) -> np.ndarray:
            vector = extractor.extract(image).global_
            assert vector is not None
            return vector

        judged = recall_at_1(describe, *kitchen(shared / "data" / "seven_scenes_redkitchen"))
    print(f"red kitchen, XFeat-NetVLAD: R@1 {sum(judged)}/{len(judged)} = {np.mean(judged):.3f}")


if __name__ == "__main__":
    main()
