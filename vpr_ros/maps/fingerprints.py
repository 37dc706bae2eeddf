"""Fingerprints of features compared, and their difference in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def difference(built: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """What differs, in words; of features of another name nothing else needs telling."""
    differing = sorted(key for key in built.keys() | ours.keys() if built.get(key) != ours.get(key))
    return ", ".join(
        _told(key, built.get(key), ours.get(key)) for key in (["name"] if "name" in differing else differing)
    )


def _told(key: str, there: Any, here: Any) -> str:
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        return f"descriptor {key}: {difference(there, here)}"
    return f"{key} {there} there, {here} here"


def members_of(fingerprint: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of the extractors of an ensemble, or the one there is."""
    if fingerprint.get("name") != "ensemble":
        return [fingerprint]
    return [each for each in fingerprint.values() if isinstance(each, Mapping)]


def unweighted(fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    """All but the checksum of the weights."""
    return {key: value for key, value in fingerprint.items() if key != "weights_sha256"}
