"""Build a map from a drive: learn the vocabulary from some keyframes, describe them all, reduce, write.

Nothing grows with the drive but files: patches and long descriptors wait on disk, in the map's working folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from vpr_ros.core.errors import SourceError
from vpr_ros.core.records import FloatArray, Frame
from vpr_ros.core.reduce_descriptor import fit_projection, reduce_descriptor
from vpr_ros.core.settings import AggregationSettings, Settings
from vpr_ros.core.spread import spread
from vpr_ros.core.vocabulary import Vocabulary, VocabularyOrigin
from vpr_ros.maps.gather_keyframes import gather_keyframes
from vpr_ros.maps.geometry.make_geometry import GeometryMaker, PointMakers
from vpr_ros.maps.ingredients import Ingredients, make_describer
from vpr_ros.maps.learn_vocabulary import learn_vocabularies, nothing_to_see
from vpr_ros.maps.map_embeddings import Embedding
from vpr_ros.maps.map_format import VOCABULARIES
from vpr_ros.maps.place_map import Provenance, Recipe
from vpr_ros.maps.write_embeddings import write_embeddings
from vpr_ros.maps.write_map import MapWriter

PROJECTION_SAMPLE = 2000
"""Keyframes that principal directions are taken from, spread over the drive."""
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
    geometry = None if points is None else GeometryMaker(points, writer)
    count = len(drive.numbers)
    frames = track(drive.read(drive.numbers), "describing keyframes", count)
    found = gather_keyframes(frames, count, describer, settings, writer, geometry)
    places = found.keyframes.count
    if places == 0:
        raise SourceError(nothing_to_see(drive.name, count))
    if found.depths is not None:
        writer.create_array("depth", found.depths.shape, np.uint16)[...] = found.depths
    overlap = None
    if embedding is not None and found.codes is not None:
        overlap = write_embeddings(writer, found.codes, embedding)
    reduced = _write_descriptors(writer, found.descriptors, settings.aggregation)
    table = found.keyframes.table()
    made = None if geometry is None else geometry.finish(table.place_ids, found.descriptors, track)
    if made is not None and made.map_from_base is not None and table.map_from_base is not None:
        # NaN where a keyframe has nothing to compute with: it stays where it was.
        moved = np.where(np.isnan(made.map_from_base), table.map_from_base, made.map_from_base)
        table = replace(table, map_from_base=moved)
    writer.commit(
        table,
        recipe,
        Provenance(drive.name, drive.kind, drive.notes),
        [None if vocabulary is None else vocabulary.origin for vocabulary in vocabularies],
        cameras=tuple(found.keyframes.calibrations.values()),
        map_frame=settings.node.map_frame,
        base_frame=settings.node.base_frame,
        next_place_id=count,
        overlap=overlap,
        geometry=None if made is None else made.origin,
    )
    notes = _remarks(count - places, reduced or not settings.aggregation.dimensions)
    return Built(places, notes if made is None else (*notes, *made.notes))


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
