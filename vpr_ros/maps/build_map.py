"""Build a map from a drive: learn the vocabulary from some keyframes, describe them all, reduce, write.

Nothing grows with the drive but files: patches and long descriptors wait on disk, in the map's working folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np

from vpr_ros.core.describe_image import Description, ImageDescriber
from vpr_ros.core.errors import SourceError
from vpr_ros.core.place_embeddings import encode_embeddings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Array, FloatArray, Frame, Labels, Matrix4
from vpr_ros.core.reduce_descriptor import fit_projection, reduce_descriptor
from vpr_ros.core.settings import AggregationSettings, Settings
from vpr_ros.core.spread import spread
from vpr_ros.core.view_overlap import depth_on_grid
from vpr_ros.core.vocabulary import Vocabulary, VocabularyOrigin
from vpr_ros.maps.geometry.make_geometry import GeometryMaker, PointMakers
from vpr_ros.maps.ingredients import Ingredients, make_describer
from vpr_ros.maps.learn_vocabulary import batches_of, learn_vocabularies, nothing_to_see
from vpr_ros.maps.map_embeddings import Embedding
from vpr_ros.maps.map_format import DEPTH_COLUMNS, DEPTH_ROWS, VOCABULARIES
from vpr_ros.maps.place_map import CameraCalibration, Provenance, Recipe
from vpr_ros.maps.write_embeddings import write_embeddings
from vpr_ros.maps.write_map import MapWriter

PROJECTION_SAMPLE = 2000
"""Keyframes that principal directions are taken from, spread over the drive."""
DEPTH_SHAPE = (DEPTH_ROWS, DEPTH_COLUMNS)
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


@dataclass(frozen=True)
class Built:
    """What came of a build: how many places, and remarks for a person."""

    places: int
    notes: tuple[str, ...]


def build_map(
    writer: MapWriter,
    drive: Drive,
    ingredients: Ingredients,
    settings: Settings,
    recipe: Recipe,
    track: Track[Frame],
    embedding: Embedding | None = None,
    points: PointMakers | None = None,
) -> Built:
    """Fill and commit the writer's map, with patch embeddings where `embedding` is given and keypoints where `points`
    is; keyframes that show nothing are left out.

    A place's id is its keyframe's index among those chosen, so what is left out leaves a gap, and lists of places that
    somebody made from the chosen frames still hold.

    Raises SourceError when no keyframe can be described; whatever the frames raise passes through.
    """
    vocabularies = _vocabularies(writer, drive, ingredients, settings, track)
    for name, vocabulary in zip(VOCABULARIES, vocabularies, strict=False):
        if vocabulary is not None:
            writer.put_array(name, vocabulary.centres)
    embedder = None if embedding is None else embedding.embedder
    describer = make_describer(ingredients, settings, vocabularies, None, embedder)
    count = len(drive.numbers)
    whole = writer.scratch_array("descriptors", (count, describer.dimension), np.float32)
    depths: Array | None = None
    codes: Array | None = None
    kept = _Keyframes()
    geometry = None if points is None else GeometryMaker(points, writer)
    frames = track(drive.read(drive.numbers), "describing keyframes", count)
    for place_id, (frame, described) in enumerate(_described(frames, describer, settings.features.batch)):
        if described.share < settings.retrieval.min_valid_patches:
            continue
        row = kept.count
        whole[row] = described.descriptor
        if described.embeddings is not None:
            code = encode_embeddings(described.embeddings)
            if codes is None:
                codes = writer.scratch_array("embeddings", (count, *code.shape), np.int8)
            codes[row] = code
        if frame.depth_m is not None:
            if depths is None:
                depths = writer.scratch_array("depth", (count, *DEPTH_SHAPE), np.uint16)
            depths[row] = depth_on_grid(frame.depth_m, DEPTH_SHAPE)
        if settings.map.thumbnail_px:
            writer.add_thumbnail(_thumbnail(frame.image, settings.map.thumbnail_px))
        if geometry is not None:
            geometry.add(frame)
        kept.add(place_id, frame)
    if kept.count == 0:
        raise SourceError(nothing_to_see(drive.name, count))
    if depths is not None:
        writer.create_array("depth", (kept.count, *depths.shape[1:]), np.uint16)[...] = depths[: kept.count]
    overlap = None
    if embedding is not None and codes is not None:
        overlap = write_embeddings(writer, codes[: kept.count], embedding)
    reduced = _write_descriptors(writer, whole[: kept.count], settings.aggregation)
    table = kept.table()
    made = None if geometry is None else geometry.finish(table.place_ids, whole[: kept.count], track)
    writer.commit(
        table,
        recipe,
        Provenance(drive.name, drive.kind, drive.notes),
        [None if vocabulary is None else vocabulary.origin for vocabulary in vocabularies],
        cameras=tuple(kept.calibrations.values()),
        map_frame=settings.node.map_frame,
        base_frame=settings.node.base_frame,
        next_place_id=count,
        overlap=overlap,
        geometry=None if made is None else made.origin,
    )
    notes = _remarks(count - kept.count, reduced or not settings.aggregation.dimensions)
    return Built(kept.count, notes if made is None else (*notes, *made.notes))


def _described(
    frames: Iterable[Frame], describer: ImageDescriber, batch_size: int
) -> Iterator[tuple[Frame, Description]]:
    for batch in batches_of(frames, batch_size):
        yield from zip(batch, describer.describe_batch([frame.image for frame in batch]), strict=True)


def _vocabularies(
    writer: MapWriter, drive: Drive, ingredients: Ingredients, settings: Settings, track: Track[Frame]
) -> list[Vocabulary | None]:
    """One for each member, None where none is needed; those that were not given are learned from the drive."""
    missing = {id(extractor): extractor for extractor in ingredients.to_learn}
    if missing:
        numbers = spread(drive.numbers, settings.aggregation.vocabulary_frames)
        frames = track(drive.read(numbers), "learning the vocabulary", len(numbers))
        learned = learn_vocabularies(
            frames, len(numbers), drive.name, [*missing.values()], settings, writer.scratch_array
        )
        centres = dict(zip(missing, learned, strict=True))
    return [
        given
        if given is not None or not needed
        else Vocabulary(
            centres[id(extractor)], VocabularyOrigin("map", writer.map_id, (drive.name,), extractor.fingerprint)
        )
        for (extractor, _), given, needed in zip(
            ingredients.members, ingredients.given, ingredients.needed, strict=True
        )
    ]


def _remarks(blank: int, as_asked: bool) -> tuple[str, ...]:
    notes = [f"{blank} keyframes were left out: there is nothing to describe in them"] if blank else []
    if not as_asked:
        notes.append(f"no PCA: it wants {MIN_FOR_PROJECTION} different keyframes; descriptors keep their full length")
    return tuple(notes)


def _write_descriptors(writer: MapWriter, whole: FloatArray, settings: AggregationSettings) -> bool:
    """PCA on a sample of the map, then every descriptor, a few at a time; says whether there was a PCA."""
    projection = None
    if settings.dimensions and len(whole) >= MIN_FOR_PROJECTION:
        sample = whole[spread(range(len(whole)), PROJECTION_SAMPLE)]
        fitted = fit_projection(sample, settings.dimensions, settings.whitening)
        projection = fitted if fitted.components.shape[1] else None  # none when all keyframes are the same
    if projection is not None:
        writer.put_array("projection_mean", projection.mean)
        writer.put_array("projection_components", projection.components)
        if projection.whitening is not None:
            writer.put_array("projection_whitening", projection.whitening)
    length = whole.shape[1] if projection is None else projection.components.shape[1]
    descriptors = writer.create_array("descriptors", (len(whole), length), np.float32)
    for start in range(0, len(whole), 256):
        descriptors[start : start + 256] = reduce_descriptor(whole[start : start + 256], projection)
    return projection is not None


def _thumbnail(image: Array, long_side_px: int) -> Array:
    height, width = image.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
