"""A map in memory: everything a localizer, a report or a person asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import MapError
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, FloatArray, Intrinsics, Matrix4
from vpr_ros.core.reduce_descriptor import Projection
from vpr_ros.core.vocabulary import Vocabulary
from vpr_ros.maps.geometry.keypoint_arrays import KeypointArrays
from vpr_ros.maps.map_embeddings import MapEmbeddings


@dataclass(frozen=True)
class Recipe:
    """How the descriptors were made: the settings groups as plain JSON values, and the extractor's fingerprint."""

    image: Mapping[str, Any]
    features: Mapping[str, Any]
    aggregation: Mapping[str, Any]
    fingerprint: Mapping[str, Any]
    ensemble: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """What the map was made from, and the remarks that were told while it was built."""

    source: str
    kind: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CameraCalibration:
    """A camera that saw places of the map; None where nobody said."""

    name: str
    intrinsics: Intrinsics | None = None
    base_from_camera: Matrix4 | None = None


@dataclass(frozen=True, eq=False)
class EncodedImages:
    """One JPEG a row, end to end: row i is `data[offsets[i]:offsets[i + 1]]`, empty where there is none."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PlaceMap:
    """n places and how to compare a query with them. Arrays are read-only; the large ones are memory-mapped.

    descriptors: float32 [n, d], rows of unit length (or zero: nothing to describe). vocabularies: one for each
    member of the descriptor, None where its aggregation needs none. depth: uint16 [n, 60, 80] millimetres, 0 where
    unknown, or None. keypoints: of the keyframes, with where they lie, or None. embeddings: of their patches, to
    predict overlap by, or None. `created` is ISO 8601 in UTC.
    `file_bytes` says what each file costs on disk.
    """

    path: Path
    map_id: str
    recipe: Recipe
    table: PlaceTable
    descriptors: FloatArray
    vocabularies: tuple[Vocabulary | None, ...]
    projection: Projection | None
    map_frame: str
    base_frame: str
    cameras: tuple[CameraCalibration, ...]
    provenance: Provenance
    created: str
    made_by: str
    next_place_id: int
    thumbnails: EncodedImages | None = None
    depth: npt.NDArray[np.uint16] | None = None
    keypoints: KeypointArrays | None = None
    embeddings: MapEmbeddings | None = None
    file_bytes: Mapping[str, int] = field(default_factory=dict)

    def mounting(self, camera: str, *, exactly: bool = False) -> Matrix4 | None:
        """base_from_camera of the camera of this name, or (unless exactly) of the only one; None where not known."""
        named = [each for each in self.cameras if each.name == camera] or (() if exactly else self.cameras)
        return named[0].base_from_camera if len(named) == 1 else None

    def thumbnail(self, row: int) -> Array | None:
        """Small RGB picture of a row, or None where none was kept. Raises MapError when it cannot be decoded."""
        if self.thumbnails is None:
            return None
        start, end = self.thumbnails.offsets[row], self.thumbnails.offsets[row + 1]
        if start == end:
            return None
        image = cv2.imdecode(self.thumbnails.data[start:end], cv2.IMREAD_COLOR)
        if image is None:
            place_id = self.table.place_ids[row]
            raise MapError(f"{self.path}: thumbnail of place {place_id} is no image; build again with `vpr map build`")
        return np.ascontiguousarray(image[..., ::-1])
