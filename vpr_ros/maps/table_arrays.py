"""The place table as arrays and a few names, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, Labels
from vpr_ros.maps.place_map import CameraCalibration

LABEL_ARRAYS = {"place_label_codes": "places", "room_codes": "rooms", "floor_codes": "floors"}
"""Which list of names the codes of an array count in."""


@dataclass(frozen=True, eq=False)
class CodedTable:
    """`arrays` by their names in the map; `label_names` by kind; `source_names` encoded, one a place."""

    arrays: dict[str, Array]
    label_names: dict[str, tuple[str, ...]]
    source_names: list[bytes]


def with_uncalibrated(cameras: Sequence[CameraCalibration], table: PlaceTable) -> tuple[CameraCalibration, ...]:
    """The cameras, and a bare entry for each that the table names and nobody calibrated."""
    known = {camera.name for camera in cameras}
    return (*cameras, *(CameraCalibration(name) for name in dict.fromkeys(table.cameras) if name not in known))


def encode_table(table: PlaceTable, cameras: Sequence[CameraCalibration]) -> CodedTable:
    """Names become codes, in order of their first appearance; labels that nobody gave are -1."""
    number = {camera.name: code for code, camera in enumerate(cameras)}
    arrays: dict[str, Array] = {
        "place_ids": np.asarray(table.place_ids, dtype=np.int64),
        "stamps_ns": np.asarray(table.stamps_ns, dtype=np.int64),
        "camera_codes": np.array([number[name] for name in table.cameras], dtype=np.int32),
    }
    if table.map_from_base is not None:
        arrays["map_from_base"] = np.asarray(table.map_from_base, dtype=np.float64)
    columns = {
        "place_label_codes": [labels.place for labels in table.labels],
        "room_codes": [labels.room for labels in table.labels],
        "floor_codes": [labels.floor for labels in table.labels],
    }
    label_names: dict[str, tuple[str, ...]] = {}
    for name, column in columns.items():
        names = tuple(dict.fromkeys(label for label in column if label is not None))
        codes = {label: code for code, label in enumerate(names)}
        arrays[name] = np.array([-1 if label is None else codes[label] for label in column], dtype=np.int32)
        label_names[LABEL_ARRAYS[name]] = names
    return CodedTable(arrays, label_names, [_encode(name) for name in table.source_names])


def decode_table(
    arrays: Mapping[str, Array], label_names: Mapping[str, Sequence[str]], cameras: Sequence[CameraCalibration]
) -> PlaceTable:
    """The inverse; codes and offsets were checked before."""
    encoded = arrays["source_names"].tobytes()
    spans = pairwise(arrays["source_name_offsets"].tolist())
    return PlaceTable(
        place_ids=arrays["place_ids"],
        stamps_ns=arrays["stamps_ns"],
        source_names=tuple(encoded[start:end].decode("utf-8", "surrogateescape") for start, end in spans),
        cameras=tuple(cameras[code].name for code in arrays["camera_codes"].tolist()),
        labels=_labels(arrays, label_names),
        map_from_base=arrays.get("map_from_base"),
    )


def _encode(name: str) -> bytes:
    # surrogateescape: file names that are no UTF-8 stay as the file system spells them.
    return name.encode("utf-8", "surrogateescape")


def _labels(arrays: Mapping[str, Array], label_names: Mapping[str, Sequence[str]]) -> tuple[Labels, ...]:
    # Code -1 finds the last entry: the None that stands for "nobody said".
    places, rooms, floors = ((*label_names[kind], None) for kind in LABEL_ARRAYS.values())
    rows = list(zip(*(arrays[name].tolist() for name in LABEL_ARRAYS), strict=True))
    known = {codes: Labels(places[codes[0]], rooms[codes[1]], floors[codes[2]]) for codes in set(rows)}
    return tuple(known[codes] for codes in rows)
