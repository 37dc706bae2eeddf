"""Open a map, believing nothing: a damaged, incomplete, foreign or newer one is an error that says what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vpr_ros.core.errors import MapError
from vpr_ros.core.records import Array
from vpr_ros.core.reduce_descriptor import Projection
from vpr_ros.core.vocabulary import Vocabulary
from vpr_ros.maps.check_arrays import check_arrays
from vpr_ros.maps.geometry.keypoint_arrays import check_keypoints, keypoint_arrays
from vpr_ros.maps.manifest import Manifest, TooNewError, parse_manifest
from vpr_ros.maps.map_embeddings import map_embeddings
from vpr_ros.maps.map_folder import map_folder
from vpr_ros.maps.map_format import MANIFEST, VOCABULARIES, WORKING_PREFIX
from vpr_ros.maps.npy_file import read_npy
from vpr_ros.maps.place_map import EncodedImages, PlaceMap
from vpr_ros.maps.table_arrays import LABEL_ARRAYS, decode_table

REBUILD = "restore it from a copy or build the map again with `vpr map build`"


class DefectError(Exception):
    """What is wrong with a file of a map, and what to do; callers make it the MapError of what they were asked."""

    def __init__(self, path: Path, what: object, remedy: str = REBUILD) -> None:
        super().__init__(f"{path}: {' '.join(str(what).split())}; {remedy}")
        self.what = f"{path.name}: {what}"


def open_map(path: Path) -> PlaceMap:
    """The map at a path (`~` is expanded), every field and file checked. Raises MapError, one line."""
    folder = map_folder(path)
    content = _read_manifest(folder)
    while True:
        try:
            return load_map(folder, content)
        except DefectError as defect:
            # A build may have replaced the map between our reading its manifest and its files.
            before, content = content, _read_manifest(folder)
            if content == before:
                raise MapError(str(defect)) from defect


def load_map(folder: Path, content: bytes) -> PlaceMap:
    """The map of a manifest with this content, its files in `folder`. Raises DefectError."""
    try:
        manifest = parse_manifest(content)
    except TooNewError as error:
        remedy = "upgrade vpr_ros or build the map with this version"
        raise DefectError(folder / MANIFEST, error, remedy) from error
    except UnicodeDecodeError as error:
        raise DefectError(folder / MANIFEST, "is no UTF-8 text") from error
    except ValueError as error:
        raise DefectError(folder / MANIFEST, error) from error
    arrays = {name: _read_array(folder, manifest, name) for name in manifest.files}
    counts = {name: len(manifest.label_names[kind]) for name, kind in LABEL_ARRAYS.items()}
    try:
        check_arrays(arrays, manifest.next_place_id, {"camera_codes": len(manifest.cameras), **counts})
        check_keypoints(arrays, _image_sizes(manifest))
        projection = _projection(arrays)
    except ValueError as error:
        raise DefectError(folder, error) from error
    return _assemble(folder, manifest, arrays, projection, len(content))


def _read_manifest(folder: Path) -> bytes:
    manifest = folder / MANIFEST
    try:
        if manifest.is_file():
            return manifest.read_bytes()
        if not folder.is_dir():
            what = "is a file, a map is a directory" if folder.exists() else "there is no such map"
            raise MapError(f"{folder}: {what}; make one with `vpr map build SOURCE -o MAP`")
        if any(entry.name.startswith(WORKING_PREFIX) for entry in folder.iterdir()):
            raise MapError(f"{folder}: its build is still running or was interrupted; run `vpr map build` again")
    except OSError as error:
        raise MapError(f"{manifest}: cannot be read: {error.strerror}; fix that or {REBUILD}") from error
    raise MapError(f"{folder}: holds no {MANIFEST}, so it is no map; name a map, or {REBUILD}")


def _read_array(folder: Path, manifest: Manifest, name: str) -> Array:
    path = folder / manifest.files[name].file
    try:
        return read_npy(path, manifest.files[name])
    except FileNotFoundError as error:
        raise DefectError(path, "this file of the map is missing") from error
    except OSError as error:
        raise DefectError(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DefectError(path, error) from error


def _projection(arrays: dict[str, Array]) -> Projection | None:
    if "projection_mean" not in arrays:
        return None
    components = arrays["projection_components"].astype(np.float32)
    # Half-precision numbers are at most 65504, so their sum is finite exactly when each of them is.
    if not np.isfinite(components.sum(dtype=np.float64)):
        raise ValueError("projection_components holds numbers that are not finite")
    return Projection(arrays["projection_mean"], components, arrays.get("projection_whitening"))


def _image_sizes(manifest: Manifest) -> dict[int, tuple[int, int]]:
    """(width, height) of the images of each calibrated camera, by its code."""
    return {
        code: (camera.intrinsics.width, camera.intrinsics.height)
        for code, camera in enumerate(manifest.cameras)
        if camera.intrinsics is not None
    }


def _assemble(
    folder: Path, manifest: Manifest, arrays: dict[str, Array], projection: Projection | None, manifest_bytes: int
) -> PlaceMap:
    has_thumbnails = "thumbnails" in arrays
    return PlaceMap(
        path=folder,
        map_id=manifest.map_id,
        recipe=manifest.recipe,
        table=decode_table(arrays, manifest.label_names, manifest.cameras),
        descriptors=arrays["descriptors"],
        vocabularies=tuple(
            None if origin is None else Vocabulary(arrays[name], origin)
            for name, origin in zip(VOCABULARIES, manifest.vocabularies, strict=False)
        ),
        projection=projection,
        map_frame=manifest.map_frame,
        base_frame=manifest.base_frame,
        cameras=manifest.cameras,
        provenance=manifest.provenance,
        created=manifest.created,
        made_by=manifest.made_by,
        next_place_id=manifest.next_place_id,
        thumbnails=EncodedImages(arrays["thumbnails"], arrays["thumbnail_offsets"]) if has_thumbnails else None,
        depth=arrays.get("depth"),
        keypoints=keypoint_arrays(arrays, manifest.geometry),
        embeddings=map_embeddings(arrays, manifest.overlap),
        file_bytes={"manifest": manifest_bytes, **{name: entry.bytes for name, entry in manifest.files.items()}},
    )
