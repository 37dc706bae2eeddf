"""XFeat-NetVLAD by ONNX Runtime, on the networks that lie in the shared folder."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from vpr_ros.core.errors import SettingsError, WeightsError
from vpr_ros.core.feature_settings import FeatureSettings, HeadSettings
from vpr_ros.features.make_extractor import make_extractor
from vpr_ros.features.patches.xfeat_netvlad import XfeatNetvlad, open_xfeat_netvlad


def settings_for(folder: Path | str, device: str = "cpu") -> FeatureSettings:
    return FeatureSettings(device=device, xfeat_netvlad=HeadSettings(weights=str(folder)))


@pytest.fixture(scope="session")
def folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three files side by side, as a robot has them."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    made = tmp_path_factory.mktemp("xfeat_netvlad")
    for name in ("xfeat_netvlad_onnx/xfeat_nv", "xfeat_netvlad_onnx/netvlad", "xfeat_onnx_vga/xfeat_vga"):
        source = shared / "models" / f"{name}.onnx"
        (made / source.name).symlink_to(source)
    return made


@pytest.fixture(scope="session")
def extractor(folder: Path) -> XfeatNetvlad:
    return make_extractor("xfeat_netvlad", settings_for(folder))  # type: ignore[return-value]


def kitchen(shared: Path, number: int) -> np.ndarray:
    cv2 = pytest.importorskip("cv2")
    path = sorted((shared / "data" / "seven_scenes_redkitchen" / "rgb").iterdir())[number]
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


def test_a_unit_vector_and_the_map_beneath(extractor: XfeatNetvlad, shared: Path):
    image = kitchen(shared, 0)
    features = extractor.extract(image)
    assert (extractor.dimension, extractor.global_dimension) == (256, 16384)
    assert features.global_ is not None
    assert np.linalg.norm(features.global_) == pytest.approx(1, abs=1e-5)
    assert features.patches.shape == (1200, 256)
    assert features.grid == (30, 40)
    np.testing.assert_allclose(np.linalg.norm(features.patches[features.valid], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(features.centres_px[0], [7.5, 7.5])
    np.testing.assert_allclose(features.centres_px[-1], [631.5, 471.5])


def test_a_near_view_is_more_alike_than_another_place(extractor: XfeatNetvlad, shared: Path):
    here, near, elsewhere = (extractor.extract(kitchen(shared, number)).global_ for number in (0, 1, 120))
    assert here @ near > here @ elsewhere + 0.05


def test_another_size_is_the_same_view(extractor: XfeatNetvlad, shared: Path):
    cv2 = pytest.importorskip("cv2")
    image = kitchen(shared, 0)
    halved = cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA)
    whole, half, elsewhere = extractor.extract_batch([image, halved, kitchen(shared, 120)])
    assert whole.global_ @ half.global_ > whole.global_ @ elsewhere.global_ + 0.05
    np.testing.assert_allclose(half.centres_px[-1], [315.5, 235.5])


def test_two_exports_of_xfeat_describe_alike(extractor: XfeatNetvlad, folder: Path, shared: Path, tmp_path: Path):
    for name in ("xfeat_nv.onnx", "netvlad.onnx"):
        (tmp_path / name).symlink_to((folder / name).resolve())
    (tmp_path / "xfeat_dynamic.onnx").symlink_to(shared / "models" / "xfeat_onnx" / "xfeat_dynamic.onnx")
    other = open_xfeat_netvlad(settings_for(tmp_path))
    image = kitchen(shared, 3)
    np.testing.assert_allclose(other.extract(image).global_, extractor.extract(image).global_, atol=1e-4)
    assert other.fingerprint["weights_sha256"] != extractor.fingerprint["weights_sha256"]


def test_the_fingerprint_is_the_files(extractor: XfeatNetvlad, folder: Path):
    names = ("xfeat_vga.onnx", "xfeat_nv.onnx", "netvlad.onnx")
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names]
    joined = hashlib.sha256("".join(digests).encode()).hexdigest()
    assert extractor.fingerprint == {"name": "xfeat_netvlad", "version": 1, "weights_sha256": joined}


def test_nobody_named_a_folder():
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    with pytest.raises(WeightsError, match=r"no folder is named; put xfeat_nv\.onnx and netvlad\.onnx .* --set"):
        open_xfeat_netvlad(FeatureSettings())


def test_what_the_folder_lacks_is_named(folder: Path, tmp_path: Path):
    with pytest.raises(WeightsError, match=r"lacks xfeat_nv\.onnx and netvlad\.onnx;"):
        open_xfeat_netvlad(settings_for(tmp_path))
    for name in ("xfeat_nv.onnx", "netvlad.onnx"):
        (tmp_path / name).symlink_to((folder / name).resolve())
    with pytest.raises(WeightsError, match=r"lacks one of xfeat_vga\.onnx"):
        open_xfeat_netvlad(settings_for(tmp_path))


def copied(folder: Path, there: Path) -> Path:
    for path in folder.iterdir():
        shutil.copyfile(path, there / path.name)
    return there


def test_a_truncated_graph_is_named(folder: Path, tmp_path: Path):
    damaged = copied(folder, tmp_path) / "netvlad.onnx"
    damaged.write_bytes(damaged.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"netvlad\.onnx is not an ONNX graph"):
        open_xfeat_netvlad(settings_for(tmp_path))


def test_graphs_that_do_not_fit_are_named(folder: Path, tmp_path: Path):
    shutil.copyfile(folder / "xfeat_vga.onnx", copied(folder, tmp_path) / "xfeat_nv.onnx")
    with pytest.raises(WeightsError, match=r"xfeat_vga\.onnx, xfeat_nv\.onnx, netvlad\.onnx do not work together"):
        open_xfeat_netvlad(settings_for(tmp_path))


def test_a_gpu_that_the_runtime_cannot_use_is_refused(folder: Path):
    runtime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in runtime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    with pytest.raises(SettingsError, match=r"features\.device=cuda: .* without CUDA"):
        open_xfeat_netvlad(settings_for(folder, device="cuda"))


def test_without_the_runtime_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(WeightsError, match=r"pip install 'vpr_ros\[onnx\]'"):
        open_xfeat_netvlad(FeatureSettings())
