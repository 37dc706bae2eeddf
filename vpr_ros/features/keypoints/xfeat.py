"""XFeat: a small network, by ONNX Runtime from an exported file or by kornia from the authors' own weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import Array, FloatArray, Keypoints
from vpr_ros.features.find_published import Published, find_published
from vpr_ros.features.keypoints.decode_xfeat import centre_peaks, find_peaks, heat_map, sample_map
from vpr_ros.features.keypoints.image_scale import as_given, is_blank, no_keypoints
from vpr_ros.features.keypoints.spread_best import best
from vpr_ros.features.kornia_network import kornia_feature
from vpr_ros.features.onnx_graph import open_graph, run_graph
from vpr_ros.features.weights import file_sha256, fill_network, read_weights

WEIGHTS = Published(
    "pose.xfeat_weights",
    ("xfeat.onnx", "xfeat_dynamic.onnx", "xfeat_vga.onnx", "xfeat.pt"),
    "https://github.com/verlab/accelerated_features/raw/main/weights/xfeat.pt",
)
DIMENSION, LOGITS, RELIABILITY = 64, 65, 1
"""Channels of the three maps: what tells the outputs of different people's exports apart."""
MULTIPLE_PX = 32


class Maps(Protocol):
    """RGB float32 [1, 3, H, W], 0..1, sides multiples of 32 -> descriptors [64, h, w], logits [65, h, w], and
    reliability [1, h, w], h and w an eighth of the sides. fixed_px: (width, height) where only one size will do.
    """

    @property
    def fixed_px(self) -> tuple[int, int] | None: ...

    def run(self, pixels: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]: ...


def open_xfeat(settings: PoseSettings, device: str) -> XFeat:
    """The extractor, tried once. Raises WeightsError or SettingsError, one line each."""
    path = find_published(settings.xfeat_weights, WEIGHTS)
    maps: Maps = _open_onnx(path, device) if path.suffix == ".onnx" else _open_kornia(path, device)
    extractor = XFeat(maps, file_sha256(path), settings.long_side_px)
    try:
        maps.run(np.zeros((1, 3, *reversed(maps.fixed_px or (64, 64))), np.float32))
    except Exception as error:  # ONNX Runtime's errors share no base
        reason = " ".join(str(error).split())[:160]
        raise WeightsError(f"{path}: is not XFeat as it is known here ({reason}); get another export") from error
    return extractor


class XFeat:
    """A `KeypointExtractor`: descriptors float32 [N, 64] of unit length."""

    name = "xfeat"

    def __init__(self, maps: Maps, weights_sha256: str, long_side_px: int) -> None:
        self._maps = maps
        self._weights_sha256 = weights_sha256
        self._long_side_px = long_side_px

    @property
    def fingerprint(self) -> dict[str, Any]:
        prints = {"name": self.name, "version": 1, "weights_sha256": self._weights_sha256}
        return {**prints, "long_side_px": self._long_side_px}

    def extract(self, image: Array, most: int) -> Keypoints:
        """The most reliable peaks."""
        given_px = (image.shape[1], image.shape[0])
        if is_blank(image):
            return no_keypoints(given_px, DIMENSION)
        seen_px = self._maps.fixed_px or sides_for(given_px, self._long_side_px)
        how = cv2.INTER_AREA if seen_px[0] < given_px[0] else cv2.INTER_LINEAR
        seen = image if seen_px == given_px else cv2.resize(image, seen_px, interpolation=how)
        dense, logits, reliability = self._maps.run(as_pixels(np.asarray(seen)))
        heat = heat_map(logits)
        pixels = find_peaks(heat)
        scores = heat[tuple(pixels.astype(np.int64).T[::-1])] * sample_map(reliability, pixels, cubic=False)[:, 0]
        chosen = best(scores, most)
        descriptors = _unit(sample_map(_unit(dense, 0), pixels[chosen], cubic=True), 1)
        centred = centre_peaks(heat, pixels[chosen])
        return Keypoints(as_given(centred, seen_px, given_px), descriptors, scores[chosen], given_px)


def sides_for(given_px: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """Sides of at most this length that are multiples of 32: the whole view, its shape as near as that allows."""
    share = min(1.0, long_side_px / max(given_px))
    width, height = (max(MULTIPLE_PX, int(side * share) // MULTIPLE_PX * MULTIPLE_PX) for side in given_px)
    return width, height


def as_pixels(image: Array) -> FloatArray:
    """RGB uint8 [H, W, 3] -> float32 [1, 3, H, W], 0..1."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def _unit(vectors: FloatArray, axis: int) -> FloatArray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=axis, keepdims=True), 1e-12), np.float32)


@dataclass(frozen=True, eq=False)
class _OnnxMaps:
    session: Any
    grey: bool
    fixed_px: tuple[int, int] | None

    def run(self, pixels: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        made = run_graph(self.session, pixels.mean(axis=1, keepdims=True) if self.grey else pixels)
        by_channels = {each.shape[1]: each[0] for each in made if each.ndim == 4}
        missing = {DIMENSION, LOGITS, RELIABILITY} - by_channels.keys()
        if missing:
            raise ValueError(f"no output of {' or '.join(map(str, sorted(missing)))} channels")
        return by_channels[DIMENSION], by_channels[LOGITS], by_channels[RELIABILITY]


def _open_onnx(path: Path, device: str) -> _OnnxMaps:
    session = open_graph(path, device)
    shapes = [list(each.shape) for each in session.get_inputs()]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise WeightsError(f"{path}: takes {shapes}, an XFeat takes one image; get an export of XFeat")
    _, channels, height, width = shapes[0]
    fixed = (width, height) if isinstance(width, int) and isinstance(height, int) else None
    return _OnnxMaps(session, channels == 1, fixed)


@dataclass(frozen=True, eq=False)
class _KorniaMaps:
    network: Any
    device: Any
    fixed_px: tuple[int, int] | None = None

    def run(self, pixels: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        import torch

        with torch.inference_mode():
            made = self.network(torch.from_numpy(pixels).to(self.device))
        dense, logits, reliability = (each[0].float().cpu().numpy() for each in made)
        return dense, logits, reliability


def _open_kornia(path: Path, device: str) -> _KorniaMaps:
    network = kornia_feature("xfeat", "XFeatModel")()
    weights = read_weights(path)
    fill_network(network, weights.tensors, path)
    from vpr_ros.features.run_network import choose_device

    where = choose_device(device)
    return _KorniaMaps(network.to(where), where)
