"""Frames of a task described once, for every way of embedding their patches: features cost most of the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.overlap_task import Seen, SeenBy, Task, overlaps, turned_deg
from vpr_ros.assemble import make_ingredients
from vpr_ros.core.aggregate_descriptor import Aggregator, make_aggregator
from vpr_ros.core.embed_patches import PatchEmbedder
from vpr_ros.core.overlap_encoder import GRID
from vpr_ros.core.place_embeddings import PlaceEmbeddings, encode_embeddings, likeness_by_chance
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.prepare_image import prepare_image
from vpr_ros.core.records import (
    Array,
    Candidate,
    Candidates,
    FloatArray,
    Frame,
    Labels,
    PatchEmbeddings,
    PatchExtractor,
)
from vpr_ros.core.reduce_descriptor import fit_projection, reduce_descriptor
from vpr_ros.core.settings import Settings
from vpr_ros.core.spread import spread
from vpr_ros.maps.build_map import MIN_FOR_PROJECTION
from vpr_ros.maps.learn_vocabulary import learn_vocabularies

RAW = "raw"
TOP_K = 20


@dataclass(frozen=True, eq=False)
class Described:
    """What is known of some frames. embeddings: by the embedder's name, one of each frame."""

    descriptors: FloatArray
    embeddings: Mapping[str, Sequence[PatchEmbeddings]]
    seen: Seen


@dataclass(frozen=True, eq=False)
class Asked:
    """A task with its answers by retrieval. overlap, turned_deg: [q, k]; shortlists: of each query the best places."""

    task: Task
    queries: Described
    places: Described
    table: PlaceTable
    overlap: Array
    turned_deg: Array
    shortlists: Sequence[Candidates]


class Describer:
    """One kind of features, and how descriptors are made of them. The vocabulary is learned from the task's map."""

    def __init__(self, task: Task, settings: Settings) -> None:
        ingredients = make_ingredients(settings)
        ((self._extractor, aggregation),) = ingredients.members
        self._settings = settings
        chosen = spread(list(task.keyframes), settings.aggregation.vocabulary_frames)
        centres = None
        if ingredients.to_learn:
            (centres,) = learn_vocabularies(
                task.drive.frames(chosen), len(chosen), task.name, ingredients.to_learn, settings, _scratch
            )
        self._aggregator: Aggregator = make_aggregator(aggregation, settings.aggregation, self._extractor, centres)

    @property
    def extractor(self) -> PatchExtractor:
        return self._extractor

    def describe(self, frames: Iterable[Frame], embedders: Mapping[str, PatchEmbedder]) -> Described:
        """Descriptors before the projection."""
        descriptors: list[FloatArray] = []
        embeddings: dict[str, list[PatchEmbeddings]] = {name: [] for name in embedders}
        seen = SeenBy()
        for frame in frames:
            image = prepare_image(frame.image, self._settings.image)
            features = self._extractor.extract(image)
            descriptors.append(self._aggregator.aggregate(features))
            for name, embedder in embedders.items():
                embeddings[name].append(embedder.embed(features, (image.shape[1], image.shape[0])))
            seen.add(frame)
        return Described(np.stack(descriptors), embeddings, seen.done())


def ask(task: Task, settings: Settings, describer: Describer, embedders: Mapping[str, PatchEmbedder]) -> Asked:
    """Describe map and queries, and retrieve as a map of these keyframes would."""
    places = describer.describe(task.drive.frames(task.keyframes), embedders)
    queries = describer.describe(task.visit.frames(task.queries), embedders)
    ours, theirs = queries.descriptors, places.descriptors
    if settings.aggregation.dimensions and len(theirs) >= MIN_FOR_PROJECTION:
        dimensions = min(settings.aggregation.dimensions, len(theirs) - 1, theirs.shape[1])
        projection = fit_projection(theirs, dimensions)
        ours, theirs = reduce_descriptor(ours, projection), reduce_descriptor(theirs, projection)
    similarities = ours @ theirs.T
    best = np.argsort(-similarities, axis=1, kind="stable")[:, :TOP_K]
    shortlists = [
        Candidates(tuple(Candidate(int(place), float(similarities[query, place])) for place in rows))
        for query, rows in enumerate(best)
    ]
    return Asked(
        task,
        replace(queries, descriptors=ours),
        replace(places, descriptors=theirs),
        numbered_places(len(theirs)),
        overlaps(queries.seen, places.seen),
        turned_deg(queries.seen, places.seen),
        shortlists,
    )


def place_embeddings(embeddings: Sequence[PatchEmbeddings]) -> PlaceEmbeddings:
    """As a map keeps them."""
    codes = np.stack([encode_embeddings(each) for each in embeddings])
    return PlaceEmbeddings(codes, GRID, likeness_by_chance(codes))


def numbered_places(count: int) -> PlaceTable:
    """Places whose ids are their rows, and of which nothing else is known."""
    numbers = np.arange(count)
    return PlaceTable(numbers, numbers, ("",) * count, ("",) * count, (Labels(),) * count, None)


def _scratch(name: str, shape: tuple[int, ...], dtype: type) -> Array:  # noqa: ARG001
    return np.zeros(shape, dtype)
