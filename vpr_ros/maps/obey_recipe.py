"""What made a map is obeyed by whoever localizes with it; what differs is told."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import MapError
from vpr_ros.core.parse_settings import flatten_settings, settings_from_flat
from vpr_ros.core.settings import LEARNED_HERE, Settings
from vpr_ros.maps.fingerprints import members_of, unweighted
from vpr_ros.maps.place_map import PlaceMap

RECIPE_GROUPS = ("image", "features", "aggregation", "ensemble")
NOT_FOR_QUERIES = frozenset({"image.max_megapixels", "aggregation.seed", "aggregation.vocabulary_frames"})
"""Settings of these groups that change how a map is built, but not how an image is described."""
OF_THIS_MACHINE = frozenset({"features.device", "features.precision", "features.batch"})
"""Settings of these groups that each machine chooses for itself."""
OF_KEYPOINTS = {"pose.keypoints": "name", "pose.long_side_px": "long_side_px"}
"""Settings of the pose that a map with keypoints decides, and what their fingerprint calls them."""


def obey_recipe(place_map: PlaceMap, settings: Settings, named: Set[str] = frozenset()) -> Settings:
    """Settings whose image, features and aggregation are the map's, and whose keypoints, where it has some.

    Raises MapError when a person asked for something else: a named value, or one that is not the default, that is not
    the map's either.
    """
    asked, default = flatten_settings(settings), flatten_settings(Settings())
    for name in RECIPE_GROUPS:
        for key, value in _flatten(getattr(place_map.recipe, name), f"{name}."):
            if key in NOT_FOR_QUERIES | OF_THIS_MACHINE:
                continue
            if key == "aggregation.vocabulary":
                asked[key] = LEARNED_HERE  # wherever it came from, the map holds it now
                continue
            if key not in asked:
                raise MapError(f"{place_map.path}: was built with {key}, which this version lacks; upgrade or rebuild")
            value = tuple(value) if isinstance(value, list) else value
            chosen_here = key in named or asked[key] != default[key]
            if key.endswith(".weights"):  # the file may lie elsewhere on this machine; checksums are compared later
                if not chosen_here and Path(str(value)).expanduser().exists():
                    asked[key] = value
                continue
            if chosen_here and asked[key] not in (value, "auto"):
                raise _contradiction(place_map, key, value, asked[key])
            asked[key] = value
    built = {} if place_map.keypoints is None else place_map.keypoints.origin.fingerprint
    for key, name in OF_KEYPOINTS.items():
        if name in built:
            if (key in named or asked[key] != default[key]) and asked[key] != built[name]:
                raise _contradiction(place_map, key, built[name], asked[key])
            asked[key] = built[name]
    return settings_from_flat(asked)


def _contradiction(place_map: PlaceMap, key: str, built: Any, asked: Any) -> MapError:
    return MapError(
        f"{place_map.path} was built with {key}={built}, {asked} was asked for; "
        "leave it out, or rebuild with `vpr map build`"
    )


def _flatten(group: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in group.items():
        if isinstance(value, Mapping):
            rows += _flatten(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", value))
    return rows


def weights_left_behind(place_map: PlaceMap, obeyed: Settings) -> str:
    """A remark on the files that this map was built with, where they are not those that are looked for now."""
    asked = flatten_settings(obeyed)
    left = [
        f"{key}={value}"
        for key, value in _flatten(place_map.recipe.features, "features.")
        if key.endswith(".weights") and asked.get(key) != value
    ]
    return f"; the map was built with {', '.join(left)}" if left else ""


def other_weights(place_map: PlaceMap, built: Mapping[str, Any], ours: Mapping[str, Any]) -> str | None:
    """The sentence about features that differ in nothing but their weights; None where they differ in more."""
    there, here = members_of(built), members_of(ours)
    if [unweighted(each) for each in there] != [unweighted(each) for each in here]:
        return None
    old, new = next((a, b) for a, b in zip(there, here, strict=True) if a != b)
    key = f"features.{new['name']}.weights"
    was = dict(_flatten(place_map.recipe.features, "features.")).get(key)
    sha256 = [str(each.get("weights_sha256"))[:12] for each in (old, new)]
    return (
        f"was built with {key}={was} (SHA-256 {sha256[0]}...), the file found here is another one ({sha256[1]}...); "
        f"name that one: --set {key}=FILE, or"
    )
