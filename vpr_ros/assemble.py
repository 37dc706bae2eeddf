"""A Localizer from a map and settings. What changes descriptors is obeyed from the map, the rest is set."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from vpr_ros.core.describe_image import ImageDescriber
from vpr_ros.core.errors import MapError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.parse_settings import flatten_settings, settings_from_flat
from vpr_ros.core.records import PatchExtractor
from vpr_ros.core.retrieve_places import ExactIndex
from vpr_ros.core.settings import Settings
from vpr_ros.features.make_extractor import make_extractor
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap, Recipe

RECIPE_GROUPS = ("image", "features", "aggregation")
NOT_FOR_QUERIES = frozenset({"image.max_megapixels", "aggregation.seed", "aggregation.vocabulary_frames"})
"""Settings of these groups that change how a map is built, but not how an image is described."""


def choose_features(settings: Settings) -> Settings:
    """Settings with `features.name: auto` replaced by what this machine can run."""
    if settings.features.name != "auto":
        return settings
    return dataclasses.replace(settings, features=dataclasses.replace(settings.features, name="dense_sift"))


def recipe_of(settings: Settings, extractor: PatchExtractor) -> Recipe:
    """How descriptors are made under these settings: what a map keeps and a query must repeat."""
    groups = {name: dataclasses.asdict(getattr(settings, name)) for name in RECIPE_GROUPS}
    return Recipe(**groups, fingerprint=extractor.fingerprint)


def load_localizer(path: Path, settings: Settings, named: Set[str] = frozenset()) -> Localizer:
    """Open the map and put the stages together. Raises MapError or SettingsError, each one line.

    `named` are the settings that a person gave, by their dotted names: those must not contradict the map.
    """
    return make_localizer(open_map(path), settings, named)


def make_localizer(place_map: PlaceMap, settings: Settings, named: Set[str] = frozenset()) -> Localizer:
    """The stages for an open map."""
    obeyed = obey_recipe(place_map, settings, named)
    extractor = make_extractor(obeyed.features.name, obeyed.features)
    _check_fit(place_map, extractor)
    describer = ImageDescriber(obeyed.image, extractor, place_map.vocabulary, place_map.projection)
    return Localizer(place_map, describer, ExactIndex(place_map.descriptors), obeyed)


def obey_recipe(place_map: PlaceMap, settings: Settings, named: Set[str] = frozenset()) -> Settings:
    """Settings whose image, features and aggregation are the map's.

    Raises MapError when a person asked for something else: a named value, or one that is not the default, that is not
    the map's either.
    """
    asked, default = flatten_settings(settings), flatten_settings(Settings())
    for name in RECIPE_GROUPS:
        for key, value in _flatten(getattr(place_map.recipe, name), f"{name}."):
            if key in NOT_FOR_QUERIES:
                continue
            if key not in asked:
                raise MapError(f"{place_map.path}: was built with {key}, which this version lacks; upgrade or rebuild")
            value = tuple(value) if isinstance(value, list) else value
            chosen_here = key in named or asked[key] != default[key]
            if chosen_here and asked[key] not in (value, "auto"):
                raise MapError(
                    f"{place_map.path} was built with {key}={value}, {asked[key]} was asked for; "
                    "leave it out, or rebuild with `vpr map build`"
                )
            asked[key] = value
    return settings_from_flat(asked)


def _check_fit(place_map: PlaceMap, extractor: PatchExtractor) -> None:
    built, ours = dict(place_map.recipe.fingerprint), extractor.fingerprint
    if built != ours:
        differing = sorted(key for key in built.keys() | ours.keys() if built.get(key) != ours.get(key))
        told = ", ".join(f"{key} {built.get(key)} there, {ours.get(key)} here" for key in differing)
        raise MapError(f"{place_map.path}: its features are not ours ({told}); rebuild it with `vpr map build`")
    if place_map.vocabulary.shape[1] != extractor.dimension:
        raise MapError(
            f"{place_map.path}: vocabulary of {place_map.vocabulary.shape[1]}-d patches, {extractor.name} makes "
            f"{extractor.dimension}-d ones; rebuild it with `vpr map build`"
        )


def _flatten(group: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in group.items():
        if isinstance(value, Mapping):
            rows += _flatten(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", value))
    return rows
