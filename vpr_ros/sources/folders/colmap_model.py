"""A COLMAP model: what structure from motion made of a set of images, with the images beside it. Base = camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import invert_pose, pose_matrix
from vpr_ros.core.pose.observed_points import ObservedPoints
from vpr_ros.core.records import Labels, Matrix4
from vpr_ros.sources.folders.colmap_camera import intrinsics_from_colmap
from vpr_ros.sources.folders.colmap_files import ColmapFiles, ColmapImage, find_model, read_model
from vpr_ros.sources.folders.colmap_points import read_observed_points
from vpr_ros.sources.folders.file_source import SECOND_NS, FileRow, FileSource
from vpr_ros.sources.natural_order import natural_key
from vpr_ros.sources.source import FrameEntry, SourceOptions
from vpr_ros.sources.stamp_text import stamps_from_names

_LOOKED_UP = 3
"""Folders above the model that may hold `images`: model/sparse/0 lies two below it."""


def is_colmap_model(folder: Path) -> bool:
    """Whether it, or sparse/0 or sparse in it, holds cameras and images, .bin or .txt."""
    return find_model(folder) is not None


class ColmapModel(FileSource):
    """The model's images that are there, in natural order of their names, as a Source."""

    kind = "COLMAP model"

    def __init__(self, folder: Path, options: SourceOptions) -> None:
        model = read_model(find_model(folder) or folder)
        if not model.images:
            raise SourceError(f"{model.folder}: the COLMAP model holds no image with a pose")
        by_name = {_inside(model, image): image for image in model.images}
        names = sorted(by_name, key=natural_key)
        images = _find_images(model.folder, names, options.images)
        there = [name for name in names if (images / name).is_file()]
        if not there:
            raise SourceError(
                f"{images}: holds none of the {len(names)} images of the COLMAP model, such as {names[0].as_posix()!r}"
            )
        stamps_ns = stamps_from_names([name.stem for name in there])
        rows = _rows(model, images, there, by_name, stamps_ns)
        notes = _remarks(model.folder, images, len(names), len(rows), stamped=stamps_ns is not None)
        super().__init__(folder, rows, notes, options.max_megapixels, as_stored=True)
        self._model = model.folder
        self._points: dict[str, ObservedPoints] | None = None

    def observed_points(self, source_name: str) -> ObservedPoints | None:
        """The model's own points in one of its images, None where it has none. The first call reads them all.

        Raises SourceError when the files of the points are damaged.
        """
        if self._points is None:
            self._points = read_observed_points(self._model)
        return self._points.get(source_name)


def _rows(
    model: ColmapFiles,
    images: Path,
    names: Sequence[Path],
    by_name: Mapping[Path, ColmapImage],
    stamps_ns: Sequence[int] | None,
) -> list[FileRow]:
    used = sorted({by_name[name].camera_id for name in names})
    unknown = next((camera_id for camera_id in used if camera_id not in model.cameras), None)
    if unknown is not None:
        raise SourceError(f"{model.folder}: an image is of camera {unknown}, which the model does not hold")
    intrinsics = {camera_id: intrinsics_from_colmap(model.cameras[camera_id], str(model.folder)) for camera_id in used}
    rows = []
    for number, name in enumerate(names):
        image = by_name[name]
        stamp_ns = number * SECOND_NS if stamps_ns is None else stamps_ns[number]
        camera = "camera" if len(used) == 1 else f"camera_{image.camera_id}"
        pose = _map_from_camera(model.folder, image)
        entry = FrameEntry(number, stamp_ns, name.as_posix(), camera, pose, Labels(), has_stamp=stamps_ns is not None)
        rows.append(FileRow(entry, images / name, intrinsics[image.camera_id], base_from_camera=np.eye(4)))
    return rows


def _inside(model: ColmapFiles, image: ColmapImage) -> Path:
    """Its name as a path; it leads out of no folder, as a model is data, perhaps of others."""
    name = Path(image.name)
    if name.is_absolute() or ".." in name.parts or not name.parts:
        raise SourceError(f"{model.folder}: image name {image.name!r} leads out of the folder of images")
    return name


def _map_from_camera(where: Path, image: ColmapImage) -> Matrix4:
    values = np.array(image.camera_from_world)
    try:
        if not np.isfinite(values).all():
            raise ValueError("a number in it is not finite")
        return invert_pose(pose_matrix(values[4:], values[[1, 2, 3, 0]]))
    except ValueError as error:
        raise SourceError(f"{where}: image {image.name!r} has no pose: {error}") from error


def _find_images(where: Path, names: Sequence[Path], given: Path | None) -> Path:
    if given is not None:
        if not given.is_dir():
            raise SourceError(f"--images {given}: no such folder")
        return given
    above = [where, *where.resolve().parents[:_LOOKED_UP]]
    looked = [*(folder / "images" for folder in above), *above]
    found = next((folder for folder in looked if any((folder / name).is_file() for name in names[:10])), None)
    if found is None:
        raise SourceError(
            f"{where}: the images of the COLMAP model, such as {names[0].as_posix()!r}, lie neither in images/ nor "
            "beside it; say where: --images DIR"
        )
    return found


def _remarks(where: Path, images: Path, registered: int, there: int, *, stamped: bool) -> list[str]:
    notes = [
        f"COLMAP model {where}, images in {images}; base = camera",
        "its world has no known scale, north or up unless it was aligned (`colmap model_aligner`): distances in "
        "settings and results are in its units, which may not be metres",
    ]
    if not stamped:
        notes.append("file names are no stamps: frames count as 1 s apart")
    if there < registered:
        notes.append(f"{registered - there} of the model's {registered} images are not there and are left out")
    return notes
