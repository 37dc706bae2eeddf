"""What a map holds of its keyframes' points: the arrays, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.maps.checked_json import Fields
from vpr_ros.maps.map_format import KEYPOINT_NEEDS

KINDS = ("depth", "triangulated", "colmap", "none")
DESCRIPTOR_ARRAYS = ("keypoint_descriptors", "keypoint_descriptors_half")
"""Bytes as SIFT makes them, or halves of what networks make. A map has one of them."""


@dataclass(frozen=True)
class GeometryOrigin:
    """How points came about, and how well they agree with the images.

    kind: depth, triangulated, colmap (the points of the model that the map was built from) or none (keypoints alone).
    fingerprint: of the keypoint extractor. keypoints, points: how many, the latter of those that know where they lie.
    keyframes: those with keypoints. reprojection_*_px: how far from the points the images have them, over the tracks,
    or where points come from depth over matches between keyframes; track_length: images that see a point, mean. None
    where that was not to be measured. shared_error_*: what points are wrong by together (core/pose/shared_error.py);
    None where too few keyframes were found among the others, and in maps built before maps were asked.
    """

    kind: str
    fingerprint: Mapping[str, Any]
    keyframes: int
    keypoints: int
    points: int
    reprojection_median_px: float | None = None
    reprojection_p95_px: float | None = None
    track_length: float | None = None
    shared_error_m: float | None = None
    shared_error_rad: float | None = None


@dataclass(frozen=True, eq=False)
class KeypointArrays:
    """Keypoints of n keyframes, end to end: those of row i are offsets[i] to offsets[i + 1] of the m rows.

    pixels: float32 [m, 2]. descriptors: uint8 or float16 [m, k]. points_base: float32 [m, 3], metres in the frame of
    their keyframe's base, NaN where unknown. tracks: int32 [m], the same number for the same point of the world, -1
    where nobody knows. covisible_ids: int64 [n, c], places that see the same points, most shared first, padded by -1.
    """

    origin: GeometryOrigin
    offsets: npt.NDArray[np.int64]
    pixels: FloatArray
    descriptors: Array
    points_base: FloatArray
    tracks: npt.NDArray[np.int32]
    covisible_ids: npt.NDArray[np.int64]


def keypoint_arrays(arrays: Mapping[str, Array], origin: GeometryOrigin | None) -> KeypointArrays | None:
    """From the arrays of a map, which were checked; None where it holds no keypoints."""
    if origin is None:
        return None
    (name,) = (each for each in DESCRIPTOR_ARRAYS if each in arrays)
    offsets, pixels, points, tracks, covisible = (arrays[each] for each in KEYPOINT_NEEDS)
    return KeypointArrays(origin, offsets, pixels, arrays[name], points, tracks, covisible)


def geometry_of_json(fields: Fields, names: Mapping[str, Any]) -> GeometryOrigin:
    """The manifest's field. names: of the map's files. Raises ValueError when they contradict each other."""
    origin = GeometryOrigin(
        kind=fields.text("kind"),
        fingerprint=fields.take("fingerprint", dict),
        keyframes=fields.whole("keyframes", 1),
        keypoints=fields.whole("keypoints", 1),
        points=fields.whole("points", 0),
        reprojection_median_px=_optional_number(fields, "reprojection_median_px"),
        reprojection_p95_px=_optional_number(fields, "reprojection_p95_px"),
        track_length=_optional_number(fields, "track_length"),
        shared_error_m=_deviation(fields, "shared_error_m"),
        shared_error_rad=_deviation(fields, "shared_error_rad"),
    )
    fields.done()
    if origin.kind not in KINDS:
        raise ValueError(f"geometry.kind {origin.kind!r} is not one of {', '.join(KINDS)}")
    if sum(name in names for name in DESCRIPTOR_ARRAYS) != 1:
        raise ValueError(f"files names not one of {' and '.join(DESCRIPTOR_ARRAYS)}, but geometry is not null")
    return origin


def _deviation(fields: Fields, name: str) -> float | None:
    value = _optional_number(fields, name) if name in fields.names() else None
    if value is not None and value < 0:
        raise ValueError(f"field {fields.path(name)}={value} is below 0")
    return value


def _optional_number(fields: Fields, name: str) -> float | None:
    return None if fields.is_null(name) else float(fields.take(name, float, int))


def check_keypoints(arrays: Mapping[str, Array], size_px: Mapping[int, tuple[int, int]]) -> None:
    """Raises ValueError with a sentence that names the array. size_px: of images, by the cameras' codes."""
    if "keypoint_offsets" not in arrays:
        return
    offsets, pixels = arrays["keypoint_offsets"], arrays["keypoint_pixels"]
    if offsets[0] != 0 or offsets[-1] != len(pixels) or (np.diff(offsets) < 0).any():
        raise ValueError(f"keypoint_offsets do not ascend from 0 to {len(pixels)}")
    _check_pixels(offsets, pixels, arrays["camera_codes"], size_px)
    points = arrays["keypoint_points"]
    if np.isinf(points).any() or (np.isnan(points).any(axis=1) != np.isnan(points).all(axis=1)).any():
        raise ValueError("keypoint_points holds points that are neither finite nor unknown (NaN)")
    for name in DESCRIPTOR_ARRAYS:
        # Whole numbers are finite; of halves the sum tells, as in single precision it cannot overflow.
        if name in arrays and arrays[name].dtype.kind == "f" and not np.isfinite(arrays[name].sum(dtype=np.float64)):
            raise ValueError(f"{name} holds numbers that are not finite")
    if (arrays["keypoint_tracks"] < -1).any():
        raise ValueError("keypoint_tracks holds numbers below -1")
    if not np.isin(arrays["covisible_ids"], [-1, *arrays["place_ids"]]).all():
        raise ValueError("covisible_ids names places that the map does not have")


def _check_pixels(
    offsets: Array, pixels: FloatArray, camera_codes: Array, size_px: Mapping[int, tuple[int, int]]
) -> None:
    codes = np.repeat(camera_codes, np.diff(offsets))
    for code in np.unique(codes).tolist():
        if code not in size_px:
            raise ValueError(f"keypoint_pixels are of camera {code} too, which has no intrinsics")
        mine = pixels[codes == code]
        # Half a pixel beyond the middles of the outermost pixels is the rim; finders of points are a little beyond it.
        if not ((mine >= -1) & (mine <= np.array(size_px[code]))).all():
            raise ValueError(f"keypoint_pixels hold points outside the {size_px[code][0]}x{size_px[code][1]} image")
