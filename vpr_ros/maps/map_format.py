"""Which files a map has, of what type and shape: docs/map_format.md as a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

FORMAT = "vpr_map"
FORMAT_VERSION = 3
MANIFEST = "manifest.json"
LOCK = ".lock"
WORKING_PREFIX = ".building-"

DEPTH_ROWS, DEPTH_COLUMNS = 60, 80
EMBEDDED_CELLS = 256
LONGEST_EMBEDDING = 128
LONGEST_MAP_ID = 60
MAP_ID = re.compile(f"[a-z][a-z0-9_]{{0,{LONGEST_MAP_ID - 1}}}")  # every ROS frame and topic name may start so
DATA_FILE = re.compile(r"[a-z0-9_]+-[0-9a-f]{16}\.npy")


@dataclass(frozen=True)
class FileSpec:
    """One array of a map. `shape` names sizes that several files share; `needs` are files it is useless without."""

    dtype: str
    shape: tuple[str | int, ...]
    required: bool = True
    needs: tuple[str, ...] = ()


KEYPOINT_NEEDS = ("keypoint_offsets", "keypoint_pixels", "keypoint_points", "keypoint_tracks", "covisible_ids")

ENCODER_ARRAYS = {
    field: f"overlap_{field}"
    for field in (
        "patch_weight",
        "patch_bias",
        "position_in_weight",
        "position_in_bias",
        "norm_scale",
        "norm_shift",
        "position_out_weight",
        "position_out_bias",
    )
}
"""By the fields of `OverlapEncoder`."""
ENCODER_NEEDS = ("patch_embeddings", *ENCODER_ARRAYS.values())

FILES = {
    "place_ids": FileSpec("<i8", ("n",)),
    "stamps_ns": FileSpec("<i8", ("n",)),
    "camera_codes": FileSpec("<i4", ("n",)),
    "place_label_codes": FileSpec("<i4", ("n",)),
    "room_codes": FileSpec("<i4", ("n",)),
    "floor_codes": FileSpec("<i4", ("n",)),
    "source_names": FileSpec("|u1", ("bytes of names",)),
    "source_name_offsets": FileSpec("<i8", ("n+1",)),
    "map_from_base": FileSpec("<f8", ("n", 4, 4), required=False),
    "descriptors": FileSpec("<f4", ("n", "d")),
    "vocabulary": FileSpec("<f4", ("K", "D"), required=False),
    "vocabulary_1": FileSpec("<f4", ("K1", "D1"), required=False),
    "vocabulary_2": FileSpec("<f4", ("K2", "D2"), required=False),
    "vocabulary_3": FileSpec("<f4", ("K3", "D3"), required=False),
    "projection_mean": FileSpec("<f4", ("L",), required=False, needs=("projection_components",)),
    "projection_components": FileSpec("<f2", ("L", "d"), required=False, needs=("projection_mean",)),
    "projection_whitening": FileSpec("<f4", ("d",), required=False, needs=("projection_mean",)),
    "thumbnails": FileSpec("|u1", ("bytes of thumbnails",), required=False, needs=("thumbnail_offsets",)),
    "thumbnail_offsets": FileSpec("<i8", ("n+1",), required=False, needs=("thumbnails",)),
    "depth": FileSpec("<u2", ("n", DEPTH_ROWS, DEPTH_COLUMNS), required=False),
    "patch_embeddings": FileSpec("|i1", ("n", EMBEDDED_CELLS, "E"), required=False),
    "overlap_projection": FileSpec("<f4", ("P", "E"), required=False, needs=("patch_embeddings",)),
    "overlap_patch_weight": FileSpec("<f4", ("P", "E"), required=False, needs=ENCODER_NEEDS),
    "overlap_patch_bias": FileSpec("<f4", ("E",), required=False, needs=ENCODER_NEEDS),
    "overlap_position_in_weight": FileSpec("<f4", (2, "H"), required=False, needs=ENCODER_NEEDS),
    "overlap_position_in_bias": FileSpec("<f4", ("H",), required=False, needs=ENCODER_NEEDS),
    "overlap_norm_scale": FileSpec("<f4", ("H",), required=False, needs=ENCODER_NEEDS),
    "overlap_norm_shift": FileSpec("<f4", ("H",), required=False, needs=ENCODER_NEEDS),
    "overlap_position_out_weight": FileSpec("<f4", ("H", "E"), required=False, needs=ENCODER_NEEDS),
    "overlap_position_out_bias": FileSpec("<f4", ("E",), required=False, needs=ENCODER_NEEDS),
    "keypoint_offsets": FileSpec("<i8", ("n+1",), required=False, needs=KEYPOINT_NEEDS),
    "keypoint_pixels": FileSpec("<f4", ("m", 2), required=False, needs=KEYPOINT_NEEDS),
    "keypoint_descriptors": FileSpec("|u1", ("m", "k"), required=False, needs=KEYPOINT_NEEDS),
    "keypoint_descriptors_half": FileSpec("<f2", ("m", "k"), required=False, needs=KEYPOINT_NEEDS),
    "keypoint_points": FileSpec("<f4", ("m", 3), required=False, needs=KEYPOINT_NEEDS),
    "keypoint_tracks": FileSpec("<i4", ("m",), required=False, needs=KEYPOINT_NEEDS),
    "covisible_ids": FileSpec("<i8", ("n", "c"), required=False, needs=KEYPOINT_NEEDS),
}

VOCABULARIES = ("vocabulary", "vocabulary_1", "vocabulary_2", "vocabulary_3")
"""One for each member of an ensemble, by its place; a member whose aggregation needs none has none."""

KEYPOINT_FILES = tuple(name for name in FILES if FILES[name].needs == KEYPOINT_NEEDS)

NOT_COUNTED = ("thumbnails", "thumbnail_offsets", "depth", *KEYPOINT_FILES)
"""Files that the size of a keyframe is told without: pictures and depth serve people and evaluation, keypoints poses.
"""


def data_file_name(name: str, sha256: str) -> str:
    """The name a file must have: content decides it, so an old and a new map never share a name by accident."""
    return f"{name}-{sha256[:16]}.npy"


def size_mismatch(shapes: dict[str, tuple[int, ...]]) -> str | None:
    """What contradicts `FILES` or one another in these shapes, as a sentence, or None."""
    sizes: dict[str, tuple[int, str]] = {}
    for name, shape in shapes.items():
        wanted = FILES[name].shape
        if len(shape) != len(wanted):
            return f"{name} has {len(shape)} axes, expected {len(wanted)}"
        for actual, symbol in zip(shape, wanted, strict=True):
            if isinstance(symbol, int):
                if actual != symbol:
                    return f"{name} is {list(shape)}, expected {symbol} instead of {actual}"
                continue
            size, said_by = sizes.setdefault(symbol, (actual, name))
            if actual != size:
                return f"{name} is {list(shape)}, but {symbol} is {size} in {said_by}"
    n, d = (sizes[symbol][0] for symbol in ("n", "d"))
    if min(n, d) < 1:
        return "it holds no places or empty descriptors"
    empty = [name for name in VOCABULARIES if 0 in shapes.get(name, ())]
    if empty:
        return f"{empty[0]} is empty"
    if not 1 <= sizes.get("E", (1, ""))[0] <= LONGEST_EMBEDDING:
        return f"patch embeddings are {sizes['E'][0]} numbers long, expected 1 to {LONGEST_EMBEDDING}"
    if sizes["n+1"][0] != n + 1:
        return f"there are {sizes['n+1'][0]} offsets of names for {n} places, expected one more than places"
    return None
