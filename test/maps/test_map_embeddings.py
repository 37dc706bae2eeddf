"""Patch embeddings in a map: there and back, and what a reader refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_map import RECIPE, refusal_of, resign, rewrite_array, write_sample_map

from vpr_ros.core.embed_patches import CELLS, PatchEmbedder
from vpr_ros.core.overlap_encoder import OverlapEncoder
from vpr_ros.maps.map_embeddings import RAW, TRAINED, Embedding, MapEmbeddings, OverlapOrigin
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.summarize_map import summarize_map
from vpr_ros.maps.write_embeddings import write_embeddings
from vpr_ros.maps.write_map import MapWriter

PLACES, LENGTH, PATCH, HIDDEN = 6, 5, 8, 3
TRAINED_ORIGIN = OverlapOrigin(TRAINED, RECIPE.fingerprint, ("drive.mcap", "küche"), "2026-11-20")


def encoder() -> OverlapEncoder:
    rng = np.random.default_rng(0)
    shapes = [(PATCH, LENGTH), (LENGTH,), (2, HIDDEN), (HIDDEN,), (HIDDEN,), (HIDDEN,), (HIDDEN, LENGTH), (LENGTH,)]
    parts = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    return OverlapEncoder(*parts, fingerprint=RECIPE.fingerprint)


def codes(length: int = LENGTH) -> np.ndarray:
    rng = np.random.default_rng(1)
    numbers = rng.integers(-127, 128, (PLACES, CELLS, length), dtype=np.int8)
    numbers[:, ::9] = 0
    return numbers


def write_map_with(path: Path, embedding: Embedding, numbers: np.ndarray) -> MapEmbeddings | None:
    origins: dict[str, Any] = {}

    def embed(writer: MapWriter) -> None:
        origins["overlap"] = write_embeddings(writer, numbers, embedding)
        commit = writer.commit
        writer.commit = lambda *args, **kwargs: commit(*args, **kwargs, **origins)  # type: ignore[method-assign]

    write_sample_map(path, PLACES, before_commit=embed)
    return open_map(path).embeddings


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    write_map_with(tmp_path / "m", Embedding(PatchEmbedder(encoder()), TRAINED_ORIGIN), codes())
    return tmp_path / "m"


def test_an_encoder_comes_back_as_it_was(trained: Path) -> None:
    held = open_map(trained).embeddings
    assert held is not None
    np.testing.assert_array_equal(held.places.codes, codes())
    assert isinstance(held.places.codes, np.memmap) or not held.places.codes.flags.owndata
    back = held.embedder.encoder
    assert back is not None
    for name in OverlapEncoder.__dataclass_fields__:
        if name != "fingerprint":
            np.testing.assert_array_equal(getattr(back, name), getattr(encoder(), name))
    assert back.fingerprint == RECIPE.fingerprint
    assert (held.origin.kind, held.origin.sources, held.origin.date) == (TRAINED, ("drive.mcap", "küche"), "2026-11-20")
    assert held.origin.told() == "encoder trained on drive.mcap, küche, 2026-11-20"
    assert held.origin.chance == held.places.chance
    assert abs(held.places.chance) < 0.1


@pytest.mark.parametrize("projected", [False, True])
def test_raw_patches_come_back_with_their_projection(tmp_path: Path, projected: bool) -> None:
    projection = np.random.default_rng(2).standard_normal((PATCH, LENGTH)).astype(np.float32) if projected else None
    embedding = Embedding(PatchEmbedder(projection=projection), OverlapOrigin(RAW, RECIPE.fingerprint))
    held = write_map_with(tmp_path / "m", embedding, codes())
    assert held is not None
    assert held.embedder.encoder is None
    assert (held.embedder.projection is not None) == projected
    if projection is not None:
        np.testing.assert_array_equal(held.embedder.projection, projection)
    assert held.origin.told() == "raw patches, no encoder was trained"


def test_a_map_without_embeddings_has_none(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "m")
    assert open_map(tmp_path / "m").embeddings is None


def test_they_count_in_the_size_of_a_keyframe(trained: Path) -> None:
    summary = summarize_map(open_map(trained))
    assert summary.group_bytes["patch embeddings"] > PLACES * CELLS * LENGTH
    assert summary.bytes_a_keyframe > CELLS * LENGTH


def test_truncated_missing_or_altered_embeddings_are_refused(trained: Path) -> None:
    (file,) = trained.glob("patch_embeddings-*.npy")
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    assert "patch_embeddings" in str(refusal_of(trained))
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert "patch_embeddings" in str(refusal_of(trained))
    file.unlink()
    assert "is missing" in str(refusal_of(trained))


@pytest.mark.parametrize("name", ["overlap_patch_weight", "overlap_norm_scale", "overlap_position_out_bias"])
def test_an_encoder_that_is_not_finite_is_refused(trained: Path, name: str) -> None:
    array = np.array(getattr(encoder(), name.removeprefix("overlap_")))
    array.flat[0] = np.inf
    rewrite_array(trained, name, array)
    assert f"{name} holds numbers that are not finite" in str(refusal_of(trained))


def _drop(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["files"].pop(name)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.update(overlap=None), "files names patch_embeddings, but overlap is null"),
        (_drop("patch_embeddings"), "names no file for patch_embeddings"),
        (_drop("overlap_norm_shift"), "names no file for overlap_norm_shift"),
        (lambda content: content["overlap"].update(kind="raw"), "contradicts the encoder's files"),
        (lambda content: content["overlap"].update(kind="learned"), "is not one of trained, raw"),
        (lambda content: content["overlap"].update(chance=2.0), "is no cosine"),
        (lambda content: content["overlap"].update(fingerprint={"name": "cnn"}), "of other features than the map's"),
        (lambda content: content["overlap"].update(more=1), "unknown"),
        (lambda content: content.pop("overlap"), "field overlap is missing"),
    ],
)
def test_what_contradicts_itself_is_refused(trained: Path, change: Callable[[dict[str, Any]], object], told: str):
    resign(trained, change)
    assert told in str(refusal_of(trained))


def test_shapes_that_do_not_fit_are_refused(trained: Path) -> None:
    rewrite_array(trained, "patch_embeddings", codes(LENGTH + 1))
    assert "E is" in str(refusal_of(trained))
    rewrite_array(trained, "patch_embeddings", codes()[:-1])
    assert "n is 6" in str(refusal_of(trained))
