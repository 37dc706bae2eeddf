from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.errors import GpuMemoryError, SettingsError, WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.records import Features
from vpr_ros.features.run_network import (
    NetworkRunner,
    batches_by_shape,
    choose_device,
    make_runner,
    network_input,
    unit_rows,
)

CPU = torch.device("cpu")
NO_GPU = not torch.cuda.is_available()


def mean_colour(stack: torch.Tensor) -> list[Features]:
    assert torch.is_inference_mode_enabled()
    means = stack.float().mean(dim=(1, 2)).numpy()
    return [Features(mean[None], np.zeros((1, 2), np.float32), np.ones(1, bool)) for mean in means]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3))), st.integers(1, 4))
def test_batches_hold_every_image_once_and_one_shape_each(shapes, batch):
    batches = batches_by_shape(shapes, lambda _shape: batch)
    assert sorted(row for rows in batches for row in rows) == list(range(len(shapes)))
    assert all(1 <= len(rows) <= batch and len({shapes[row] for row in rows}) == 1 for rows in batches)
    full = sum(-(-shapes.count(shape) // batch) for shape in set(shapes))
    assert len(batches) == full


def test_answers_come_in_the_order_of_the_images():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (size, 5, 3), dtype=np.uint8) for size in (4, 7, 4, 4, 7, 9, 4)]
    sizes = []

    def work(stack: torch.Tensor) -> list[Features]:
        sizes.append(len(stack))
        return mean_colour(stack)

    found = NetworkRunner(CPU, torch.float32, 2).describe(images, work)
    for image, features in zip(images, found, strict=True):
        np.testing.assert_allclose(features.patches[0], image.mean(axis=(0, 1)), rtol=1e-5)
    assert sizes == [2, 2, 2, 1]
    assert NetworkRunner(CPU, torch.float32, 2).describe([], work) == []


def test_a_cpu_gets_no_more_pixels_at_once_than_its_caches_like():
    sizes = []

    def work(stack: torch.Tensor) -> list[Features]:
        sizes.append(tuple(stack.shape[:3]))
        return mean_colour(stack)

    runner = NetworkRunner(CPU, torch.float32, 8)
    runner.describe([np.zeros((240, 320, 3), np.uint8)] * 9 + [np.zeros((1200, 1600, 3), np.uint8)] * 2, work)
    assert sizes == [(4, 240, 320), (4, 240, 320), (1, 240, 320), (1, 1200, 1600), (1, 1200, 1600)]


def test_the_threads_of_torch_stay_as_they_are():
    before = torch.get_num_threads(), torch.get_num_interop_threads()
    NetworkRunner(CPU, torch.float32, 4).describe([np.zeros((8, 8, 3), np.uint8)], mean_colour)
    assert (torch.get_num_threads(), torch.get_num_interop_threads()) == before


def test_pixels_are_normalised_as_imagenet_networks_were_trained():
    stack = np.random.default_rng(0).integers(0, 256, (2, 3, 5, 3), dtype=np.uint8)
    expected = (stack / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    found = network_input(torch.from_numpy(stack))
    assert found.shape == (2, 3, 3, 5)
    np.testing.assert_allclose(found.permute(0, 2, 3, 1), expected, atol=1e-5)
    minus_one_to_one = network_input(torch.from_numpy(stack), (0.5,) * 3, (0.5,) * 3)
    np.testing.assert_allclose(minus_one_to_one.permute(0, 2, 3, 1), stack / 127.5 - 1, atol=1e-6)


def test_rows_get_unit_length_and_keep_the_one_they_had():
    rows = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-3, 0.0]], dtype=torch.bfloat16)
    unit, lengths = unit_rows(rows)
    assert unit.dtype == lengths.dtype == np.float32
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0, 0], [1, 0]], atol=1e-6)
    np.testing.assert_allclose(lengths, [5, 0, 1e-3], rtol=2e-3)


def test_precision_is_fp32_on_a_cpu_unless_said():
    assert make_runner(FeatureSettings(device="cpu")).precision == torch.float32
    assert make_runner(FeatureSettings(device="cpu", precision="bf16")).precision == torch.bfloat16
    assert make_runner(FeatureSettings(device="cpu", batch=3)).batch == 3


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_an_error_with_torchs_reason():
    assert choose_device("auto") == CPU
    with pytest.raises(SettingsError) as caught:
        choose_device("cuda")
    told = str(caught.value)
    assert "features.device=cuda" in told
    assert f"torch {torch.__version__} cannot use a GPU here (" in told
    assert "\n" not in told


@pytest.mark.gpu
def test_a_gpu_is_taken_and_its_memory_has_an_end():
    runner = make_runner(FeatureSettings(batch=2))
    assert runner.device.type == "cuda"

    def greedy(stack: torch.Tensor) -> list[Features]:
        torch.empty(1 << 50, dtype=torch.uint8, device=stack.device)
        return []

    with pytest.raises(SettingsError, match=r"too small for a batch of 1x8x9 .*; lower features\.batch"):
        runner.describe([np.zeros((8, 9, 3), np.uint8)], greedy)


def test_memory_that_is_too_small_is_told_with_the_batch():
    def greedy(_stack: torch.Tensor) -> list[Features]:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(GpuMemoryError, match=r"too small for a batch of 1x8x9 .*; lower features\.batch"):
        NetworkRunner(CPU, torch.float32, 2).describe([np.zeros((8, 9, 3), np.uint8)] * 2, greedy)


def test_a_batch_that_does_not_fit_is_tried_again_in_halves_once():
    batches: list[int] = []

    def greedy(stack: torch.Tensor) -> list[Features]:
        batches.append(len(stack))
        if len(stack) > most:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return [image_features(float(image[0, 0, 0])) for image in stack]

    def image_features(value: float) -> Features:
        return Features(np.full((1, 2), value, np.float32), np.zeros((1, 2), np.float32), np.ones(1, bool), None, None)

    images = [np.full((8, 9, 3), value, np.uint8) for value in range(5)]
    most = 3
    described = NetworkRunner(CPU, torch.float32, 5).describe(images, greedy)
    assert [features.patches[0, 0] for features in described] == [0, 1, 2, 3, 4]
    assert batches == [5, 2, 3]
    most = 1
    with pytest.raises(GpuMemoryError, match="too small for a batch of 2x8x9"):
        NetworkRunner(CPU, torch.float32, 5).describe(images, greedy)


def test_a_library_that_is_not_there_says_what_to_install():
    with pytest.raises(WeightsError, match=r"^no_such_network is not installed; pip install 'vpr_ros\[networks\]'$"):
        extra_library("no_such_network", "networks")


def test_a_library_that_does_not_load_says_why(tmp_path, monkeypatch):
    (tmp_path / "broken_library.py").write_text("raise RuntimeError('operator nms does not exist\\nsecond line')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(WeightsError, match=r"installed but does not load \(operator nms does not exist\); pip install"):
        extra_library("broken_library", "networks")


@pytest.mark.parametrize("name", ["dinov2", "cnn"])
def test_without_torch_networks_are_one_line(name):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from vpr_ros.core.feature_settings import FeatureSettings\n"
        "from vpr_ros.core.errors import WeightsError\n"
        "from vpr_ros.features.make_extractor import make_extractor\n"
        f"try: make_extractor({name!r}, FeatureSettings())\n"
        "except WeightsError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "torch is not installed; pip install 'vpr_ros[networks]'\n"
