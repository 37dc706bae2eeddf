"""The centres that patches are compared with, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vpr_ros.core.records import FloatArray

KINDS = ("map", "domain", "global")


@dataclass(frozen=True)
class VocabularyOrigin:
    """kind: learned from one map, from several of a domain (indoor, urban, aerial), or from everything. sources: what
    it was learned from. fingerprint: of the features whose patches the centres are of, empty where nobody said.
    """

    kind: str
    name: str
    sources: tuple[str, ...]
    fingerprint: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """centres: float32 [K, D]."""

    centres: FloatArray
    origin: VocabularyOrigin
