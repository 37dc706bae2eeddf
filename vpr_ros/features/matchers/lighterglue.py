"""LighterGlue, LightGlue made small for XFeat: by ONNX Runtime from an exported file, or by kornia."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import FloatArray, KeypointMatcher, Keypoints
from vpr_ros.features.find_published import Published, find_published
from vpr_ros.features.onnx_graph import open_graph, run_graph

WEIGHTS = Published(
    "pose.lighterglue_weights",
    ("lighterglue_L3.onnx", "lighterglue.onnx", "xfeat-lighterglue.pt"),
    "https://github.com/verlab/accelerated_features/raw/main/weights/xfeat-lighterglue.pt",
)
LEAST_SCORE = 0.1
"""Exports leave it to the caller to drop what the network does not believe in; its authors do below this."""
INPUTS = ["kpts0", "kpts1", "desc0", "desc1"]


def open_lighterglue(settings: PoseSettings, device: str) -> KeypointMatcher:
    """The matcher. Raises WeightsError or SettingsError, one line each."""
    path = find_published(settings.lighterglue_weights, WEIGHTS)
    if path.suffix != ".onnx":
        from vpr_ros.features.matchers.lightglue import load_lightglue

        return load_lightglue("xfeat", path, device)
    session = open_graph(path, device)
    names = [each.name for each in session.get_inputs()]
    if names != INPUTS:
        raise WeightsError(
            f"{path}: takes {', '.join(names)}, LighterGlue takes {', '.join(INPUTS)}; get an export of LighterGlue"
        )
    return OnnxLighterGlue(session)


class OnnxLighterGlue:
    """A `KeypointMatcher` for XFeat."""

    name = "lighterglue"

    def __init__(self, session: Any) -> None:
        self._session = session

    def match(self, query: Keypoints, place: Keypoints) -> npt.NDArray[np.int64]:
        """In order of the query's rows."""
        if not len(query.pixels) or not len(place.pixels):
            return np.zeros((0, 2), np.int64)
        points = [centred(each)[None] for each in (query, place)]
        descriptors = [np.asarray(each.descriptors, np.float32)[None] for each in (query, place)]
        pairs, scores = run_graph(self._session, *points, *descriptors)
        pairs = np.asarray(pairs, np.int64).reshape(-1, 2)[np.ravel(scores) > LEAST_SCORE]
        return pairs[np.argsort(pairs[:, 0], kind="stable")]


def centred(keypoints: Keypoints) -> FloatArray:
    """Pixels from the middle of the image, in halves of its longer side."""
    size = np.asarray(keypoints.size_px, np.float32)
    return np.asarray((keypoints.pixels - size / 2) / (size.max() / 2), np.float32)
