"""DISK by kornia. Its weights cannot be had everywhere: random ones, in the file layout of its authors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("kornia.feature", reason="kornia is not installed")

from keypoint_pairs import drawn_picture  # noqa: E402

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.core.pose_settings import PoseSettings  # noqa: E402
from vpr_ros.features.keypoints.disk import open_disk  # noqa: E402


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kornia.feature import DISK

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("disk") / "depth-save.pth"
    torch.save({"extractor": DISK().state_dict()}, path)
    return path


def settings_for(path: Path) -> PoseSettings:
    return PoseSettings(keypoints="disk", disk_weights=str(path))


def test_the_points_are_kornias_best(weights: Path):
    from kornia.feature import DISK

    theirs = DISK().eval()
    theirs.load_state_dict(torch.load(weights)["extractor"])
    image = drawn_picture(100, 84)
    with torch.inference_mode():
        (expected,) = theirs(torch.from_numpy(image).permute(2, 0, 1)[None] / 255, n=40, pad_if_not_divisible=True)
    ours = open_disk(settings_for(weights), "cpu").extract(image, 40)
    assert (ours.pixels.shape, ours.descriptors.shape) == ((40, 2), (40, 128))
    order = np.argsort(-expected.detection_scores.numpy(), kind="stable")
    np.testing.assert_allclose(ours.scores, expected.detection_scores.numpy()[order], atol=1e-5)
    np.testing.assert_array_equal(ours.pixels, expected.keypoints.numpy()[order])
    np.testing.assert_allclose(np.linalg.norm(ours.descriptors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (15, 640), (64, 48)])
def test_a_blank_image_has_none(weights: Path, size: tuple[int, int]):
    found = open_disk(settings_for(weights), "cpu").extract(np.full((*size, 3), 90, np.uint8), 100)
    assert (found.pixels.shape, found.descriptors.shape) == ((0, 2), (0, 128))


def test_weights_of_another_network(tmp_path: Path):
    torch.save({"extractor": {"conv1.weight": torch.zeros(3)}}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"other\.pth: does not fit the network"):
        open_disk(settings_for(tmp_path / "other.pth"), "cpu")
