"""An overlap encoder alone in a file, to be shipped between maps: safetensors, its origin as JSON in the header.

Safetensors keeps no checksum, so that the header holds one of the numbers.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from vpr_ros.core.errors import MapError
from vpr_ros.core.overlap_encoder import OverlapEncoder
from vpr_ros.core.records import FloatArray
from vpr_ros.maps.checked_json import Fields, loads_strictly
from vpr_ros.maps.storage_errors import storage_errors

FORMAT = "vpr_overlap_encoder"
FORMAT_VERSION = 1
SUFFIX = ".safetensors"
MOST_DIMENSIONS = 128
"""The longest embedding that a map keeps."""
LARGEST_BYTES = 64 * 2**20
"""Far above any encoder: 1536-d patches and 128-d embeddings take 2 MB."""
ARRAYS = {
    "patch_weight": "DE",
    "patch_bias": "E",
    "position_in_weight": "2H",
    "position_in_bias": "H",
    "norm_scale": "H",
    "norm_shift": "H",
    "position_out_weight": "HE",
    "position_out_bias": "E",
}
"""What each is the size of: D numbers a patch, E an embedding, H the hidden layer."""


@dataclass(frozen=True)
class EncoderOrigin:
    """sources: names of what it was trained on. date: of the training, YYYY-MM-DD. long_side_px: of the prepared
    images. figures: what validation found, by name.
    """

    sources: tuple[str, ...]
    date: str
    long_side_px: int
    figures: Mapping[str, float]


def write_overlap_encoder(path: Path, encoder: OverlapEncoder, origin: EncoderOrigin) -> None:
    """Write it in one step: a file that was there is replaced only by a whole one. Raises StorageError."""
    arrays = {name: np.ascontiguousarray(getattr(encoder, name), dtype=np.float32) for name in ARRAYS}
    about = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "fingerprint": dict(encoder.fingerprint),
        **{field.name: getattr(origin, field.name) for field in fields(origin)},
        "sha256": _sha256(arrays),
    }
    content = safetensors.numpy.save(arrays, {"about": json.dumps(about, allow_nan=False)})
    working = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with storage_errors("the overlap encoder", path):
        try:
            working.write_bytes(content)
            working.replace(path)
        finally:
            working.unlink(missing_ok=True)


def read_overlap_encoder(path: Path) -> OverlapEncoder:
    """Raises MapError, one line, for a file that is none, damaged or cut short."""
    return _read(path)[0]


def read_encoder_origin(path: Path) -> EncoderOrigin:
    """What it was trained on, and what validation found. Raises MapError as `read_overlap_encoder`."""
    return _read(path)[1]


def _read(path: Path) -> tuple[OverlapEncoder, EncoderOrigin]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        return _checked(content)
    except OSError as error:
        raise MapError(f"{path}: overlap encoder cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, OverflowError, MemoryError, safetensors.SafetensorError) as error:
        what = " ".join(str(error).split())
        raise MapError(
            f"{path}: is no overlap encoder, or a damaged one ({what}); make one with `vpr train overlap`"
        ) from error


def _checked(content: bytes) -> tuple[OverlapEncoder, EncoderOrigin]:
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES // 2**20} MB")
    arrays = safetensors.numpy.load(content)
    top = Fields(loads_strictly(_metadata(content)), "")
    if top.text("format") != FORMAT:
        raise ValueError(f"format is not {FORMAT!r}")
    top.whole("format_version", 1, FORMAT_VERSION)
    fingerprint: dict[str, Any] = top.take("fingerprint", dict)
    figures = top.fields("figures")
    origin = EncoderOrigin(
        sources=top.texts("sources"),
        date=top.text("date"),
        long_side_px=top.whole("long_side_px", 1, 2**16),
        figures={name: float(figures.take(name, int, float)) for name in figures.names()},
    )
    sha256 = top.text("sha256")
    top.done()
    _check_arrays(arrays)
    if _sha256(arrays) != sha256:
        raise ValueError("its numbers are not those that were written")
    return OverlapEncoder(**arrays, fingerprint=fingerprint), origin


def _metadata(content: bytes) -> str:
    """The JSON text that stands in the header; `safetensors.numpy` loads arrays only."""
    length = int.from_bytes(content[:8], "little")
    header = Fields(loads_strictly(content[8 : 8 + length].decode()), "")
    return header.fields("__metadata__").text("about")


def _check_arrays(arrays: Mapping[str, FloatArray]) -> None:
    if arrays.keys() != ARRAYS.keys():
        odd = sorted(arrays.keys() ^ ARRAYS.keys())
        raise ValueError(f"{odd[0]} is {'missing' if odd[0] in ARRAYS else 'unknown'}")
    sizes = {"2": 2}
    for name, letters in ARRAYS.items():
        array = arrays[name]
        if array.dtype != np.float32 or array.ndim != len(letters):
            raise ValueError(f"{name} is {array.dtype} of {array.ndim} axes, expected float32 of {len(letters)}")
        for letter, size in zip(letters, array.shape, strict=True):
            if sizes.setdefault(letter, size) != size or not size:
                raise ValueError(f"{name} has {size} where {sizes[letter]} was expected")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite")
    if sizes["E"] > MOST_DIMENSIONS:
        raise ValueError(f"embeddings of {sizes['E']} numbers, {MOST_DIMENSIONS} are the most")


def _sha256(arrays: Mapping[str, FloatArray]) -> str:
    digest = hashlib.sha256()
    for name in ARRAYS:
        digest.update(np.ascontiguousarray(arrays[name], dtype="<f4").tobytes())
    return digest.hexdigest()
