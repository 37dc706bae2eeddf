"""A vocabulary alone in a file, to be shipped between maps: `.npz` without pickle, its origin as JSON inside."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
import zlib
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import MapError
from vpr_ros.core.records import Array
from vpr_ros.core.vocabulary import Vocabulary
from vpr_ros.maps.checked_json import Fields, loads_strictly
from vpr_ros.maps.map_format import MANIFEST
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.origin_json import origin_of_json
from vpr_ros.maps.storage_errors import storage_errors

FORMAT = "vpr_vocabulary"
FORMAT_VERSION = 1
DAMAGES = (ValueError, KeyError, EOFError, RuntimeError, MemoryError, OverflowError, zipfile.BadZipFile, zlib.error)
"""What zipfile and numpy raise over bytes that are wrong: bits that say encrypted, compressed, or of endless length."""


def write_vocabulary(path: Path, vocabulary: Vocabulary) -> None:
    """Write it in one step: a file that was there is replaced only by a whole one. Raises StorageError."""
    origin = vocabulary.origin
    about = json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **vars(origin)}, allow_nan=False)
    content = io.BytesIO()
    np.savez(content, centres=vocabulary.centres, about=np.frombuffer(about.encode(), np.uint8))
    working = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with storage_errors("the vocabulary", path):
        try:
            working.write_bytes(content.getvalue())
            working.replace(path)
        finally:
            working.unlink(missing_ok=True)


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in a file, or that of a map's first member. Raises MapError, one line."""
    if (path / MANIFEST).is_file():
        found = next((each for each in open_map(path).vocabularies if each is not None), None)
        if found is None:
            raise MapError(f"{path}: this map's descriptors need no vocabulary, so it has none to lend")
        return found
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):  # numpy would advise to trust it
                raise ValueError("no .npz file")
        with np.load(path, allow_pickle=False) as content:
            return _checked(content["centres"], bytes(content["about"]))
    except OSError as error:
        raise MapError(f"{path}: vocabulary cannot be read: {error.strerror or error}") from error
    except DAMAGES as error:
        what = " ".join(str(error).split())
        raise MapError(
            f"{path}: is no vocabulary, or a damaged one ({what}); make one with `vpr train vocabulary`"
        ) from error


def _checked(centres: Array, about: bytes) -> Vocabulary:
    top = Fields(loads_strictly(about.decode()), "")
    if top.text("format") != FORMAT:
        raise ValueError(f"format is not {FORMAT!r}")
    top.whole("format_version", 1, FORMAT_VERSION)
    origin = origin_of_json(top)
    if centres.dtype != np.float32 or centres.ndim != 2 or 0 in centres.shape or not np.isfinite(centres).all():
        raise ValueError("centres are no table of finite float32 numbers")
    return Vocabulary(centres, origin)
