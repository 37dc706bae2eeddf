from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_map import write_sample_map

from vpr_ros.core.errors import MapError, StorageError
from vpr_ros.core.vocabulary import Vocabulary, VocabularyOrigin
from vpr_ros.maps.vocabulary_file import read_vocabulary, write_vocabulary

ORIGIN = VocabularyOrigin("domain", "büro", ("a.mcap", "b"), {"name": "dense_sift", "step_px": 8})


def sample(rows: int = 4) -> Vocabulary:
    return Vocabulary(np.random.default_rng(0).standard_normal((rows, 3)).astype(np.float32), ORIGIN)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_vocabulary(tmp_path / "v", sample())
    read = read_vocabulary(tmp_path / "v")
    assert read.origin == ORIGIN
    np.testing.assert_array_equal(read.centres, sample().centres)
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_a_map_lends_its_own(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "office.map")
    lent = read_vocabulary(tmp_path / "office.map")
    assert lent.origin.kind == "map"
    assert lent.centres.shape == (3, 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_is_noticed_or_changes_nothing(tmp_path: Path, position: float, flip: int) -> None:
    path = tmp_path / "v"
    write_vocabulary(path, sample())
    content = bytearray(path.read_bytes())
    content[int(position * len(content))] ^= flip
    path.write_bytes(content)
    read = None
    with contextlib.suppress(MapError):
        read = read_vocabulary(path)
    if read is not None:
        assert read.origin == ORIGIN
        np.testing.assert_array_equal(read.centres, sample().centres)


@pytest.mark.parametrize("bit", range(8))
def test_a_wrong_kind_of_compression_or_encryption_is_damage(tmp_path: Path, bit: int) -> None:
    """The flags and the method in the zip's directory; its errors are NotImplementedError and RuntimeError."""
    write_vocabulary(tmp_path / "v", sample())
    content = (tmp_path / "v").read_bytes()
    entry = content.index(b"PK\x01\x02")
    for field in (entry + 8, entry + 10):
        damaged = bytearray(content)
        damaged[field] ^= 1 << bit
        (tmp_path / "v").write_bytes(damaged)
        with contextlib.suppress(MapError):
            np.testing.assert_array_equal(read_vocabulary(tmp_path / "v").centres, sample().centres)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_shortened_file_is_none(tmp_path: Path, share: float) -> None:
    write_vocabulary(tmp_path / "v", sample())
    content = (tmp_path / "v").read_bytes()
    (tmp_path / "v").write_bytes(content[: int(share * len(content))])
    with pytest.raises(MapError, match="is no vocabulary, or a damaged one"):
        read_vocabulary(tmp_path / "v")


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(MapError, match="is no vocabulary") as caught:
        read_vocabulary(tmp_path / "v.npy")
    assert "allow_pickle" not in str(caught.value)  # numpy's advice to read it all the same


def test_an_absent_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="vocabulary cannot be read: No such file"):
        read_vocabulary(tmp_path / "v")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the vocabulary"):
        write_vocabulary(tmp_path / "absent" / "v", sample())
