"""XFeat on the exports that lie in the shared folder, and by kornia with weights of its own making."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from keypoint_pairs import drawn_picture, match_with_warped

from vpr_ros.core.errors import SettingsError, WeightsError
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.features.keypoints.xfeat import XFeat, open_xfeat, sides_for
from vpr_ros.features.matchers.mutual_ratio import MutualRatio


def settings_for(path: Path) -> PoseSettings:
    return PoseSettings(keypoints="xfeat", xfeat_weights=str(path), long_side_px=640)


@pytest.fixture(scope="module")
def weights(shared: Path) -> Path:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    return shared / "models" / "xfeat_onnx" / "xfeat_dynamic.onnx"


@pytest.fixture(scope="module")
def xfeat(weights: Path) -> XFeat:
    return open_xfeat(settings_for(weights), "cpu")


def test_an_image_sees_itself_through_a_homography(xfeat: XFeat):
    outcome = match_with_warped(xfeat, MutualRatio(0.85), drawn_picture(), 500)
    assert outcome.matches > 100
    assert outcome.right > 0.85


def test_shapes_and_types(xfeat: XFeat):
    found = xfeat.extract(drawn_picture(), 200)
    assert found.pixels.shape == (200, 2)
    assert found.descriptors.shape == (200, 64)
    assert (found.pixels.dtype, found.descriptors.dtype, found.scores.dtype) == (np.float32,) * 3
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 640), (15, 15), (33, 47), (100, 1000)])
def test_a_blank_image_of_any_size_has_none(xfeat: XFeat, size: tuple[int, int]):
    found = xfeat.extract(np.full((*size, 3), 90, np.uint8), 100)
    assert (found.pixels.shape, found.descriptors.shape) == ((0, 2), (0, 64))
    assert found.size_px == (size[1], size[0])


def test_the_same_image_has_the_same_points(xfeat: XFeat):
    one, other = (xfeat.extract(drawn_picture(100, 90), 50) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.descriptors, other.descriptors)


def test_two_exports_agree(xfeat: XFeat, shared: Path):
    """One takes grey 640x480 only, the other RGB of any size."""
    vga = open_xfeat(settings_for(shared / "models" / "xfeat_onnx_vga" / "xfeat_vga.onnx"), "cpu")
    image = drawn_picture(640, 480)
    one, other = xfeat.extract(image, 300), vga.extract(image, 300)
    assert np.isclose(one.pixels[:, None], other.pixels[None], atol=0.01).all(axis=2).any(axis=1).mean() > 0.97
    small = vga.extract(image[::2, ::2], 300)
    assert small.size_px == (320, 240)
    assert small.pixels.max() > 250
    assert (small.pixels < (320, 240)).all()


def test_the_fingerprint_names_the_file(xfeat: XFeat, weights: Path):
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert xfeat.fingerprint == {"name": "xfeat", "version": 1, "weights_sha256": digest, "long_side_px": 640}


@pytest.mark.parametrize(
    ("given", "seen"),
    [((640, 480), (640, 480)), ((1280, 720), (640, 352)), ((320, 240), (320, 224)), ((20, 17), (32, 32))],
)
def test_sides(given: tuple[int, int], seen: tuple[int, int]):
    assert sides_for(given, 640) == seen


def test_kornia_with_the_authors_weights_agrees_with_kornias_own_reading(tmp_path: Path):
    torch = pytest.importorskip("torch")
    kornia = pytest.importorskip("kornia.feature.xfeat")
    torch.manual_seed(0)
    theirs = kornia.XFeat(top_k=100, detection_threshold=0.05).eval()
    theirs.net.keypoint_head[-1].weight.data *= 30  # random weights see a keypoint nowhere
    torch.save(theirs.net.state_dict(), tmp_path / "xfeat.pt")
    image = drawn_picture(96, 64)
    ours = open_xfeat(settings_for(tmp_path / "xfeat.pt"), "cpu").extract(image, 1000)
    expected = theirs.detectAndCompute(torch.from_numpy(image).permute(2, 0, 1)[None] / 255)[0]
    assert len(expected["scores"]) > 20
    columns = (expected[key].numpy() for key in ("keypoints", "scores", "descriptors"))
    for pixel, score, descriptor in zip(*columns, strict=True):
        row = np.abs(ours.scores - score).argmin()
        assert ours.scores[row] == pytest.approx(score, abs=1e-4)
        assert np.abs(ours.pixels[row] - pixel).max() <= 2
        np.testing.assert_allclose(ours.descriptors[row], descriptor, atol=1e-3)


def test_files_that_are_no_xfeat(shared: Path, tmp_path: Path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    other = shared / "models" / "lighterglue_L3_onnx" / "lighterglue_L3.onnx"
    with pytest.raises(WeightsError, match="an XFeat takes one image"):
        open_xfeat(settings_for(other), "cpu")
    with pytest.raises(WeightsError, match=r"xfeat_nv\.onnx: "):
        open_xfeat(settings_for(shared / "models" / "xfeat_netvlad_onnx" / "xfeat_nv.onnx"), "cpu")
    (tmp_path / "cut.onnx").write_bytes(other.read_bytes()[:500])
    with pytest.raises(WeightsError, match="is not an ONNX graph"):
        open_xfeat(settings_for(tmp_path / "cut.onnx"), "cpu")
    with pytest.raises(WeightsError, match=r"pose\.xfeat_weights=.*gone\.onnx: there is no such file"):
        open_xfeat(settings_for(tmp_path / "gone.onnx"), "cpu")


def test_a_gpu_that_the_runtime_cannot_use(weights: Path):
    runtime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in runtime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    with pytest.raises(SettingsError, match="without CUDA"):
        open_xfeat(settings_for(weights), "cuda")
