"""From a working folder with finished files to the map that readers see: one step that happens or does not."""

from __future__ import annotations

import os
from pathlib import Path

from vpr_ros.core.errors import MapError
from vpr_ros.maps.manifest import Manifest, manifest_text
from vpr_ros.maps.map_format import MANIFEST
from vpr_ros.maps.open_map import DefectError, load_map
from vpr_ros.maps.storage_errors import storage_errors


def publish_map(working: Path, folder: Path, manifest: Manifest) -> None:
    """`working` holds the files that the manifest names. Raises MapError when no reader would open them, StorageError.

    What the old manifest named stays in `folder`, for the holder of the lock to sweep.
    """
    try:
        content = manifest_text(manifest).encode()
    except (TypeError, ValueError) as error:
        raise MapError(f"{folder}: map not written: its manifest is not plain JSON: {error}") from error
    try:
        load_map(working, content)
    except DefectError as defect:
        raise MapError(f"{folder}: map not written, for it could not be opened: {defect.what}") from defect
    with storage_errors("the manifest", folder, len(content)):
        with (working / MANIFEST).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        for entry in manifest.files.values():
            (working / entry.file).replace(folder / entry.file)
        _sync_directory(folder)  # the data must be there before the manifest that names it
        (working / MANIFEST).replace(folder / MANIFEST)
        _sync_directory(folder)


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
