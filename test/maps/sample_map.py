"""A small map with everything in it, for the tests of this folder and for the child processes they start."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.core.errors import MapError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Intrinsics, Labels
from vpr_ros.core.reduce_descriptor import fit_projection, reduce_descriptor
from vpr_ros.core.vocabulary import VocabularyOrigin
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import CameraCalibration, PlaceMap, Provenance, Recipe
from vpr_ros.maps.write_map import MapWriter

CLUSTERS, DIMENSION = 3, 4
RECIPE = Recipe(
    image={"long_side_px": 320},
    features={"name": "dense_sift", "dense_sift": {"bin_sizes_px": [4, 6]}},
    aggregation={"name": "vlad", "clusters": CLUSTERS},
    fingerprint={"name": "dense_sift", "version": 1, "ratio": 0.1},
)
ORIGIN = VocabularyOrigin("map", "sample", ("drive.mcap",), RECIPE.fingerprint)
PROVENANCE = Provenance("drive.mcap", "rosbag2", ("took /camera/image_raw", "größere Lücke"))
CAMERAS = (
    CameraCalibration(
        "front",
        Intrinsics(
            np.array([[300.5, 0, 160], [0, 301.25, 120], [0, 0, 1]]), 320, 240, "plumb_bob", (0.1, -0.01, 0, 0, 0)
        ),
        planar_pose(0.1, 0.0, 0.3, z=0.5),
    ),
)


def sample_table(places: int = 6, poses: bool = True, first_id: int = 0) -> PlaceTable:
    """Ids with a gap, two cameras, names that are hard to write down, some labels."""
    ids = np.arange(first_id, first_id + places)
    ids[places // 2 :] += 3
    rows = range(places)
    return PlaceTable(
        place_ids=ids,
        stamps_ns=1_700_000_000_000_000_123 + np.arange(places) * 500_000_000,
        source_names=tuple(
            ("a\nb.png", "", "küche 1.jpg", b"\xff\xfe.jpg".decode("utf-8", "surrogateescape"))[i % 4] for i in rows
        ),
        cameras=tuple(("front", "phone")[i % 2] for i in rows),
        labels=tuple(Labels(None, ("kitchen", "Büro", None)[i % 3], ("ground", "first")[i % 2]) for i in rows),
        map_from_base=np.stack([planar_pose(i, 0.5 * i, 0.1 * i) for i in rows]) if poses else None,
    )


def write_sample_map(
    path: Path,
    places: int = 6,
    seed: int = 0,
    everything: bool = True,
    before_commit: Callable[[MapWriter], object] = id,
    **commit: Any,
) -> PlaceTable:
    """Write it; without `everything` only what a map must have."""
    rng = np.random.default_rng(seed)
    table = sample_table(places, poses=everything)
    vectors = rng.normal(size=(places, CLUSTERS * DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = 0 if not everything else vectors[0]
    with MapWriter(path) as writer:
        if everything:
            projection = fit_projection(vectors, 5)
            writer.put_array("projection_mean", projection.mean)
            writer.put_array("projection_components", projection.components)
            vectors = reduce_descriptor(vectors, projection)
            depth = writer.create_array("depth", (places, 60, 80), np.uint16)
            depth[...] = rng.integers(0, 5000, depth.shape)
            for row in range(places):
                writer.add_thumbnail(None if row == 1 else np.full((12, 16, 3), (200, 100, 40), np.uint8))
        descriptors = writer.create_array("descriptors", vectors.shape, np.float32)
        descriptors[...] = vectors
        writer.put_array("vocabulary", rng.normal(size=(CLUSTERS, DIMENSION)))
        before_commit(writer)
        writer.commit(table, RECIPE, PROVENANCE, [ORIGIN], CAMERAS, **commit)
    return table


def same_map(a: PlaceMap, b: PlaceMap) -> bool:
    """Whether two open maps say the same, wherever they lie."""
    return _plain(a) == _plain(b)


def refusal_of(folder: Path) -> str | None:
    """What opening says when it refuses, None when it opens; any other exception is a bug and passes."""
    try:
        open_map(folder)
    except MapError as error:
        return str(error)
    return None


def resign(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest as somebody would who keeps its checksum right."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    write_signed(path, content)


def write_signed(path: Path, content: Any) -> None:
    """JSON with the checksum that docs/map_format.md asks for."""
    if isinstance(content, dict) and "manifest_sha256" in content:
        content["manifest_sha256"] = content.pop("manifest_sha256")
    text = json.dumps(content, indent=1) + "\n"
    text = re.sub(r'"manifest_sha256": "[0-9a-f]{64}"\n}\n$', f'"manifest_sha256": "{"0" * 64}"\n}}\n', text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(re.sub(r'0{64}"\n}\n$', f'{digest}"\n}}\n', text))


def rewrite_array(folder: Path, name: str, array: np.ndarray) -> None:
    """Replace an array as somebody would who keeps every checksum right."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / manifest["files"][name]["file"]).unlink()
    dtype = np.dtype(manifest["files"][name]["dtype"])
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {array.shape!r}, }}"
    data = b"\x93NUMPY\x01\x00\x76\x00" + f"{text:<117}\n".encode() + array.astype(dtype).tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    file = f"{name}-{sha256[:16]}.npy"
    (folder / file).write_bytes(data)
    entry = {"file": file, "sha256": sha256, "bytes": len(data), "dtype": dtype.str, "shape": list(array.shape)}
    resign(folder, lambda content: content["files"].update({name: entry}))


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__ if name != "path"}
    return value
