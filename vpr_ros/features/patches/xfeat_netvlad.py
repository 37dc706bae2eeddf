"""XFeat-NetVLAD by ONNX Runtime: a small network's vector of 16384 numbers for a whole image, and the map beneath it.

Three graphs, one after the other: XFeat's dense descriptors (64x60x80); a stage that takes them and the image to a map
(256x30x40); NetVLAD over that map. The whole view is resampled to 640x480, for which they were exported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import NOT_SAID, FeatureSettings
from vpr_ros.core.paths import expand_path
from vpr_ros.core.records import Array, Features, FloatArray
from vpr_ros.features.fit_sides import PatchGrid
from vpr_ros.features.onnx_graph import open_graph, run_graph
from vpr_ros.features.run_network import IMAGENET_MEAN, IMAGENET_STD
from vpr_ros.features.weights import file_sha256

WIDTH_PX, HEIGHT_PX = 640, 480
DENSE_CHANNELS = 64
XFEAT_NAMES = ("xfeat_vga.onnx", "xfeat_dynamic.onnx", "xfeat_640x480.onnx", "xfeat.onnx")
"""Exports of the same XFeat by several people: grey or RGB input, one of its outputs is the dense map."""
MIDDLE_NAME, NETVLAD_NAME = "xfeat_nv.onnx", "netvlad.onnx"
KEY = "features.xfeat_netvlad.weights"


def open_xfeat_netvlad(settings: FeatureSettings) -> XfeatNetvlad:
    """The extractor with its three graphs loaded and tried. Raises WeightsError or SettingsError, one line each."""
    extra_library("onnxruntime", "onnx")  # its absence is told before that of files
    paths = _find_files(settings.xfeat_netvlad.weights)
    graphs = [open_graph(path, settings.device) for path in paths]
    digests = [file_sha256(path) for path in paths]
    try:
        return XfeatNetvlad(_Chain(*graphs), hashlib.sha256("".join(digests).encode()).hexdigest())
    except Exception as error:  # ONNX Runtime's errors share no base; numpy's speak of the shapes of what came out
        reason = " ".join(str(error).split())[:160]
        named = ", ".join(path.name for path in paths)
        raise WeightsError(f"{paths[0].parent}: {named} do not work together ({reason}); get them again") from error


def _find_files(named: str) -> tuple[Path, Path, Path]:
    wanted = (
        f"{MIDDLE_NAME} and {NETVLAD_NAME} (mikexyl/xfeat-cpp, onnx_model/) and an XFeat ({', '.join(XFEAT_NAMES)})"
    )
    if named == NOT_SAID:
        raise WeightsError(f"{KEY}: no folder is named; put {wanted} into one and say --set {KEY}=FOLDER")
    folder = expand_path(Path(named))
    xfeat = next((folder / name for name in XFEAT_NAMES if (folder / name).is_file()), None)
    middle, netvlad = folder / MIDDLE_NAME, folder / NETVLAD_NAME
    missing = [path.name for path in (middle, netvlad) if not path.is_file()]
    if missing or xfeat is None:
        lacks = missing or [f"one of {', '.join(XFEAT_NAMES)}"]
        raise WeightsError(f"{KEY}={named}: the folder lacks {' and '.join(lacks)}; needed are {wanted}")
    return xfeat, middle, netvlad


@dataclass(frozen=True, eq=False)
class _Chain:
    """The three sessions as one function."""

    xfeat: Any
    middle: Any
    netvlad: Any

    def run(self, image: Array) -> tuple[FloatArray, FloatArray]:
        """RGB uint8 of 640x480 -> the map [256, 30, 40] and NetVLAD's vector [G]."""
        pixels = (image.transpose(2, 0, 1)[None] / 255).astype(np.float32)
        grey_input = self.xfeat.get_inputs()[0].shape[1] == 1
        seen = pixels.mean(axis=1, keepdims=True) if grey_input else pixels  # what XFeat does to RGB first
        dense = next((made for made in run_graph(self.xfeat, seen) if made.shape[1] == DENSE_CHANNELS), None)
        if dense is None:
            raise ValueError(f"XFeat has no output of {DENSE_CHANNELS} channels")
        normalised = (pixels - _per_channel(IMAGENET_MEAN)) / _per_channel(IMAGENET_STD)
        feature_map = run_graph(self.middle, dense, normalised)[0]
        return feature_map[0], run_graph(self.netvlad, feature_map)[0][0]


def _per_channel(values: Sequence[float]) -> FloatArray:
    return np.asarray(values, np.float32)[:, None, None]


class XfeatNetvlad:
    """A `PatchExtractor`. Patches are the cells of the map that NetVLAD sees, ordered by row, then column."""

    name = "xfeat_netvlad"

    def __init__(self, chain: _Chain, weights_sha256: str) -> None:
        self._chain = chain
        self._weights_sha256 = weights_sha256
        feature_map, whole = chain.run(np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8))
        self.dimension, self.global_dimension = len(feature_map), len(whole)

    @property
    def fingerprint(self) -> dict[str, Any]:
        """`weights_sha256` is that of the three files' own, one after the other."""
        return {"name": self.name, "version": 1, "weights_sha256": self._weights_sha256}

    def extract(self, image: Array) -> Features:
        """RGB uint8 HxWx3, as prepared."""
        height, width = image.shape[:2]
        if (height, width) != (HEIGHT_PX, WIDTH_PX):
            smaller = width > WIDTH_PX or height > HEIGHT_PX
            how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            image = np.asarray(cv2.resize(image, (WIDTH_PX, HEIGHT_PX), interpolation=how))
        feature_map, whole = self._chain.run(image)
        rows, columns = feature_map.shape[1:]
        cells = feature_map.reshape(self.dimension, -1).T
        norms = np.linalg.norm(cells, axis=1)
        patches = np.ascontiguousarray(cells / np.maximum(norms, 1e-12)[:, None], dtype=np.float32)
        centres_px = PatchGrid(rows, columns, 0, 0, width, height).centres_px
        unit = np.asarray(whole / max(float(np.linalg.norm(whole)), 1e-12), dtype=np.float32)
        return Features(patches, centres_px, norms > 0, (rows, columns), unit, norms.astype(np.float32))

    def extract_batch(self, images: Sequence[Array]) -> list[Features]:
        """One after the other: the graphs were exported for one image."""
        return [self.extract(image) for image in images]
