"""What a map holds for predicting overlap: its places' patch embeddings, and what makes a query's alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from vpr_ros.core.embed_patches import PatchEmbedder
from vpr_ros.core.overlap_encoder import GRID, OverlapEncoder
from vpr_ros.core.place_embeddings import PlaceEmbeddings
from vpr_ros.core.records import Array
from vpr_ros.maps.checked_json import Fields
from vpr_ros.maps.fingerprints import members_of
from vpr_ros.maps.map_format import ENCODER_ARRAYS

TRAINED, RAW = "trained", "raw"


@dataclass(frozen=True)
class OverlapOrigin:
    """kind: trained (by an encoder) or raw (patches as they are). fingerprint: of the extractor that the patches are
    of. sources, date: of the training, empty for raw. chance: as `PlaceEmbeddings` has it.
    """

    kind: str
    fingerprint: Mapping[str, Any]
    sources: tuple[str, ...] = ()
    date: str = ""
    chance: float = 0.0

    def told(self) -> str:
        """For a person."""
        if self.kind == RAW:
            return "raw patches, no encoder was trained"
        when = f", {self.date}" if self.date else ""
        return f"encoder trained on {', '.join(self.sources) or 'nobody said what'}{when}"


@dataclass(frozen=True, eq=False)
class Embedding:
    """How patches are embedded, and where that came from. notes: remarks for a person, one line each."""

    embedder: PatchEmbedder
    origin: OverlapOrigin
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class MapEmbeddings:
    """The same with the places' embeddings."""

    places: PlaceEmbeddings
    embedder: PatchEmbedder
    origin: OverlapOrigin


def map_embeddings(arrays: Mapping[str, Array], origin: OverlapOrigin | None) -> MapEmbeddings | None:
    """From the arrays of a map, which were checked; None where it holds no embeddings."""
    if origin is None:
        return None
    encoder = None
    if origin.kind == TRAINED:
        parts = {field: arrays[name] for field, name in ENCODER_ARRAYS.items()}
        encoder = OverlapEncoder(**parts, fingerprint=origin.fingerprint)
    places = PlaceEmbeddings(arrays["patch_embeddings"], GRID, origin.chance)
    return MapEmbeddings(places, PatchEmbedder(encoder, arrays.get("overlap_projection")), origin)


def overlap_of_json(top: Fields, names: Mapping[str, Any], recipe: Mapping[str, Any]) -> OverlapOrigin | None:
    """The manifest's field `overlap`. names: of the map's files; recipe: the fingerprint of its features.

    Raises ValueError when they contradict each other.
    """
    if top.is_null("overlap"):
        if "patch_embeddings" in names:
            raise ValueError("files names patch_embeddings, but overlap is null")
        return None
    origin = _origin(top.fields("overlap"))
    if "patch_embeddings" not in names:
        raise ValueError("names no file for patch_embeddings, but overlap is not null")
    if (origin.kind == TRAINED) != any(name in names for name in ENCODER_ARRAYS.values()):
        raise ValueError(f"overlap.kind is {origin.kind!r}, which contradicts the encoder's files")
    if origin.fingerprint not in members_of(recipe):
        raise ValueError("overlap.fingerprint is of other features than the map's")
    return origin


def _origin(found: Fields) -> OverlapOrigin:
    origin = OverlapOrigin(
        kind=found.text("kind"),
        fingerprint=found.take("fingerprint", dict),
        sources=found.texts("sources"),
        date=found.text("date"),
        chance=float(found.take("chance", float, int)),
    )
    found.done()
    if origin.kind not in (TRAINED, RAW):
        raise ValueError(f"overlap.kind {origin.kind!r} is not one of {TRAINED}, {RAW}")
    if not (math.isfinite(origin.chance) and -1 <= origin.chance <= 1):
        raise ValueError(f"overlap.chance={origin.chance} is no cosine")
    return origin


def json_of_overlap(origin: OverlapOrigin | None) -> dict[str, Any] | None:
    """The manifest's field."""
    return None if origin is None else {field.name: getattr(origin, field.name) for field in fields(origin)}
