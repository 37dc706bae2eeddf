from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from textbook_dinov2 import SIZES, as_timm_layout, positions, random_checkpoint, textbook_facets

from vpr_ros.assemble import make_ingredients
from vpr_ros.core.errors import SettingsError, WeightsError
from vpr_ros.core.feature_settings import Dinov2Settings, FeatureSettings
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import Array
from vpr_ros.core.settings import Settings
from vpr_ros.features.dinov2_network import make_dinov2, resample_positions, timm_name
from vpr_ros.features.patches.dinov2 import Dinov2, open_dinov2

FACETS = ("token", "query", "key", "value")
SMALL, BASE, SMALL_REG4 = "vits14", "vitb14", "vits14_reg4"


def picture(height: int, width: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Random checkpoints in Meta's layout under their published names."""
    folder = tmp_path_factory.mktemp("weights")
    paths = {}
    for model in (SMALL, BASE, SMALL_REG4):
        size, _, registers = model.partition("_reg")
        paths[model] = folder / f"dinov2_{model}_pretrain.pth"
        torch.save(random_checkpoint(size, int(registers or 0)), paths[model])
    return paths


def settings_for(path: Path, **chosen) -> FeatureSettings:
    return FeatureSettings(name="dinov2", device="cpu", dinov2=Dinov2Settings(weights=str(path), **chosen))


def opened(files: dict[str, Path], model: str = SMALL, whole_image: bool = False, **chosen) -> Dinov2:
    return open_dinov2(settings_for(files[model], model=model, **chosen), whole_image)


def but_with(extractor: Dinov2, **chosen) -> Dinov2:
    """The same network asked for something else: reading its file again would take most of a test's time."""
    settings = dataclasses.replace(extractor._settings, **chosen)
    return Dinov2(extractor._network, settings, extractor._runner, extractor._weights_sha256, False)


@pytest.fixture(scope="module")
def small(files: dict[str, Path]) -> Dinov2:
    return opened(files, block=2)


def worst_row_error(ours: Array, textbook: Array) -> float:
    """Largest relative error of a row."""
    return float((np.linalg.norm(ours - textbook, axis=1) / np.linalg.norm(textbook, axis=1)).max())


@pytest.mark.parametrize(
    ("model", "block", "side"),
    [(SMALL, 10, 224), (SMALL, 11, 322), (BASE, 10, 224), (BASE, 2, 322), (SMALL_REG4, 10, 224), (SMALL_REG4, 3, 322)],
)
def test_every_facet_is_the_textbook_computation(files, model, block, side):
    image = picture(side, side)
    state = torch.load(files[model], weights_only=True)
    with torch.inference_mode():
        textbook = textbook_facets(state, torch.from_numpy(image), SIZES[model.partition("_")[0]][2], block)
    extractor = opened(files, model, block=block)
    for facet in FACETS:
        features = but_with(extractor, facet=facet).extract(image)
        raw = textbook[facet].numpy()
        assert features.grid == (side // 14, side // 14)
        assert worst_row_error(features.patches * features.norms[:, None], raw) < 1e-4
        assert worst_row_error(features.patches, raw / np.linalg.norm(raw, axis=1, keepdims=True)) < 1e-4


def test_facets_and_blocks_are_told_apart(small):
    image = picture(28, 42)
    asked = [(facet, block) for facet in FACETS for block in (3, 4)]
    found = [but_with(small, facet=facet, block=block).extract(image).patches for facet, block in asked]
    for i, one in enumerate(found):
        assert all(worst_row_error(one, other) > 0.1 for other in found[:i])


def test_sides_that_differ_are_not_mixed_up(files, small):
    image = picture(140, 224)
    state = torch.load(files[SMALL], weights_only=True)
    textbook = textbook_facets(state, torch.from_numpy(image), 6, 2)
    features = but_with(small, facet="key").extract(image)
    assert features.grid == (10, 16)
    assert worst_row_error(features.patches * features.norms[:, None], textbook["key"].numpy()) < 1e-4


def test_the_whole_image_comes_with_the_last_output_and_when_asked_for(files):
    image = picture(56, 70)
    state = torch.load(files[SMALL], weights_only=True)
    token = textbook_facets(state, torch.from_numpy(image), 6, 4)["class"].numpy()
    token /= np.linalg.norm(token)
    last, asked = opened(files, facet="token", block=11), opened(files, whole_image=True, block=4)
    plain = opened(files, block=4)
    assert (last.global_dimension, asked.global_dimension, plain.global_dimension) == (384, 384, 0)
    np.testing.assert_allclose(last.extract(image).global_, token, atol=1e-5)
    np.testing.assert_allclose(asked.extract(image).global_, token, atol=1e-5)
    assert plain.extract(image).global_ is None
    np.testing.assert_allclose(asked.extract(image).patches, plain.extract(image).patches, atol=1e-6)


def test_blocks_that_are_not_needed_do_not_run(files):
    network = opened(files)._network
    ran = []
    for number, block in enumerate(network.vit.blocks):
        block.register_forward_pre_hook(lambda *_, number=number: ran.append(number))
    with torch.inference_mode():
        network.facet(torch.zeros(1, 3, 28, 28), "value", 2)
        assert ran == [0, 1]
        ran.clear()
        network.facet(torch.zeros(1, 3, 28, 28), "token", 2)
        assert ran == [0, 1, 2]


@pytest.mark.parametrize("registers", [0, 4])
def test_positions_are_resampled_as_meta_does_and_not_as_timm(registers):
    import timm.layers

    state = random_checkpoint("vits14", registers, depth=1)
    table = state["pos_embed"][:, 1:]
    ours = resample_positions(table, 17, 23, registers=bool(registers))
    torch.testing.assert_close(ours[0], positions(state, 17, 23)[1:])
    theirs = timm.layers.resample_abs_pos_embed(table, (17, 23), (37, 37), num_prefix_tokens=0)
    cosine = torch.cosine_similarity(ours[0], theirs[0]).mean()
    assert cosine > 0.999 if registers else cosine < 0.8
    assert resample_positions(table, 37, 37, registers=bool(registers)) is table


@pytest.mark.parametrize(("size", "registers"), [("vits14", 0), ("vits14", 4), ("vitg14", 0), ("vitg14", 4)])
def test_both_layouts_are_the_same_network(monkeypatch, size, registers):
    """With two blocks: the giant's whole network would not fit a test's time."""
    import timm

    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: create(*a, **k, depth=2))
    state = random_checkpoint(size, registers, depth=2)
    model = f"{size}_reg4" if registers else size
    pixels = torch.randn(1, 3, 42, 56, generator=torch.Generator().manual_seed(1))
    of_meta = make_dinov2(model, state, Path("meta.pth"))
    of_timm = make_dinov2(model, as_timm_layout(state), Path("timm.pth"))
    image = (pixels[0] * torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)).permute(1, 2, 0)
    image = (image + torch.tensor([0.485, 0.456, 0.406])) * 255
    textbook = textbook_facets(state, image, SIZES[size][2], 1)
    with torch.inference_mode():
        for facet in FACETS:
            ours = of_meta.facet(pixels, facet, 1)[0]
            assert torch.equal(ours, of_timm.facet(pixels, facet, 1)[0])
            assert worst_row_error(ours[0].numpy(), textbook[facet].numpy()) < 1e-4
        patches, token = of_meta.final_tokens(pixels)
    assert patches.shape == (1, 12, of_meta.width)
    torch.testing.assert_close(token[0], textbook["class"], rtol=1e-4, atol=1e-4)


def test_an_older_timm_that_cannot_build_without_memory_serves(files, small, monkeypatch):
    import timm

    create = timm.create_model

    def of_timm_1_0_20(*arguments, **options):
        torch.linspace(0, 0, 12)[0].item()
        return create(*arguments, **options)

    monkeypatch.setattr(timm, "create_model", of_timm_1_0_20)
    image = picture(28, 28)
    np.testing.assert_array_equal(opened(files, block=2).extract(image).patches, small.extract(image).patches)


def test_a_safetensors_file_of_timm_gives_the_same_patches(files, tmp_path, small):
    path = tmp_path / f"{timm_name(SMALL)}.safetensors"
    save_file(as_timm_layout(torch.load(files[SMALL], weights_only=True)), path)
    other = open_dinov2(settings_for(path, block=2))
    image = picture(42, 42)
    np.testing.assert_array_equal(other.extract(image).patches, small.extract(image).patches)
    assert other.fingerprint["weights_sha256"] != small.fingerprint["weights_sha256"]


def test_batches_change_nothing(small):
    images = [picture(*shape, seed=seed) for seed, shape in enumerate([(84, 112), (56, 56)] * 4 + [(84, 112)] * 3)]
    batched = small.extract_batch(images)
    for image, features in zip(images, batched, strict=True):
        alone = small.extract(image)
        assert features.grid == alone.grid
        assert (features.patches * alone.patches).sum(axis=1).min() >= 0.9999
        np.testing.assert_array_equal(features.centres_px, alone.centres_px)
        np.testing.assert_allclose(features.norms, alone.norms, rtol=1e-4)


def test_bf16_says_nearly_the_same(files, small):
    settings = dataclasses.replace(settings_for(files[SMALL], block=2), precision="bf16")
    image = picture(84, 84)
    features = open_dinov2(settings).extract(image)
    assert features.patches.dtype == np.float32
    cosines = (features.patches * small.extract(image).patches).sum(axis=1)
    assert 0.99 < cosines.min() < 1 - 1e-7


@pytest.mark.gpu
def test_a_gpu_says_the_same_as_the_cpu(files, small):
    images = [picture(84, 112, seed) for seed in range(5)]
    for precision, least in (("fp32", 0.9999), ("bf16", 0.99)):
        settings = dataclasses.replace(settings_for(files[SMALL], block=2), device="cuda", precision=precision)
        there = open_dinov2(settings)
        for image, features in zip(images, there.extract_batch(images), strict=True):
            assert (features.patches * small.extract(image).patches).sum(axis=1).min() > least
            assert (features.patches * there.extract(image).patches).sum(axis=1).min() > 0.9999


def test_the_view_is_resized_or_cropped(small):
    image = picture(101, 131)
    whole, inner = small.extract(image), but_with(small, fit="crop").extract(image)
    assert (whole.grid, inner.grid) == ((7, 9), (7, 9))
    np.testing.assert_allclose(whole.centres_px[0], [131 / 18 - 0.5, 101 / 14 - 0.5], rtol=1e-6)
    np.testing.assert_allclose(inner.centres_px[0], [2 + 6.5, 2 + 6.5])
    middle = np.ascontiguousarray(image[2:100, 2:128])
    np.testing.assert_allclose(inner.patches, small.extract(middle).patches, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (13, 200), (200, 13)])
@pytest.mark.parametrize("whole_image", [True, False])
def test_an_image_smaller_than_a_patch_has_none(files, shape, whole_image):
    features = opened(files, block=0, whole_image=whole_image).extract(picture(*shape))
    assert features.patches.shape == (0, 384)
    assert features.centres_px.shape == (0, 2)
    assert len(features.valid) == len(features.norms) == 0
    assert (features.global_ is None) != whole_image
    assert not whole_image or not features.global_.any()


def test_the_fingerprint_says_what_changes_the_numbers_and_nothing_else(files, tmp_path, small):
    elsewhere = tmp_path / "mine.pth"
    elsewhere.write_bytes(files[SMALL].read_bytes())
    same = dataclasses.replace(settings_for(elsewhere, block=2), precision="bf16", batch=3)
    assert open_dinov2(same).fingerprint == small.fingerprint
    assert set(small.fingerprint) == {"name", "version", "model", "facet", "block", "fit", "weights_sha256"}
    for changed in ({"facet": "key"}, {"block": 3}, {"fit": "crop"}):
        assert but_with(small, **changed).fingerprint != small.fingerprint


def test_a_block_that_is_not_there_is_named(files):
    with pytest.raises(SettingsError, match=r"block=12: vits14 has blocks 0 to 11; AnyLoc takes 31 of vitg14"):
        opened(files, block=12)


@pytest.mark.parametrize(
    ("asked", "there"), [(BASE, SMALL), (SMALL, BASE), (SMALL, SMALL_REG4), (SMALL_REG4, SMALL), ("vitg14", BASE)]
)
def test_a_file_of_another_size_is_recognised(files, asked, there):
    settings = settings_for(files[there], model=asked)
    with pytest.raises(WeightsError, match=rf"holds {there}, {asked} was asked for; say model={there}"):
        open_dinov2(settings)


def test_weights_for_another_image_size_are_refused_by_name():
    state = random_checkpoint("vits14", depth=12)
    state["pos_embed"] = state["pos_embed"][:, : 1 + 16 * 16]
    with pytest.raises(
        WeightsError, match=r"own\.pth: .*1 of another shape \(pos_embed is 1x257x384, not 1x1370x384\)"
    ):
        make_dinov2("vits14", state, Path("own.pth"))


def test_an_ensemble_gets_patches_and_the_whole_image_from_one_network(files):
    given = [f"features.dinov2.weights={files[SMALL]}", "features.dinov2.block=2", "features.device=cpu"]
    members = "ensemble.members=[dinov2+gem_signed, dinov2+global]"
    ingredients = make_ingredients(override_settings(Settings(), [*given, members]))
    (patches, _), (whole, _) = ingredients.members
    assert patches is whole
    image = picture(56, 70)
    alone = opened(files, block=2, whole_image=True).extract(image)
    np.testing.assert_array_equal(whole.extract(image).global_, alone.global_)
    only_patches = make_ingredients(override_settings(Settings(), [*given, "features.name=dinov2"]))
    assert only_patches.members[0][0].global_dimension == 0
