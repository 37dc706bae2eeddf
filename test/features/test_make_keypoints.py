"""Keypoints and matchers by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.features.make_keypoints import choose_matcher, make_keypoints


def test_the_default_needs_no_network():
    extractor, matcher = make_keypoints(PoseSettings())
    assert (extractor.name, matcher.name) == ("sift", "mutual_ratio")
    told = "import sys, vpr_ros.features.make_keypoints as made; from vpr_ros.core.pose_settings import PoseSettings; "
    told += "made.make_keypoints(PoseSettings()); print('torch' in sys.modules or 'onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True).stdout.strip() == "False"


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        ({"keypoints": "xfeat"}, "mutual_ratio"),
        ({"keypoints": "xfeat", "lighterglue_weights": "a.onnx"}, "lighterglue"),
        ({"keypoints": "xfeat", "lightglue_weights": "a.pth"}, "mutual_ratio"),
        ({"keypoints": "aliked", "lightglue_weights": "a.pth"}, "lightglue"),
        ({"keypoints": "disk", "matcher": "lightglue"}, "lightglue"),
        ({"keypoints": "sift", "lightglue_weights": "a.pth"}, "mutual_ratio"),
        ({"keypoints": "disk", "matcher": "mutual_ratio", "lightglue_weights": "a.pth"}, "mutual_ratio"),
    ],
)
def test_auto_takes_the_network_whose_weights_are_named(settings: dict, chosen: str):
    assert choose_matcher(PoseSettings(**settings)) == chosen


@pytest.mark.parametrize(
    ("keypoints", "matcher", "fitting"),
    [("sift", "lightglue", "aliked or disk"), ("xfeat", "lightglue", "aliked"), ("aliked", "lighterglue", "xfeat")],
)
def test_a_matcher_of_other_keypoints(keypoints: str, matcher: str, fitting: str):
    with pytest.raises(SettingsError, match=rf"pose\.matcher={matcher} matches {fitting}.*{keypoints}"):
        make_keypoints(PoseSettings(keypoints=keypoints, matcher=matcher))


@pytest.mark.parametrize(
    ("settings", "ratio"), [({}, 0.85), ({"ratio": 0.7}, 0.7), ({"keypoints": "aliked"}, 0.95), ({"ratio": 1.0}, 1.0)]
)
def test_the_ratio_that_suits_the_keypoints(monkeypatch: pytest.MonkeyPatch, settings: dict, ratio: float):
    given: list[float] = []
    monkeypatch.setattr("vpr_ros.features.matchers.mutual_ratio.MutualRatio", lambda ratio: given.append(ratio))
    monkeypatch.setattr("vpr_ros.features.make_keypoints._make_extractor", lambda *_: None)
    make_keypoints(PoseSettings(**settings))
    assert given == [ratio]
