"""The numbers inside a map's arrays. Files that agree with their checksums can still have been written wrongly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.maps.camera_json import rigid
from vpr_ros.maps.map_format import ENCODER_ARRAYS, VOCABULARIES

_ROWS_AT_ONCE = 4096


def check_arrays(arrays: Mapping[str, Array], next_place_id: int, counts: Mapping[str, int]) -> None:
    """Raises ValueError with a sentence that names the array. `counts` are the names that each kind of code may name.

    Types and shapes are right already: the manifest was checked against the format, the files against the manifest.
    """
    _check_ids(arrays["place_ids"], next_place_id)
    for name, count in counts.items():
        # Cameras are always known (0 and up); -1 says that nobody gave a label.
        lowest = 0 if name == "camera_codes" else -1
        if arrays[name].min() < lowest or arrays[name].max() >= count:
            raise ValueError(f"{name} names something that the manifest does not list")
    _check_offsets("source_name_offsets", arrays["source_name_offsets"], len(arrays["source_names"]))
    if "thumbnails" in arrays:
        _check_offsets("thumbnail_offsets", arrays["thumbnail_offsets"], len(arrays["thumbnails"]))
    if "map_from_base" in arrays:
        broken = np.flatnonzero(~rigid(arrays["map_from_base"]))
        if broken.size:
            raise ValueError(f"map_from_base of place {arrays['place_ids'][broken[0]]} is no rigid transformation")
    _check_descriptors(arrays["descriptors"], arrays["place_ids"])
    encoder = (*ENCODER_ARRAYS.values(), "overlap_projection")
    for name in (*VOCABULARIES, "projection_mean", "projection_whitening", *encoder):
        if name in arrays and not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} holds numbers that are not finite")


def _check_ids(place_ids: Array, next_place_id: int) -> None:
    if place_ids[0] < 0 or (np.diff(place_ids) <= 0).any():
        raise ValueError("place_ids are not ascending from 0 or above")
    if place_ids[-1] >= next_place_id:
        raise ValueError(f"next_place_id={next_place_id} would give place {place_ids[-1]} a second time")


def _check_offsets(name: str, offsets: Array, length: int) -> None:
    if offsets[0] != 0 or offsets[-1] != length or (np.diff(offsets) < 0).any():
        raise ValueError(f"{name} do not ascend from 0 to {length}")


def _check_descriptors(descriptors: Array, place_ids: Array) -> None:
    for start in range(0, len(descriptors), _ROWS_AT_ONCE):
        rows = descriptors[start : start + _ROWS_AT_ONCE]
        with np.errstate(over="ignore", invalid="ignore"):
            squared = np.einsum("ij,ij->i", rows, rows)
        wrong = np.flatnonzero(~((np.abs(squared - 1) < 1e-3) | (squared == 0)))
        if wrong.size:
            raise ValueError(f"the descriptor of place {place_ids[start + wrong[0]]} is not of unit length")
