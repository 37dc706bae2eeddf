"""Write a map so that a killed build, a full disk or Ctrl-C leave what was there before.

Everything grows in a hidden working folder inside the map's directory; `commit` shows it to readers in one step.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np

import vpr_ros
from vpr_ros.core.errors import MapError
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array
from vpr_ros.core.vocabulary import VocabularyOrigin
from vpr_ros.maps.geometry.keypoint_arrays import GeometryOrigin
from vpr_ros.maps.manifest import TIME_FORMAT, Manifest
from vpr_ros.maps.map_embeddings import OverlapOrigin
from vpr_ros.maps.map_folder import locked_folder, map_folder, refuse_foreign_folder, sweep
from vpr_ros.maps.map_format import FILES, VOCABULARIES, WORKING_PREFIX
from vpr_ros.maps.map_id import checked_map_id, map_id_from_path
from vpr_ros.maps.npy_file import FileEntry, create_npy, describe_npy, npy_bytes
from vpr_ros.maps.place_map import CameraCalibration, Provenance, Recipe
from vpr_ros.maps.publish_map import publish_map
from vpr_ros.maps.storage_errors import storage_errors
from vpr_ros.maps.table_arrays import encode_table, with_uncalibrated
from vpr_ros.maps.write_blob import BlobWriter
from vpr_ros.maps.write_rows import RowsWriter

JPEG_QUALITY = 85


class MapWriter:
    """A map being made. A context manager; leaving it without `commit` leaves nothing behind.

    Making one raises MapError when the directory holds something else than a map; entering raises that too, and
    StorageError when it cannot be written or another build is at it. The builder writes descriptors and, where
    there are any, vocabularies, the arrays of the projection, depth and thumbnails; `commit` writes the places.
    """

    def __init__(self, path: Path, map_id: str | None = None) -> None:
        self.path = map_folder(path)
        refuse_foreign_folder(self.path)
        self.map_id = map_id_from_path(self.path) if map_id is None else checked_map_id(map_id)
        self._arrays: dict[str, np.memmap[Any, Any]] = {}
        self._scratch: list[Path] = []
        self._thumbnails: BlobWriter | None = None
        self._held = ExitStack()
        self._working = self.path

    def __enter__(self) -> MapWriter:
        refuse_foreign_folder(self.path)
        with ExitStack() as stack:
            stack.enter_context(locked_folder(self.path))
            stack.callback(self._clean)
            with storage_errors("the working folder", self.path):
                sweep(self.path)  # what dead builds left: we hold the lock, so nobody is using it
                self._working = self.path / f"{WORKING_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
                self._working.mkdir()
            self._held = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def create_array(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
        """A zeroed array of the map to be filled in place, on disk from the start: a map may exceed the memory.

        `commit` makes it read-only. Raises StorageError when the disk cannot hold it, ValueError when the format has
        no such array.
        """
        if name not in FILES or np.dtype(dtype).str != FILES[name].dtype:
            raise ValueError(f"a map has no array {name!r} of {np.dtype(dtype)}")
        path = self._working / f"{name}.npy"
        with storage_errors(name, self.path, npy_bytes(FILES[name].dtype, shape)):
            self._arrays[name] = create_npy(path, FILES[name].dtype, shape)
        return self._arrays[name]

    def put_array(self, name: str, array: Array) -> None:
        """A finished array of the map; floats are rounded to the format's precision."""
        wanted = FILES[name].dtype if name in FILES else array.dtype
        cast = array.astype(wanted, casting="same_kind", copy=False)
        self.create_array(name, cast.shape, cast.dtype)[...] = cast

    def scratch_array(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
        """A zeroed array for the builder's own use: on disk, gone after the build."""
        path = self._working / f"scratch-{name}"
        with storage_errors(f"scratch space for {name}", self.path, npy_bytes(np.dtype(dtype).str, shape)):
            self._scratch.append(path)
            return create_npy(path, np.dtype(dtype).str, shape, header=False)

    def scratch_rows(self, name: str, dtype: Any, columns: int) -> RowsWriter:
        """The same for rows whose number is not known yet."""
        path = self._working / f"scratch-{name}"
        with storage_errors(f"scratch space for {name}", self.path):
            self._scratch.append(path)
            return self._held.enter_context(RowsWriter(path, dtype, columns))

    def add_thumbnail(self, image: Array | None) -> None:
        """The next row's small RGB uint8 picture, in the size it shall have; None where there is none."""
        encoded = b"" if image is None else _jpeg(image)
        with storage_errors("thumbnails", self.path, len(encoded)):
            if self._thumbnails is None:
                self._thumbnails = BlobWriter(self._working / "thumbnails.npy")
            self._thumbnails.append(encoded)

    def commit(
        self,
        table: PlaceTable,
        recipe: Recipe,
        provenance: Provenance,
        vocabularies: Sequence[VocabularyOrigin | None],
        cameras: Sequence[CameraCalibration] = (),
        map_frame: str = "map",
        base_frame: str = "base_link",
        next_place_id: int | None = None,
        geometry: GeometryOrigin | None = None,
        overlap: OverlapOrigin | None = None,
    ) -> None:
        """Make this the map that the path shows from now on; nothing can be written afterwards.

        Cameras that the table names and `cameras` does not are kept without calibration. `next_place_id` is the first
        id that was never given to a place (default: after the last one). `vocabularies` says where those written came
        from, None for a member without one; `geometry` how keypoints got their points, None where there are no
        keypoints. Raises MapError when the parts contradict one another, StorageError when they cannot be stored;
        what the path showed before is then untouched.
        """
        if len(table) == 0:
            raise MapError(f"{self.path}: map not written: there is no place to put into it")
        told = [name for name, origin in zip(VOCABULARIES, vocabularies, strict=False) if origin is not None]
        missing = [name for name in ("descriptors", *told) if name not in self._arrays]
        if missing:
            raise ValueError(f"{missing[0]} was not written before commit")
        everything = with_uncalibrated(cameras, table)
        label_names, blobs = self._put_table(table, everything)
        for path in self._scratch:
            path.unlink()
        manifest = Manifest(
            map_id=self.map_id,
            created=datetime.now(timezone.utc).strftime(TIME_FORMAT),
            made_by=f"vpr_ros {vpr_ros.__version__}",
            next_place_id=int(table.place_ids[-1]) + 1 if next_place_id is None else next_place_id,
            map_frame=map_frame,
            base_frame=base_frame,
            recipe=recipe,
            provenance=provenance,
            cameras=everything,
            vocabularies=tuple(vocabularies),
            label_names=label_names,
            files=self._finish_files(blobs),
            geometry=geometry,
            overlap=overlap,
        )
        publish_map(self._working, self.path, manifest)

    def _put_table(
        self, table: PlaceTable, cameras: Sequence[CameraCalibration]
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
        """Write what is known of the places -> names of labels, and the lengths of the blobs."""
        coded = encode_table(table, cameras)
        with storage_errors("source_names", self.path), BlobWriter(self._working / "source_names.npy") as names:
            for encoded in coded.source_names:
                names.append(encoded)
            offsets = {"source_name_offsets": names.finish()}
        lengths = {"source_names": names.ends[-1]}
        if self._thumbnails is not None:
            with storage_errors("thumbnails", self.path):
                offsets["thumbnail_offsets"] = self._thumbnails.finish()
            lengths["thumbnails"] = self._thumbnails.ends[-1]
        for name, array in {**coded.arrays, **offsets}.items():
            self.put_array(name, array)
        return coded.label_names, lengths

    def _finish_files(self, blobs: dict[str, int]) -> dict[str, FileEntry]:
        """Everything on the disk, each file under the name it will keep."""
        shapes = {name: array.shape for name, array in self._arrays.items()}
        entries = {}
        for name, shape in {**shapes, **{name: (length,) for name, length in blobs.items()}}.items():
            path = self._working / f"{name}.npy"
            with storage_errors(name, self.path):
                if name in self._arrays:
                    self._arrays[name].flush()
                    self._arrays[name].flags.writeable = False
                entries[name] = describe_npy(path, name, FILES[name].dtype, shape)
                path.rename(self._working / entries[name].file)
        return entries

    def _clean(self) -> None:
        if self._thumbnails is not None:
            self._thumbnails.close()
        with suppress(OSError):  # what cannot be removed now is removed by the next build
            sweep(self.path)


def _jpeg(image: Array) -> bytes:
    done, encoded = cv2.imencode(
        ".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not done:
        raise ValueError(f"cannot encode a thumbnail of {image.shape} {image.dtype}")
    return bytes(encoded)
