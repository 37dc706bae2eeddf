from __future__ import annotations

from pathlib import Path

import pytest

from vpr_ros.core.feature_settings import Dinov2Settings, FeatureSettings
from vpr_ros.features import choose_features as module
from vpr_ros.features.choose_features import choose_features


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(module, "find_spec", lambda _: object())
    return tmp_path


def test_without_weights_it_is_dense_sift_and_says_which_file_would_change_that(weights: Path) -> None:
    choice = choose_features(FeatureSettings())
    assert choice.name == "dense_sift"
    assert str(weights / "dinov2_vits14_pretrain.pth") in choice.reason


def test_published_weights_in_their_folder_make_it_dinov2(weights: Path) -> None:
    (weights / "dinov2_vitb14_pretrain.pth").touch()
    assert choose_features(FeatureSettings()).name == "dense_sift"  # those are of another size
    assert choose_features(FeatureSettings(dinov2=Dinov2Settings(model="vitb14"))).name == "dinov2"


def test_the_hubs_file_under_its_own_name_counts_as_well(weights: Path) -> None:
    (weights / "vit_small_patch14_dinov2.lvd142m.safetensors").touch()
    assert choose_features(FeatureSettings()).name == "dinov2"
    assert choose_features(FeatureSettings(dinov2=Dinov2Settings(model="vits14_reg4"))).name == "dense_sift"


@pytest.mark.usefixtures("weights")
def test_named_weights_are_not_overlooked() -> None:
    assert choose_features(FeatureSettings(dinov2=Dinov2Settings(weights="/somewhere.pth"))).name == "dinov2"


def test_without_the_libraries_it_is_dense_sift(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (weights / "dinov2_vits14_pretrain.pth").touch()
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "timm" else object())
    assert choose_features(FeatureSettings()).name == "dense_sift"
