"""Build a map from a drive: learn the vocabulary from some keyframes, describe them all, reduce, write.

Nothing grows with the drive but files: patches and long descriptors wait on disk, in the map's working folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np

from vpr_ros.core.aggregate_descriptor import aggregate_vlad
from vpr_ros.core.describe_image import valid_share
from vpr_ros.core.errors import SourceError
from vpr_ros.core.fit_vocabulary import fit_vocabulary
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import Array, Features, FloatArray, Frame, Labels, Matrix4, PatchExtractor
from vpr_ros.core.reduce_descriptor import fit_projection, reduce_descriptor
from vpr_ros.core.settings import Settings
from vpr_ros.maps.place_map import CameraCalibration, Provenance, Recipe
from vpr_ros.maps.write_map import MapWriter

PATCHES_PER_FRAME = 500
"""A vocabulary learns no more from more patches of one image."""
PROJECTION_SAMPLE = 2000
"""Keyframes that principal directions are taken from, spread over the drive."""
DEPTH_SIZE = (80, 60)
MIN_FOR_PROJECTION = 32
"""Fewer keyframes do not tell directions that matter from chance: a query of elsewhere would look as like as any."""

Item = TypeVar("Item")
Track = Callable[[Iterable[Item], str, int | None], Iterator[Item]]


@dataclass(frozen=True)
class Drive:
    """What is built from: a source's name and kind, the keyframes' numbers, and how to read frames by number."""

    name: str
    kind: str
    notes: tuple[str, ...]
    numbers: Sequence[int]
    read: Callable[[Sequence[int]], Iterator[Frame]]


@dataclass
class _Keyframes:
    """What is known so far of the keyframes that were kept."""

    stamps_ns: list[int] = field(default_factory=list)
    source_names: list[str] = field(default_factory=list)
    cameras: list[str] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    poses: list[Matrix4 | None] = field(default_factory=list)
    calibrations: dict[str, CameraCalibration] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.stamps_ns)

    def add(self, frame: Frame) -> None:
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
            place_ids=np.arange(len(self.poses), dtype=np.int64),
            stamps_ns=np.array(self.stamps_ns, dtype=np.int64),
            source_names=tuple(self.source_names),
            cameras=tuple(self.cameras),
            labels=tuple(self.labels),
            map_from_base=np.stack(posed) if posed else None,
        )


@dataclass(frozen=True)
class Built:
    """What came of a build: how many places, and remarks for a person."""

    places: int
    notes: tuple[str, ...]


def build_map(
    writer: MapWriter, drive: Drive, extractor: PatchExtractor, settings: Settings, recipe: Recipe, track: Track[Frame]
) -> Built:
    """Fill and commit the writer's map; keyframes that show nothing are left out.

    Raises SourceError when no keyframe can be described; whatever the frames raise passes through.
    """
    centres = _learn_vocabulary(writer, drive, extractor, settings, track)
    writer.put_array("vocabulary", centres)
    count = len(drive.numbers)
    whole = writer.scratch_array("descriptors", (count, centres.size), np.float32)
    depths: Array | None = None
    kept = _Keyframes()
    for frame in track(drive.read(drive.numbers), "describing keyframes", count):
        features = extractor.extract(prepare_image(frame.image, settings.image))
        if valid_share(features) < settings.retrieval.min_valid_patches:
            continue
        row = kept.count
        whole[row] = aggregate_vlad(features, centres)
        if frame.depth_m is not None:
            if depths is None:
                depths = writer.scratch_array("depth", (count, DEPTH_SIZE[1], DEPTH_SIZE[0]), np.uint16)
            depths[row] = _small_depth(frame.depth_m)
        if settings.map.thumbnail_px:
            writer.add_thumbnail(_thumbnail(frame.image, settings.map.thumbnail_px))
        kept.add(frame)
    if kept.count == 0:
        raise SourceError(_nothing_to_see(drive))
    if depths is not None:
        writer.create_array("depth", (kept.count, *depths.shape[1:]), np.uint16)[...] = depths[: kept.count]
    reduced = _write_descriptors(writer, whole[: kept.count], settings.aggregation.dimensions)
    writer.commit(
        kept.table(),
        recipe,
        Provenance(drive.name, drive.kind, drive.notes),
        cameras=tuple(kept.calibrations.values()),
        map_frame=settings.node.map_frame,
        base_frame=settings.node.base_frame,
    )
    return Built(kept.count, _remarks(count - kept.count, reduced or not settings.aggregation.dimensions))


def _remarks(blank: int, as_asked: bool) -> tuple[str, ...]:
    notes = [f"{blank} keyframes were left out: there is nothing to describe in them"] if blank else []
    if not as_asked:
        notes.append(f"no PCA: it wants {MIN_FOR_PROJECTION} different keyframes; descriptors keep their full length")
    return tuple(notes)


def _nothing_to_see(drive: Drive) -> str:
    return f"{drive.name}: none of {len(drive.numbers)} keyframes shows anything that can be described; are they blank?"


def _learn_vocabulary(
    writer: MapWriter, drive: Drive, extractor: PatchExtractor, settings: Settings, track: Track[Frame]
) -> FloatArray:
    aggregation = settings.aggregation
    numbers = _spread(drive.numbers, aggregation.vocabulary_frames)
    rng = np.random.default_rng(aggregation.seed)
    spool = writer.scratch_array("patches", (len(numbers) * PATCHES_PER_FRAME, extractor.dimension), np.float32)
    filled = 0
    for frame in track(drive.read(numbers), "learning the vocabulary", len(numbers)):
        patches = _some_patches(extractor.extract(prepare_image(frame.image, settings.image)), rng)
        spool[filled : filled + len(patches)] = patches
        filled += len(patches)
    if filled == 0:
        raise SourceError(_nothing_to_see(drive))
    batch = 64 * PATCHES_PER_FRAME

    def batches() -> Iterator[FloatArray]:
        return (spool[start : min(start + batch, filled)] for start in range(0, filled, batch))

    return fit_vocabulary(batches, aggregation.clusters, aggregation.seed)


def _some_patches(features: Features, rng: np.random.Generator) -> FloatArray:
    rows = np.flatnonzero(features.valid)
    if len(rows) > PATCHES_PER_FRAME:
        rows = rng.choice(rows, PATCHES_PER_FRAME, replace=False)
    return features.patches[rows]


def _write_descriptors(writer: MapWriter, whole: FloatArray, dimensions: int) -> bool:
    """PCA on a sample of the map, then every descriptor, a few at a time; says whether there was a PCA."""
    projection = None
    if dimensions and len(whole) >= MIN_FOR_PROJECTION:
        fitted = fit_projection(whole[_spread(range(len(whole)), PROJECTION_SAMPLE)], dimensions)
        projection = fitted if fitted.components.shape[1] else None  # none when all keyframes are the same
    if projection is not None:
        writer.put_array("projection_mean", projection.mean)
        writer.put_array("projection_components", projection.components)
    length = whole.shape[1] if projection is None else projection.components.shape[1]
    descriptors = writer.create_array("descriptors", (len(whole), length), np.float32)
    for start in range(0, len(whole), 256):
        descriptors[start : start + 256] = reduce_descriptor(whole[start : start + 256], projection)
    return projection is not None


def _spread(numbers: Sequence[int], count: int) -> list[int]:
    """At most `count` of the numbers, evenly spread."""
    positions = np.unique(np.linspace(0, len(numbers) - 1, min(count, len(numbers))).round().astype(int))
    return [numbers[position] for position in positions]


def _small_depth(depth_m: FloatArray) -> Array:
    """80x60 millimetres, nearest pixels: a mean of depths would lie where nothing is."""
    small = cv2.resize(depth_m, DEPTH_SIZE, interpolation=cv2.INTER_NEAREST)
    return np.clip(np.nan_to_num(small, posinf=0.0, neginf=0.0) * 1000, 0, 65535).round().astype(np.uint16)


def _thumbnail(image: Array, long_side_px: int) -> Array:
    height, width = image.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
