from __future__ import annotations

import pytest

from vpr_ros.maps.geometry.keypoint_arrays import DESCRIPTOR_ARRAYS
from vpr_ros.maps.map_format import ENCODER_ARRAYS, FILES, VOCABULARIES, size_mismatch

SIZES = {
    "n": 6,
    "n+1": 7,
    "d": 5,
    "K": 3,
    "D": 4,
    "L": 12,
    **{f"{size}{i}": 2 for i in (1, 2, 3) for size in "KD"},
    "bytes of names": 20,
    "bytes of thumbnails": 99,
    "E": 16,
    "P": 128,
    "H": 32,
    "m": 50,
    "k": 128,
    "c": 4,
}


def shapes(**sizes: int) -> dict[str, tuple[int, ...]]:
    said = {**SIZES, **{name.replace("n1", "n+1"): size for name, size in sizes.items()}}
    return {
        name: tuple(size if isinstance(size, int) else said[size] for size in spec.shape)
        for name, spec in FILES.items()
    }


def test_shapes_that_agree() -> None:
    assert size_mismatch(shapes()) is None
    assert size_mismatch(shapes(n=1, n1=2)) is None


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"n": 0, "n1": 1}, "no places"),
        ({"d": 0}, "empty descriptors"),
        ({"n1": 8}, "there are 8 offsets of names for 6 places"),
        ({"K": 0}, "vocabulary is empty"),
        ({"E": 0}, "patch embeddings are 0 numbers long, expected 1 to 128"),
        ({"E": 129}, "patch embeddings are 129 numbers long"),
    ],
)
def test_sizes_that_contradict_one_another(sizes: dict[str, int], message: str) -> None:
    assert message in str(size_mismatch(shapes(**sizes)))


def test_every_optional_pair_comes_together() -> None:
    for name, spec in FILES.items():
        alone = ("projection_whitening", "overlap_projection", *ENCODER_ARRAYS.values(), *DESCRIPTOR_ARRAYS)
        assert all(name in FILES[other].needs for other in spec.needs) or name in alone
        assert spec.required == (not spec.needs) or name in (
            *("map_from_base", "depth", "patch_embeddings"),
            *VOCABULARIES,
        )
