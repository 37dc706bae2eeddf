"""SALAD, BoQ and MegaLoc as extractors: files, sizes, batches, and what is said when there are no weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
timm = pytest.importorskip("timm", reason="timm is not installed")
from random_heads import SIDE_PX, megaloc_checkpoint, picture, salad_by_hand, salad_checkpoint, tokens  # noqa: E402
from textbook_dinov2 import random_checkpoint  # noqa: E402

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.core.feature_settings import FeatureSettings, HeadSettings  # noqa: E402
from vpr_ros.features.heads.boq import make_boq  # noqa: E402
from vpr_ros.features.heads.megaloc import make_megaloc  # noqa: E402
from vpr_ros.features.heads.salad import make_salad  # noqa: E402
from vpr_ros.features.make_extractor import make_extractor  # noqa: E402
from vpr_ros.features.patches.trained_head import PUBLISHED, TrainedHead, open_trained_head  # noqa: E402


def settings_for(path: Path, name: str = "salad", **chosen) -> FeatureSettings:
    return FeatureSettings(name=name, device="cpu", **{name: HeadSettings(weights=str(path))}, **chosen)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a training program leaves it: the tensors beside its own notes."""
    path = tmp_path_factory.mktemp("weights") / "dino_salad.ckpt"
    torch.save({"epoch": 3, "state_dict": salad_checkpoint()}, path)
    return path


@pytest.fixture(scope="module")
def salad(file: Path) -> TrainedHead:
    return make_extractor("salad", settings_for(file))  # type: ignore[return-value]


def test_patches_and_whole_image_are_the_textbook_computation(salad: TrainedHead):
    features = salad.extract(picture())
    patches, class_token = tokens(normed=True)
    by_hand = salad_by_hand(salad_checkpoint(), "aggregator.", patches, class_token)
    assert (salad.dimension, salad.global_dimension) == (384, 8448)
    assert features.global_ is not None
    assert features.norms is not None
    np.testing.assert_allclose(features.global_, by_hand, atol=1e-4)
    lengths = np.linalg.norm(patches, axis=1, keepdims=True)
    np.testing.assert_allclose(features.patches, patches / lengths, atol=1e-4)
    np.testing.assert_allclose(features.norms, lengths[:, 0], rtol=1e-4)
    assert features.grid == (23, 23)
    assert features.valid.all()


def test_the_whole_view_becomes_the_published_square(salad: TrainedHead):
    small = picture(23, 46)  # one pixel a row, two a column of the grid
    features = salad.extract(small)
    assert features.grid == (23, 23)
    np.testing.assert_allclose(features.centres_px[0], [0.5, 0.0])
    np.testing.assert_allclose(features.centres_px[-1], [44.5, 22.0])
    stretched = small.repeat(14, axis=0).repeat(7, axis=1)
    assert stretched.shape == (SIDE_PX, SIDE_PX, 3)
    assert float(features.global_ @ salad.extract(stretched).global_) > 0.9


def test_a_batch_of_many_sizes_is_each_image_alone(salad: TrainedHead):
    images = [picture(240, 320, 1), picture(seed=2), picture(240, 320, 3)]
    for alone, together in zip(map(salad.extract, images), salad.extract_batch(images), strict=True):
        assert float(alone.global_ @ together.global_) > 0.9999
        np.testing.assert_allclose(alone.patches, together.patches, atol=1e-3)


def test_half_the_bits_describe_alike(salad: TrainedHead, file: Path):
    reduced = open_trained_head("salad", settings_for(file, precision="bf16"))
    assert float(reduced.extract(picture()).global_ @ salad.extract(picture()).global_) > 0.999
    assert reduced.fingerprint == salad.fingerprint


def test_the_fingerprint_names_the_file_and_the_network(salad: TrainedHead, file: Path):
    assert salad.fingerprint == {
        "name": "salad",
        "version": 1,
        "backbone": "dinov2_vits14",
        "side_px": 322,
        "weights_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_without_weights_one_line_says_which_file_to_put_where(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path))
    published = Path(PUBLISHED[name]).name
    with pytest.raises(WeightsError) as raised:
        open_trained_head(name, FeatureSettings(device="cpu"))
    told = str(raised.value)
    assert f"{published} is not in {tmp_path}" in told
    assert PUBLISHED[name] in told
    assert f"--set features.{name}.weights=FILE" in told
    assert "\n" not in told


def test_the_published_file_in_the_weights_folder_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path))
    torch.save(megaloc_checkpoint(), tmp_path / "megaloc.torch")
    found = open_trained_head("megaloc", FeatureSettings(device="cpu"))
    assert found.global_dimension == 40


def test_a_file_of_another_network_is_refused(file: Path):
    with pytest.raises(WeightsError, match=r"dino_salad\.ckpt: does not fit the network"):
        open_trained_head("boq", settings_for(file, "boq"))


def published(backbone: str, **head: tuple[int, ...]) -> dict:
    """Zeros in the shapes of ViT-B/14 and of a head, without memory."""
    shapes = {f"{backbone}{key}": tuple(tensor.shape) for key, tensor in random_checkpoint("vitb14").items()}
    return {key: torch.zeros(()).expand(shape) for key, shape in (shapes | head).items()}


def salad_shapes(prefix: str, width: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {f"{prefix}dust_bin": ()}
    for name, outs, kernel in (
        ("token_features", {0: (512, 768), 2: (256, 512)}, ()),
        ("cluster_features", {0: (512, 768), 3: (width, 512)}, (1, 1)),
        ("score", {0: (512, 768), 3: (64, 512)}, (1, 1)),
    ):
        for number, (out, inputs) in outs.items():
            shapes[f"{prefix}{name}.{number}.weight"] = (out, inputs, *kernel)
            shapes[f"{prefix}{name}.{number}.bias"] = (out,)
    return shapes


@pytest.mark.slow
def test_checkpoints_of_the_published_sizes_load():
    salad = make_salad(published("backbone.model.", **salad_shapes("aggregator.", 128)), Path("dino_salad.ckpt"))
    assert (salad.variant, salad.patch_width, salad.global_width) == ("dinov2_vitb14", 768, 8448)
    linear = {"aggregator.linear.weight": (8448, 16640), "aggregator.linear.bias": (8448,)}
    megaloc = make_megaloc(
        published("backbone.model.", **salad_shapes("aggregator.agg.", 256), **linear), Path("megaloc.torch")
    )
    assert (megaloc.patch_width, megaloc.global_width) == (768, 8448)
    from random_heads import boq_head

    head = {key: tuple(tensor.shape) for key, tensor in boq_head(768, 384).items()}
    boq = make_boq(published("backbone.dino.", **head), Path("dinov2_12288.pth"))
    assert (boq.variant, boq.patch_width, boq.global_width) == ("dinov2_vitb14", 768, 12288)
