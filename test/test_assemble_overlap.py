"""Reranking by overlap, as it is put together from a map, its encoder and the settings."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from noise_maps import COUNT, SMALL, build, frame

from vpr_ros.assemble import load_localizer, make_ingredients
from vpr_ros.core.errors import MapError
from vpr_ros.core.overlap_encoder import OverlapEncoder
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.settings import Settings
from vpr_ros.maps.choose_embedding import choose_embedding
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.overlap_encoder_file import EncoderOrigin, write_overlap_encoder


def test_a_map_without_patch_embeddings_says_that_it_does_not_rerank(tmp_path):
    build(tmp_path / "m")
    localizer = load_localizer(tmp_path / "m", Settings())
    assert localizer.about_reranking == "reranking off: the map has no patch embeddings"
    estimate = localizer.localize(frame(1))
    assert estimate.votes is None
    assert estimate.candidates.best.overlap is None


@pytest.mark.parametrize("assignments", [[], ["ensemble.members=[dense_sift+gem, dense_sift+vlad]"]])
def test_raw_patches_rerank_and_say_so(tmp_path, assignments):
    build(tmp_path / "m", "rerank.raw_patches=true", *assignments)
    localizer = load_localizer(tmp_path / "m", Settings())
    assert localizer.about_reranking.startswith("reranking by overlap: raw patches, no encoder was trained")
    for number in range(COUNT):
        estimate = localizer.localize(frame(number))
        assert estimate.place_id == number
        assert estimate.votes.place_id == number
        best, *others = [candidate.overlap for candidate in estimate.candidates.ranked]
        assert len(others) == COUNT - 1  # of the twenty that were asked for: the map has no more
        assert best > max(others) >= 0
        assert "rerank_overlap" in estimate.latency_ms


def test_reranking_can_be_switched_off(tmp_path):
    build(tmp_path / "m", "rerank.raw_patches=true")
    off = load_localizer(tmp_path / "m", override_settings(Settings(), ["rerank.enabled=false"]))
    assert off.about_reranking == "reranking off: rerank.enabled is false"
    assert off.localize(frame(2)).votes is None


def encoder_file(path: Path, length: int = 128, **differing: object) -> Path:
    rng = np.random.default_rng(0)
    shapes = [(length, 16), (16,), (2, 4), (4,), (4,), (4,), (4, 16), (16,)]
    fingerprint = {**make_ingredients(override_settings(Settings(), SMALL)).members[0][0].fingerprint, **differing}
    parts = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    encoder = OverlapEncoder(*parts, fingerprint=fingerprint)
    write_overlap_encoder(path, encoder, EncoderOrigin(("drive",), "2026-11-20", 160, {}))
    return path


def test_a_map_carries_the_encoder_it_was_built_with(tmp_path):
    file = encoder_file(tmp_path / "e.safetensors")
    build(tmp_path / "m", encoder=file)
    file.unlink()  # a robot needs no other file
    localizer = load_localizer(tmp_path / "m", Settings())
    assert "encoder trained on drive, 2026-11-20" in localizer.about_reranking
    assert open_map(tmp_path / "m").embeddings.places.codes.shape == (COUNT, 256, 16)
    assert localizer.localize(frame(3)).votes.place_id == 3


def test_an_encoder_of_images_of_another_size_is_told(tmp_path):
    file = encoder_file(tmp_path / "e.safetensors")
    for long_side_px, told in ((160, []), (320, ["was trained on images 160 px long, these are 320"])):
        settings = override_settings(Settings(), [*SMALL, f"image.long_side_px={long_side_px}"])
        embedding = choose_embedding(make_ingredients(settings), settings, file)
        assert embedding is not None
        assert [wanted in note for wanted, note in zip(told, embedding.notes, strict=True)] == [True] * len(told)


@pytest.mark.parametrize(
    ("length", "differing", "told"),
    [
        (128, {"step_px": 4}, r"is of other features than those asked for \(step_px 4 there, 8 here\); train one"),
        (128, {"name": "dinov2"}, r"\(name dinov2 there, dense_sift here\)"),
        (64, {}, "reads 64-d patches, dense_sift makes 128-d ones"),
    ],
)
def test_an_encoder_of_other_features_is_refused(tmp_path, length, differing, told):
    file = encoder_file(tmp_path / "e.safetensors", length, **differing)
    with pytest.raises(MapError, match=told):
        build(tmp_path / "m", encoder=file)
    assert not (tmp_path / "m" / "manifest.json").exists()


def test_an_encoder_of_a_later_member_of_an_ensemble_is_refused_saying_why(tmp_path):
    """All that vote are the patches of one member."""
    settings = override_settings(Settings(), [*SMALL, "ensemble.members=[dense_sift+gem, dense_sift+gem_signed]"])
    ingredients = make_ingredients(settings)
    (first, aggregation), second = ingredients.members
    finer = make_ingredients(override_settings(settings, ["features.dense_sift.step_px=4"])).members[0][0]
    both = dataclasses.replace(ingredients, members=((first, aggregation), (finer, second[1])))
    file = encoder_file(tmp_path / "e.safetensors", step_px=4)
    with pytest.raises(MapError, match=r"of a later member of the ensemble.* first one \(dense_sift\) vote \(step_px"):
        choose_embedding(both, settings, file)


def test_votes_are_the_same_whoever_counts_them(tmp_path):
    pytest.importorskip("torch")
    build(tmp_path / "m", "rerank.raw_patches=true")
    by_torch = override_settings(Settings(), ["rerank.votes=torch", "features.device=cpu"])
    one, other = (load_localizer(tmp_path / "m", asked).localize(frame(1)) for asked in (Settings(), by_torch))
    assert [each.place_id for each in one.candidates.ranked] == [each.place_id for each in other.candidates.ranked]
    for here, there in zip(one.candidates.ranked, other.candidates.ranked, strict=True):
        assert here.overlap == pytest.approx(there.overlap, rel=1e-4)
