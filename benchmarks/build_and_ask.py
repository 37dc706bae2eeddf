"""A map from some frames, and the Localizer's answer to others: the pipeline of the command line, without its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vpr_ros.assemble import load_localizer, make_ingredients, recipe_of
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.core.settings import Settings
from vpr_ros.maps.build_map import Drive, build_map
from vpr_ros.maps.write_map import MapWriter
from vpr_ros.sources.source import Source


@dataclass(frozen=True, eq=False)
class Answer:
    """A query, what was said of it, and the source name of the place found (None when refused)."""

    query: Frame
    estimate: Estimate
    found: str | None


def build_and_ask(
    drive: Source,
    keyframes: Sequence[int],
    visit: Source,
    queries: Sequence[int] | None,
    path: Path,
    assignments: Sequence[str] = (),
) -> list[Answer]:
    """Build a map of `drive` at `path`, then localize the queries of `visit` (None: all of them)."""
    return list(_ask(path, build(drive, keyframes, path, assignments), visit, queries))


def build(drive: Source, keyframes: Sequence[int], path: Path, assignments: Sequence[str] = ()) -> Settings:
    """Build a map of `drive` at `path`; the settings that it was built with."""
    settings = override_settings(Settings(), ["features.name=dense_sift", *assignments])
    ingredients = make_ingredients(settings)
    with MapWriter(path) as writer:
        about = Drive(drive.name, drive.kind, drive.notes, keyframes, drive.frames)
        build_map(writer, about, ingredients, settings, recipe_of(settings, ingredients), lambda items, *_: iter(items))
    return settings


def _ask(path: Path, settings: Settings, visit: Source, queries: Sequence[int] | None) -> Iterator[Answer]:
    localizer = load_localizer(path, settings)
    table = localizer.place_map.table
    for frame in visit.frames(queries):
        estimate = localizer.localize(frame)
        place_id = estimate.place_id
        yield Answer(frame, estimate, None if place_id is None else table.source_names[table.row_of(place_id)])
