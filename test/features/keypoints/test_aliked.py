"""ALIKED by kornia, on the authors' weights in the shared folder."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("kornia.feature.aliked", reason="kornia with ALIKED (0.9) is not installed")

from keypoint_pairs import drawn_picture, match_with_warped  # noqa: E402

from vpr_ros.core.errors import SettingsError, WeightsError  # noqa: E402
from vpr_ros.core.pose_settings import PoseSettings  # noqa: E402
from vpr_ros.features.keypoints.aliked import open_aliked  # noqa: E402
from vpr_ros.features.keypoints.torch_keypoints import TorchKeypoints  # noqa: E402
from vpr_ros.features.matchers.mutual_ratio import MutualRatio  # noqa: E402


def settings_for(path: Path) -> PoseSettings:
    return PoseSettings(keypoints="aliked", aliked_weights=str(path))


@pytest.fixture(scope="module")
def tiny(shared: Path) -> TorchKeypoints:
    return open_aliked(settings_for(shared / "models" / "aliked" / "aliked-t16.pth"), "cpu")


@pytest.mark.slow
def test_an_image_sees_itself_through_a_homography(tiny: TorchKeypoints):
    outcome = match_with_warped(tiny, MutualRatio(0.85), drawn_picture(), 500)
    assert outcome.matches > 100
    assert outcome.right > 0.9
    assert outcome.median_px < 0.7


def test_shapes_types_and_determinism(tiny: TorchKeypoints):
    image = drawn_picture(160, 120)
    found, again = tiny.extract(image, 60), tiny.extract(image, 60)
    assert (found.pixels.shape, found.descriptors.shape, found.scores.shape) == ((60, 2), (60, 64), (60,))
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(found.pixels, again.pixels)
    np.testing.assert_array_equal(found.descriptors, again.descriptors)
    assert ((found.pixels > -0.5) & (found.pixels < (159.5, 119.5))).all()


def test_the_points_are_kornias(tiny: TorchKeypoints, shared: Path):
    from kornia.feature.aliked import ALIKED

    theirs = ALIKED("aliked-t16", detection_threshold=0.1).eval()
    theirs.load_state_dict(torch.load(shared / "models" / "aliked" / "aliked-t16.pth"), strict=False)
    image = drawn_picture(160, 120)
    with torch.inference_mode():
        (expected,) = theirs(torch.from_numpy(image).permute(2, 0, 1)[None] / 255)
    ours = tiny.extract(image, 10000)
    order = np.argsort(-expected.keypoint_scores.numpy(), kind="stable")[: len(ours.scores)]
    np.testing.assert_allclose(ours.scores, expected.keypoint_scores.numpy()[order], atol=1e-5)
    np.testing.assert_allclose(ours.pixels, expected.keypoints.numpy()[order], atol=1e-3)
    np.testing.assert_allclose(ours.descriptors, expected.descriptors.numpy()[order], atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 640), (15, 15), (64, 96)])
def test_a_blank_image_has_none(tiny: TorchKeypoints, size: tuple[int, int]):
    found = tiny.extract(np.full((*size, 3), 90, np.uint8), 100)
    assert (found.pixels.shape, found.descriptors.shape) == ((0, 2), (0, 64))


def test_which_model_it_is_the_file_says(shared: Path):
    larger = open_aliked(settings_for(shared / "models" / "aliked" / "aliked-n16.pth"), "cpu")
    assert larger.extract(drawn_picture(96, 64), 5).descriptors.shape == (5, 128)
    assert larger.fingerprint["weights_sha256"].startswith("5be8704840ed662d")


def test_weights_of_another_network(tmp_path: Path, shared: Path):
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"other\.pth: is no ALIKED"):
        open_aliked(settings_for(tmp_path / "other.pth"), "cpu")
    tensors = torch.load(shared / "models" / "aliked" / "aliked-t16.pth")
    del tensors["block1.conv1.weight"]
    torch.save(tensors, tmp_path / "lacking.pth")
    with pytest.raises(WeightsError, match=r"does not fit the network: 1 missing \(block1\.conv1\.weight\)"):
        open_aliked(settings_for(tmp_path / "lacking.pth"), "cpu")


def test_without_kornia_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, shared: Path):
    monkeypatch.setitem(sys.modules, "kornia", None)
    with pytest.raises(WeightsError, match=r"pip install 'vpr_ros\[networks\]'"):
        open_aliked(settings_for(shared / "models" / "aliked" / "aliked-t16.pth"), "cpu")


def test_an_older_kornia_is_told(monkeypatch: pytest.MonkeyPatch, shared: Path):
    import kornia

    monkeypatch.delattr(kornia.feature, "ALIKED")
    monkeypatch.delattr(kornia.feature.aliked, "ALIKED")
    with pytest.raises(WeightsError, match=r"has no ALIKED; pip install 'kornia>=0\.9'"):
        open_aliked(settings_for(shared / "models" / "aliked" / "aliked-t16.pth"), "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there(shared: Path):
    with pytest.raises(SettingsError, match=r"features\.device=cuda"):
        open_aliked(settings_for(shared / "models" / "aliked" / "aliked-t16.pth"), "cuda")
