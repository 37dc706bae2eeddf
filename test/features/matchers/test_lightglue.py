"""LightGlue by kornia. The published weights cannot be had everywhere: random ones, in the layout of the authors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("kornia.feature", reason="kornia is not installed")

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.core.pose_settings import PoseSettings  # noqa: E402
from vpr_ros.core.records import Keypoints  # noqa: E402
from vpr_ros.features.matchers.lightglue import SHAPE, load_lightglue, open_lightglue  # noqa: E402


def some_keypoints(seed: int, count: int, length: int = 128) -> Keypoints:
    rng = np.random.default_rng(seed)
    descriptors = rng.normal(size=(count, length)).astype(np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    pixels = (rng.random((count, 2)) * (320, 240) - 0.5).astype(np.float32)
    return Keypoints(pixels, descriptors, np.ones(count, np.float32), (320, 240))


def random_network(kind: str) -> torch.nn.Module:
    from kornia.feature import LightGlue

    torch.manual_seed(0)
    return LightGlue(features=None, **SHAPE[kind]).eval()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As published: layers of attention by kind, then number; nothing that is derived."""
    path = tmp_path_factory.mktemp("lightglue") / "aliked_lightglue.pth"
    tensors = {}
    for key, tensor in random_network("aliked").state_dict().items():
        first, _, rest = key.partition(".")
        number, _, rest = rest.partition(".")
        kind, _, inner = rest.partition(".")
        tensors[f"{kind}.{number}.{inner}" if first == "transformers" else key] = tensor
    del tensors["confidence_thresholds"]
    torch.save(tensors, path)
    return path


def settings_for(path: Path) -> PoseSettings:
    return PoseSettings(keypoints="aliked", matcher="lightglue", lightglue_weights=str(path))


def test_the_matches_are_kornias(weights: Path):
    theirs = random_network("aliked")
    query, place = some_keypoints(1, 30), some_keypoints(2, 25)
    place.descriptors[:10] = query.descriptors[5:15]
    inputs = [
        {
            "keypoints": torch.from_numpy(np.maximum(each.pixels, 0))[None],
            "descriptors": torch.from_numpy(each.descriptors)[None],
            "image_size": torch.tensor([[320.0, 240.0]]),
        }
        for each in (query, place)
    ]
    for network in (theirs, (ours := open_lightglue(settings_for(weights), "cpu"))._network):
        network.conf.filter_threshold = 0.0  # random weights believe in nothing
    with torch.inference_mode():
        expected = theirs({"image0": inputs[0], "image1": inputs[1]})["matches"][0].numpy()
    found = ours.match(query, place)
    assert len(expected) > 0
    assert found.tolist() == sorted(expected.tolist())
    assert len(np.unique(found[:, 0])) == len(np.unique(found[:, 1])) == len(found)


def test_nothing_against_something(weights: Path):
    matcher = open_lightglue(settings_for(weights), "cpu")
    for pair in ((0, 5), (5, 0), (0, 0)):
        assert matcher.match(some_keypoints(1, pair[0]), some_keypoints(2, pair[1])).shape == (0, 2)


def test_descriptors_of_another_length(weights: Path):
    matcher = open_lightglue(settings_for(weights), "cpu")
    with pytest.raises(WeightsError, match="matches descriptors of 128 numbers, these have 64"):
        matcher.match(some_keypoints(1, 5, 64), some_keypoints(2, 5, 64))


def test_the_small_one_of_xfeat_by_kornia(tmp_path: Path):
    tensors = {f"matcher.{key}": tensor for key, tensor in random_network("xfeat").state_dict().items()}
    torch.save(tensors, tmp_path / "xfeat-lighterglue.pt")
    matcher = load_lightglue("xfeat", tmp_path / "xfeat-lighterglue.pt", "cpu")
    assert matcher.match(some_keypoints(1, 9, 64), some_keypoints(2, 9, 64)).shape[1] == 2


def test_weights_of_another_network(tmp_path: Path):
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"other\.pth: does not fit the network"):
        open_lightglue(settings_for(tmp_path / "other.pth"), "cpu")
