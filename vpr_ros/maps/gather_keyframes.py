"""What of a drive's keyframes goes into a map: one walk through the frames, described on the way.

Nothing grows with the drive but files: rows wait on disk, in the map's working folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from vpr_ros.core.describe_image import Description, ImageDescriber
from vpr_ros.core.errors import SourceError
from vpr_ros.core.place_embeddings import encode_embeddings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, FloatArray, Frame, Labels, Matrix4
from vpr_ros.core.settings import Settings
from vpr_ros.core.view_overlap import depth_on_grid
from vpr_ros.maps.geometry.make_geometry import GeometryMaker
from vpr_ros.maps.learn_vocabulary import batches_of
from vpr_ros.maps.map_format import DEPTH_COLUMNS, DEPTH_ROWS
from vpr_ros.maps.place_map import CameraCalibration
from vpr_ros.maps.write_map import MapWriter

DEPTH_SHAPE = (DEPTH_ROWS, DEPTH_COLUMNS)


@dataclass
class Keyframes:
    """What is known so far of the keyframes that were kept."""

    place_ids: list[int] = field(default_factory=list)
    stamps_ns: list[int] = field(default_factory=list)
    source_names: list[str] = field(default_factory=list)
    cameras: list[str] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    poses: list[Matrix4 | None] = field(default_factory=list)
    calibrations: dict[str, CameraCalibration] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.stamps_ns)

    def add(self, place_id: int, frame: Frame) -> None:
        self.place_ids.append(place_id)
        self.stamps_ns.append(frame.stamp_ns)
        self.source_names.append(frame.source_name)
        self.cameras.append(frame.camera)
        self.labels.append(frame.labels)
        self.poses.append(frame.map_from_base)
        # Calibration and mounting may become known only some frames into a bag.
        known = self.calibrations.get(frame.camera, CameraCalibration(frame.camera))
        self.calibrations[frame.camera] = CameraCalibration(
            frame.camera,
            frame.intrinsics if known.intrinsics is None else known.intrinsics,
            frame.base_from_camera if known.base_from_camera is None else known.base_from_camera,
        )

    def table(self) -> PlaceTable:
        posed = [pose for pose in self.poses if pose is not None]
        if posed and len(posed) < len(self.poses):
            raise SourceError(
                f"{len(self.poses) - len(posed)} of {len(self.poses)} chosen frames have no pose; "
                "choose others with --frames, or build without poses"
            )
        return PlaceTable(
            place_ids=np.array(self.place_ids, dtype=np.int64),
            stamps_ns=np.array(self.stamps_ns, dtype=np.int64),
            source_names=tuple(self.source_names),
            cameras=tuple(self.cameras),
            labels=tuple(self.labels),
            map_from_base=np.stack(posed) if posed else None,
        )


class _ScratchRows:
    """At most `count` rows on disk, reserved when the first comes: only then is it known that and how long they are."""

    def __init__(self, writer: MapWriter, name: str, count: int, dtype: npt.DTypeLike) -> None:
        self._writer, self._name, self._count, self._dtype = writer, name, count, dtype
        self._rows: Array | None = None

    def put(self, row: int, values: Array) -> None:
        if self._rows is None:
            self._rows = self._writer.scratch_array(self._name, (self._count, *values.shape), self._dtype)
        self._rows[row] = values

    def first(self, count: int) -> Array | None:
        """None where none ever came."""
        return None if self._rows is None else self._rows[:count]


@dataclass(frozen=True, eq=False)
class Gathered:
    """The keyframes that show something, a row each. descriptors: float32, whole, before any projection. codes: int8
    patch embeddings; depths: uint16 on the map's grid; None where no keyframe has any."""

    keyframes: Keyframes
    descriptors: FloatArray
    codes: Array | None
    depths: Array | None


def gather_keyframes(
    frames: Iterable[Frame],
    count: int,
    describer: ImageDescriber,
    settings: Settings,
    writer: MapWriter,
    geometry: GeometryMaker | None,
) -> Gathered:
    """At most `count` frames; those that show nothing are left out, and so leave a gap in the place ids."""
    keyframes = Keyframes()
    whole = writer.scratch_array("descriptors", (count, describer.dimension), np.float32)
    codes = _ScratchRows(writer, "embeddings", count, np.int8)
    depths = _ScratchRows(writer, "depth", count, np.uint16)
    for place_id, (frame, described) in enumerate(_described(frames, describer, settings.features.batch)):
        if described.share < settings.retrieval.min_valid_patches:
            continue
        row = keyframes.count
        whole[row] = described.descriptor
        if described.embeddings is not None:
            codes.put(row, encode_embeddings(described.embeddings))
        if frame.depth_m is not None:
            depths.put(row, depth_on_grid(frame.depth_m, DEPTH_SHAPE))
        if settings.map.thumbnail_px:
            writer.add_thumbnail(_thumbnail(frame.image, settings.map.thumbnail_px))
        if geometry is not None:
            geometry.add(frame)
        keyframes.add(place_id, frame)
    kept = keyframes.count
    return Gathered(keyframes, whole[:kept], codes.first(kept), depths.first(kept))


def _described(
    frames: Iterable[Frame], describer: ImageDescriber, batch_size: int
) -> Iterator[tuple[Frame, Description]]:
    for batch in batches_of(frames, batch_size):
        yield from zip(batch, describer.describe_batch([frame.image for frame in batch]), strict=True)


def _thumbnail(image: Array, long_side_px: int) -> Array:
    height, width = image.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
