"""What all folders share: frames whose pixels lie in files, one image (and perhaps one depth image) each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vpr_ros.core.errors import ImageError
from vpr_ros.core.records import Array, FloatArray, Frame, Intrinsics, Matrix4
from vpr_ros.sources.images.damaged_frame import naming_frame
from vpr_ros.sources.images.decode_image import decode_grey16, read_bytes, read_image
from vpr_ros.sources.images.image_header import read_header
from vpr_ros.sources.images.image_message import MILLIMETRES_PER_METRE, align_depth, metres_from_units
from vpr_ros.sources.source import FrameEntry

SECOND_NS = 10**9
"""How far apart frames count whose stamps nobody knows."""


@dataclass(frozen=True, eq=False)
class FileRow:
    """A frame before its pixels."""

    entry: FrameEntry
    image: Path
    intrinsics: Intrinsics | None = None
    depth: Path | None = None
    base_from_camera: Matrix4 | None = None


class FileSource:
    """A Source of such rows; the folders derive from it and find the rows.

    units_per_metre: of the 16-bit depth images. depth_unknown: their value that says "unknown", besides 0.
    as_stored: images are not turned by their EXIF orientation, as their calibration and poses know nothing of it.
    """

    kind = "folder"

    def __init__(
        self,
        folder: Path,
        rows: Sequence[FileRow],
        notes: Sequence[str],
        max_megapixels: float,
        *,
        units_per_metre: float = MILLIMETRES_PER_METRE,
        depth_unknown: int = 0,
        as_stored: bool = False,
    ) -> None:
        self.name = str(folder)
        self.notes = tuple(notes)
        self._rows = rows
        self._max_megapixels = max_megapixels
        self._units_per_metre = units_per_metre
        self._depth_unknown = depth_unknown
        self._as_stored = as_stored

    def entries(self) -> Sequence[FrameEntry]:
        return [row.entry for row in self._rows]

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        for number in range(len(self._rows)) if numbers is None else numbers:
            row = self._rows[number]
            with naming_frame(number, len(self._rows)):
                image = self._read_image(row)
                depth_m = self._read_depth(row, image.shape[1], image.shape[0])
            yield Frame(
                image=image,
                stamp_ns=row.entry.stamp_ns,
                camera=row.entry.camera,
                source_name=row.entry.source_name,
                intrinsics=row.intrinsics,
                depth_m=depth_m,
                map_from_base=row.entry.map_from_base,
                base_from_camera=row.base_from_camera,
                labels=row.entry.labels,
            )

    def _read_image(self, row: FileRow) -> Array:
        image = read_image(row.image, self._max_megapixels, as_stored=self._as_stored)
        height, width = image.shape[:2]
        if row.intrinsics is not None and (row.intrinsics.width, row.intrinsics.height) != (width, height):
            raise ImageError(
                f"{row.image}: the image is {width}x{height}, its calibration is for "
                f"{row.intrinsics.width}x{row.intrinsics.height}; give the images that it was made for"
            )
        return image

    def _read_depth(self, row: FileRow, width: int, height: int) -> FloatArray | None:
        if row.depth is None:
            return None
        stored = decode_grey16(read_bytes(row.depth), str(row.depth), self._max_megapixels)
        if self._depth_unknown:
            stored[stored == self._depth_unknown] = 0
        return align_depth(metres_from_units(stored, self._units_per_metre), width, height, str(row.depth))


def stored_size(path: Path) -> tuple[int, int] | None:
    """Width and height of an image file; None where it cannot be read, which is reported when its turn comes."""
    try:
        header = read_header(read_bytes(path), str(path))
    except ImageError:
        return None
    return header.width, header.height
