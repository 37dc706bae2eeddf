"""manifest.json: everything of a map that is not an array, and the checksums of the arrays.

Its own checksum stands in its last field: the SHA-256 of the file with that field's digits replaced by zeros.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from vpr_ros.core.vocabulary import VocabularyOrigin
from vpr_ros.maps.camera_json import camera_of_json, json_of_camera
from vpr_ros.maps.checked_json import Fields, loads_strictly
from vpr_ros.maps.geometry.keypoint_arrays import GeometryOrigin, geometry_of_json
from vpr_ros.maps.map_embeddings import OverlapOrigin, json_of_overlap, overlap_of_json
from vpr_ros.maps.map_format import (
    FILES,
    FORMAT,
    FORMAT_VERSION,
    MAP_ID,
    VOCABULARIES,
    data_file_name,
    size_mismatch,
)
from vpr_ros.maps.npy_file import FileEntry
from vpr_ros.maps.origin_json import origin_of_json
from vpr_ros.maps.place_map import CameraCalibration, Provenance, Recipe

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
LABEL_KINDS = ("places", "rooms", "floors")
_ZEROS = "0" * 64
_OWN_CHECKSUM = re.compile(rb'"manifest_sha256": "([0-9a-f]{64})"\n}\n\Z')


@dataclass(frozen=True, eq=False)
class Manifest:
    """The content of manifest.json. `label_names` are the names that label codes count in, by kind."""

    map_id: str
    created: str
    made_by: str
    next_place_id: int
    map_frame: str
    base_frame: str
    recipe: Recipe
    provenance: Provenance
    cameras: tuple[CameraCalibration, ...]
    vocabularies: tuple[VocabularyOrigin | None, ...]
    label_names: dict[str, tuple[str, ...]]
    files: dict[str, FileEntry]
    geometry: GeometryOrigin | None = None
    overlap: OverlapOrigin | None = None


class TooNewError(ValueError):
    """Nothing is wrong with the map: this software is too old to read it."""


def manifest_text(manifest: Manifest) -> str:
    """The file's content. Raises ValueError or TypeError when a value is not plain, finite JSON."""
    shapes = {name: entry.shape for name, entry in manifest.files.items()}
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "map_id": manifest.map_id,
        "created": manifest.created,
        "made_by": manifest.made_by,
        "counts": {"places": shapes["place_ids"][0], "descriptor_size": shapes["descriptors"][1]},
        "next_place_id": manifest.next_place_id,
        "frames": {"map": manifest.map_frame, "base": manifest.base_frame},
        "vocabularies": [None if origin is None else vars(origin) for origin in manifest.vocabularies],
        "recipe": {name: dict(getattr(manifest.recipe, name)) for name in Recipe.__dataclass_fields__},
        "provenance": {
            "source": manifest.provenance.source,
            "kind": manifest.provenance.kind,
            "notes": manifest.provenance.notes,
        },
        "cameras": [json_of_camera(camera) for camera in manifest.cameras],
        "label_names": manifest.label_names,
        "geometry": None if manifest.geometry is None else vars(manifest.geometry),
        "overlap": json_of_overlap(manifest.overlap),
        "files": {name: vars(entry) for name, entry in manifest.files.items()},
        "manifest_sha256": _ZEROS,
    }
    # Escaped to ASCII: names that are no proper Unicode survive, and no editor or copy changes a byte.
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    end = f'{_ZEROS}"\n}}\n'
    return text[: -len(end)] + hashlib.sha256(text.encode()).hexdigest() + end[len(_ZEROS) :]


def parse_manifest(content: bytes) -> Manifest:
    """The manifest in these bytes. Raises ValueError saying what is wrong, TooNewError when only the reader is."""
    top = Fields(loads_strictly(content.decode()), "")
    if top.text("format") != FORMAT:
        raise ValueError(f"format is not {FORMAT!r}")
    version = top.whole("format_version", 1)
    if version > FORMAT_VERSION:
        raise TooNewError(f"is of format version {version}, this vpr_ros reads up to version {FORMAT_VERSION}")
    top.text("manifest_sha256")
    _check_own_checksum(content)
    manifest = _manifest_of(top, version)
    top.done()
    return manifest


def _check_own_checksum(content: bytes) -> None:
    found = _OWN_CHECKSUM.search(content)
    if found is None:
        raise ValueError("does not end with its checksum")
    zeroed = content[: found.start(1)] + _ZEROS.encode() + content[found.end(1) :]
    if hashlib.sha256(zeroed).hexdigest().encode() != found[1]:
        raise ValueError("is damaged or was edited: its checksum differs")


def _manifest_of(top: Fields, version: int) -> Manifest:
    files = _files(top.fields("files"))
    counts = top.fields("counts")
    if counts.whole("places", 1) != files["place_ids"].shape[0]:
        raise ValueError("counts.places contradicts the shape of place_ids")
    if counts.whole("descriptor_size", 1) != files["descriptors"].shape[1]:
        raise ValueError("counts.descriptor_size contradicts the shape of descriptors")
    counts.done()
    map_id = top.text("map_id")
    if not MAP_ID.fullmatch(map_id):
        raise ValueError(f"map_id {map_id!r} cannot name ROS frames")
    created = top.text("created")
    datetime.strptime(created, TIME_FORMAT)
    frames = top.fields("frames")
    recipe = _recipe(top.fields("recipe"), version)
    provenance = _provenance(top.fields("provenance"))
    manifest = Manifest(
        map_id=map_id,
        created=created,
        made_by=top.text("made_by"),
        next_place_id=top.whole("next_place_id", 1),
        map_frame=_not_empty(frames, "map"),
        base_frame=_not_empty(frames, "base"),
        recipe=recipe,
        provenance=provenance,
        cameras=tuple(camera_of_json(fields) for fields in top.objects("cameras")),
        vocabularies=_vocabularies(top, files)
        if version > 1
        else (VocabularyOrigin("map", map_id, (provenance.source,), recipe.fingerprint),),
        label_names=_label_names(top.fields("label_names")),
        files=files,
        geometry=_geometry(top, files) if version > 2 else None,
        overlap=overlap_of_json(top, files, recipe.fingerprint) if version > 2 else None,
    )
    frames.done()
    _refuse_repeats([camera.name for camera in manifest.cameras], "cameras")
    return manifest


def _files(fields: Fields) -> dict[str, FileEntry]:
    names = fields.names()
    unknown = [name for name in names if name not in FILES]
    if unknown:
        raise TooNewError(f"names the file {unknown[0]!r}, which this vpr_ros does not know")
    for name, spec in FILES.items():
        wanted = (name,) if spec.required else spec.needs if name in names else ()
        missing = [each for each in wanted if each not in names]
        if missing:
            raise ValueError(f"names no file for {missing[0]}")
    entries = {name: _file(fields.fields(name), name) for name in names}
    mismatch = size_mismatch({name: entry.shape for name, entry in entries.items()})
    if mismatch:
        raise ValueError(mismatch)
    return entries


def _file(fields: Fields, name: str) -> FileEntry:
    shape = fields.numbers("shape", (-1,))
    if not all(0 <= length < 2**40 and length == int(length) for length in shape):
        raise ValueError(f"the shape of {name} is no list of lengths")
    entry = FileEntry(
        file=fields.text("file"),
        sha256=fields.text("sha256"),
        bytes=fields.whole("bytes", 0),
        dtype=fields.text("dtype"),
        shape=tuple(int(length) for length in shape),
    )
    fields.done()
    if not re.fullmatch(r"[0-9a-f]{64}", entry.sha256):
        raise ValueError(f"the checksum of {name} is not 64 hexadecimal digits")
    if entry.file != data_file_name(name, entry.sha256):
        raise ValueError(f"file {entry.file!r} is not named after {name} and its checksum")
    if entry.dtype != FILES[name].dtype:
        raise ValueError(f"{name} is of type {entry.dtype!r}, expected {FILES[name].dtype!r}")
    return entry


def _recipe(fields: Fields, version: int) -> Recipe:
    names = [name for name in Recipe.__dataclass_fields__ if version > 1 or name != "ensemble"]
    recipe = Recipe(**{name: fields.take(name, dict) for name in names})
    fields.done()
    return recipe


def _provenance(fields: Fields) -> Provenance:
    provenance = Provenance(fields.text("source"), fields.text("kind"), fields.texts("notes"))
    fields.done()
    return provenance


def _vocabularies(top: Fields, files: Mapping[str, FileEntry]) -> tuple[VocabularyOrigin | None, ...]:
    origins = tuple(
        None if fields is None else origin_of_json(fields) for fields in top.optional_objects("vocabularies")
    )
    if not 0 < len(origins) <= len(VOCABULARIES):
        raise ValueError(f"vocabularies lists {len(origins)}, expected 1 to {len(VOCABULARIES)}")
    for name, origin in zip_longest(VOCABULARIES, origins):
        if (name in files) != (origin is not None):
            raise ValueError(f"vocabularies and files disagree on whether there is a {name}")
    return origins


def _geometry(top: Fields, files: Mapping[str, FileEntry]) -> GeometryOrigin | None:
    if not top.is_null("geometry"):
        return geometry_of_json(top.fields("geometry"), files)
    if "keypoint_offsets" in files:
        raise ValueError("files names keypoint_offsets, but geometry is null")
    return None


def _label_names(fields: Fields) -> dict[str, tuple[str, ...]]:
    names = {kind: fields.texts(kind) for kind in LABEL_KINDS}
    fields.done()
    for kind, values in names.items():
        _refuse_repeats(values, f"label_names.{kind}")
    return names


def _not_empty(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if not text:
        raise ValueError(f"field {fields.path(name)} is empty")
    return text


def _refuse_repeats(names: Any, where: str) -> None:
    if len(set(names)) != len(names):
        raise ValueError(f"{where} names something twice")
