"""LighterGlue by ONNX Runtime, on the export that lies in the shared folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from keypoint_pairs import drawn_picture, match_with_warped

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import KeypointExtractor, KeypointMatcher, Keypoints
from vpr_ros.features.make_keypoints import make_keypoints
from vpr_ros.features.matchers.lighterglue import centred, open_lighterglue
from vpr_ros.features.matchers.mutual_ratio import MutualRatio


@pytest.fixture(scope="module")
def pair(shared: Path) -> tuple[KeypointExtractor, KeypointMatcher]:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    models = shared / "models"
    return make_keypoints(
        PoseSettings(
            keypoints="xfeat",
            xfeat_weights=str(models / "xfeat_onnx" / "xfeat_dynamic.onnx"),
            lighterglue_weights=str(models / "lighterglue_L3_onnx" / "lighterglue_L3.onnx"),
        )
    )


def test_it_finds_more_than_descriptors_alone(pair: tuple[KeypointExtractor, KeypointMatcher]):
    extractor, matcher = pair
    assert matcher.name == "lighterglue"
    by_network = match_with_warped(extractor, matcher, drawn_picture(), 500)
    by_descriptors = match_with_warped(extractor, MutualRatio(0.85), drawn_picture(), 500)
    assert by_network.right > 0.8
    assert by_network.matches * by_network.right > by_descriptors.matches * by_descriptors.right


def test_nothing_against_something(pair: tuple[KeypointExtractor, KeypointMatcher]):
    extractor, matcher = pair
    some, none = extractor.extract(drawn_picture(), 50), extractor.extract(np.zeros((240, 320, 3), np.uint8), 50)
    for query, place in ((some, none), (none, some), (none, none)):
        assert matcher.match(query, place).shape == (0, 2)


def test_pixels_from_the_middle():
    corners = np.array([[0, 0], [640, 480], [320, 240]], np.float32)
    keypoints = Keypoints(corners, np.zeros((3, 64), np.float32), np.ones(3, np.float32), (640, 480))
    np.testing.assert_allclose(centred(keypoints), [[-1, -0.75], [1, 0.75], [0, 0]])


def test_another_graph_is_refused(shared: Path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    other = shared / "models" / "xfeat_onnx" / "xfeat_dynamic.onnx"
    settings = PoseSettings(keypoints="xfeat", matcher="lighterglue", lighterglue_weights=str(other))
    with pytest.raises(WeightsError, match="takes input, LighterGlue takes kpts0, kpts1, desc0, desc1"):
        open_lighterglue(settings, "cpu")
