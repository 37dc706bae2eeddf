from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.feature_settings import CnnSettings, FeatureSettings
from vpr_ros.core.records import Array
from vpr_ros.features.patches.cnn import Cnn, open_cnn

MODELS = ("mobilenetv2_100", "resnet50")


def picture(height: int, width: int, seed: int = 0) -> Array:
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    return np.ascontiguousarray(coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Random networks as they are published: with their classifier, and batch norms that do something."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    paths = {}
    for model in MODELS:
        network = timm.create_model(model, pretrained=False)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.data.uniform_(0.5, 1.5)
                module.bias.data.normal_(0.1, 0.1)
        paths[model] = folder / f"{model}.safetensors"
        save_file(network.state_dict(), paths[model])
    return paths


def opened(path: Path, model: str, **features) -> Cnn:
    return open_cnn(FeatureSettings(device="cpu", cnn=CnnSettings(model=model, weights=str(path)), **features))


@pytest.mark.parametrize(("model", "channels"), [("mobilenetv2_100", 1280), ("resnet50", 2048)])
def test_the_patches_are_the_networks_last_map(files, model, channels):
    image = picture(224, 224)
    features = opened(files[model], model).extract(image)
    network = timm.create_model(model, pretrained=False, checkpoint_path=str(files[model])).eval()
    pixels = (torch.from_numpy(image) / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    with torch.inference_mode():
        expected = network.forward_features(pixels.permute(2, 0, 1)[None])[0]
    assert features.grid == expected.shape[1:] == (7, 7)
    assert features.patches.shape == (49, channels)
    np.testing.assert_allclose(np.linalg.norm(features.patches, axis=1), 1, atol=1e-5)
    restored = features.patches * features.norms[:, None]
    np.testing.assert_allclose(restored, expected.flatten(1).T, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


def test_no_batch_norm_is_left_to_compute(files):
    for model in MODELS:
        network = opened(files[model], model)._network
        assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())


def test_gem_over_the_restored_map_is_gem_over_the_map(files):
    """What patches of unit length alone would destroy."""
    features = opened(files["resnet50"], "resnet50").extract(picture(96, 128))
    raw = features.patches.astype(np.float64) * features.norms[:, None]
    of_map = np.cbrt(np.mean(np.maximum(raw, 1e-6) ** 3, axis=0))
    of_unit_rows = np.cbrt(np.mean(np.maximum(features.patches.astype(np.float64), 1e-6) ** 3, axis=0))
    of_map, of_unit_rows = of_map / np.linalg.norm(of_map), of_unit_rows / np.linalg.norm(of_unit_rows)
    assert features.norms.max() > 1.02 * features.norms.min()
    assert not np.allclose(of_map, of_unit_rows, atol=1e-5)


def test_cells_lie_over_the_whole_image(files):
    features = opened(files["mobilenetv2_100"], "mobilenetv2_100").extract(picture(240, 320))
    assert features.grid == (8, 10)
    np.testing.assert_allclose(features.centres_px[0], [15.5, 14.5])
    np.testing.assert_allclose(features.centres_px[-1], [303.5, 224.5])


@pytest.mark.parametrize("model", MODELS)
def test_batches_change_nothing(files, model):
    extractor = opened(files[model], model, batch=4)
    images = [picture(*shape, seed=seed) for seed, shape in enumerate([(96, 128), (64, 64)] * 3)]
    for image, features in zip(images, extractor.extract_batch(images), strict=True):
        alone = extractor.extract(image)
        assert (features.patches * alone.patches).sum(axis=1).min() >= 0.9999
        np.testing.assert_allclose(features.norms, alone.norms, rtol=1e-3)


@pytest.mark.gpu
def test_a_gpu_says_the_same_as_the_cpu(files):
    path, image = files["mobilenetv2_100"], picture(96, 128)
    here = opened(path, "mobilenetv2_100").extract(image)
    settings = CnnSettings(model="mobilenetv2_100", weights=str(path))
    for precision, least in (("fp32", 0.9999), ("bf16", 0.99)):
        there = open_cnn(FeatureSettings(device="cuda", precision=precision, cnn=settings)).extract(image)
        assert (there.patches * here.patches).sum(axis=1).min() > least


@pytest.mark.parametrize("shape", [(1, 1), (31, 300)])
def test_an_image_smaller_than_a_cell_has_none(files, shape):
    features = opened(files["mobilenetv2_100"], "mobilenetv2_100").extract(picture(*shape))
    assert features.patches.shape == (0, 1280)
    assert len(features.valid) == len(features.norms) == len(features.centres_px) == 0


def test_weights_of_another_network_are_refused_by_name(files):
    with pytest.raises(WeightsError, match=r"does not fit the network: .*missing \(conv_stem\.weight,.*not part of it"):
        opened(files["resnet50"], "mobilenetv2_100")


def test_no_file_and_no_network_is_one_line(monkeypatch, tmp_path):
    import huggingface_hub.constants

    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=r"resnet50-\w+\.pth is not in .*--set features\.cnn\.weights=FILE"):
        opened(Path("hub"), "resnet50")
    with pytest.raises(WeightsError, match=r"ptq\.tflite: there is no such file; timm's hub has no \.tflite"):
        opened(Path("hub"), "mobilenet_v2_tflite")


def test_the_fingerprint_names_model_and_weights(files):
    one, other = (opened(files[model], model).fingerprint for model in MODELS)
    assert set(one) == {"name", "version", "model", "weights_sha256"}
    assert one["weights_sha256"] != other["weights_sha256"]


def test_a_tflite_file_is_run_with_the_input_it_was_trained_on(shared):
    from vpr_ros.features.mobilenet_tflite import load_mobilenet_v2

    (path,) = (shared / "models" / "mobilenet_v2_imagenet_tflite").glob("*.tflite")
    image = picture(224, 224)
    features = opened(path, "mobilenet_v2_tflite").extract(image)
    network, sha256 = load_mobilenet_v2(path)
    with torch.inference_mode():
        pixels = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
        expected = network.forward_features(pixels)[0].flatten(1).T.numpy()
    assert features.grid == (7, 7)
    restored = features.patches * features.norms[:, None]
    cosine = (restored * expected).sum() / np.linalg.norm(restored) / np.linalg.norm(expected)
    assert cosine > 0.999
    extractor = opened(path, "mobilenet_v2_tflite")
    assert extractor.fingerprint["weights_sha256"] == sha256
