from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import MapError, StorageError
from vpr_ros.core.overlap_encoder import OverlapEncoder
from vpr_ros.maps.overlap_encoder_file import (
    ARRAYS,
    EncoderOrigin,
    read_encoder_origin,
    read_overlap_encoder,
    write_overlap_encoder,
)

ORIGIN = EncoderOrigin(("büro.mcap", "b"), "2026-03-01", 320, {"auc": 0.97})
SIZES = {"2": 2, "D": 6, "E": 4, "H": 5}


def sample(seed: int = 0) -> OverlapEncoder:
    rng = np.random.default_rng(seed)
    arrays = {
        name: rng.standard_normal([SIZES[letter] for letter in letters]).astype(np.float32)
        for name, letters in ARRAYS.items()
    }
    return OverlapEncoder(**arrays, fingerprint={"name": "dense_sift", "step_px": 8})


def same(one: OverlapEncoder, other: OverlapEncoder) -> bool:
    return one.fingerprint == other.fingerprint and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS
    )


def rewrite(path: Path, about: dict[str, Any] | None = None, **arrays: Any) -> None:
    """The sample's file with some of its arrays (None: left out) and header fields replaced."""
    write_overlap_encoder(path, sample(), ORIGIN)
    header = path.read_bytes()
    length = int.from_bytes(header[:8], "little")
    told = json.loads(json.loads(header[8 : 8 + length])["__metadata__"]["about"])
    told.update(about or {})
    kept = {**{name: getattr(sample(), name) for name in ARRAYS}, **arrays}
    kept = {name: array for name, array in kept.items() if array is not None}
    path.write_bytes(safetensors.numpy.save(kept, {"about": json.dumps(told)}))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_overlap_encoder(tmp_path / "e", sample(), ORIGIN)
    assert same(read_overlap_encoder(tmp_path / "e"), sample())
    assert read_encoder_origin(tmp_path / "e") == ORIGIN
    assert [path.name for path in tmp_path.iterdir()] == ["e"]


def test_it_replaces_another(tmp_path: Path) -> None:
    write_overlap_encoder(tmp_path / "e", sample(1), ORIGIN)
    write_overlap_encoder(tmp_path / "e", sample(), dataclasses.replace(ORIGIN, figures={}))
    assert same(read_overlap_encoder(tmp_path / "e"), sample())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_of_the_numbers_is_noticed(tmp_path: Path, position: float, flip: int) -> None:
    path = tmp_path / "e"
    write_overlap_encoder(path, sample(), ORIGIN)
    content = bytearray(path.read_bytes())
    content[int(position * len(content))] ^= flip
    path.write_bytes(content)
    with contextlib.suppress(MapError):
        read = read_overlap_encoder(path)
        assert all(np.array_equal(getattr(read, name), getattr(sample(), name)) for name in ARRAYS)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95])
def test_a_shortened_file_is_none(tmp_path: Path, share: float) -> None:
    write_overlap_encoder(tmp_path / "e", sample(), ORIGIN)
    content = (tmp_path / "e").read_bytes()
    (tmp_path / "e").write_bytes(content[: int(share * len(content))])
    with pytest.raises(MapError, match="is no overlap encoder, or a damaged one"):
        read_overlap_encoder(tmp_path / "e")


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"patch_bias": None}, "patch_bias is missing"),
        ({"more": np.zeros(3, np.float32)}, "more is unknown"),
        ({"patch_bias": np.zeros(5, np.float32)}, "patch_bias has 5 where 4 was expected"),
        ({"patch_bias": np.zeros((4, 1), np.float32)}, "patch_bias is float32 of 2 axes"),
        ({"patch_bias": np.zeros(4, np.float64)}, "patch_bias is float64"),
        ({"patch_bias": np.full(4, np.nan, np.float32)}, "patch_bias holds numbers that are not finite"),
        ({"patch_bias": np.zeros(4, np.float32)}, "its numbers are not those that were written"),
        ({"patch_weight": np.zeros((0, 4), np.float32)}, "patch_weight has 0"),
        (
            {
                "patch_weight": np.zeros((6, 129), np.float32),
                "patch_bias": np.zeros(129, np.float32),
                "position_out_weight": np.zeros((5, 129), np.float32),
                "position_out_bias": np.zeros(129, np.float32),
            },
            "embeddings of 129 numbers, 128 are the most",
        ),
    ],
)
def test_wrong_arrays_are_named(tmp_path: Path, arrays: dict[str, Any], told: str) -> None:
    rewrite(tmp_path / "e", **arrays)
    with pytest.raises(MapError, match=told) as caught:
        read_overlap_encoder(tmp_path / "e")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"format": "vpr_vocabulary"}, "format is not"),
        ({"format_version": 2}, "format_version=2"),
        ({"fingerprint": "dense_sift"}, "fingerprint is a text"),
        ({"figures": {"auc": "good"}}, "figures.auc is a text"),
        ({"colour": 1}, "field colour is unknown"),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, about: dict[str, Any], told: str) -> None:
    rewrite(tmp_path / "e", about)
    with pytest.raises(MapError, match=told):
        read_overlap_encoder(tmp_path / "e")


def test_networks_of_others_are_none(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors.numpy.save({"weight": np.zeros((2, 2), np.float32)}))
    with pytest.raises(MapError, match="__metadata__ is missing"):
        read_overlap_encoder(path)


def test_an_absent_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="overlap encoder cannot be read: No such file"):
        read_overlap_encoder(tmp_path / "e")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the overlap encoder"):
        write_overlap_encoder(tmp_path / "absent" / "e", sample(), ORIGIN)
