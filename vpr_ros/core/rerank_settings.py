"""The `rerank` settings: the candidates in a better order, by how much of the query each of them shows."""

from __future__ import annotations

from dataclasses import dataclass

from vpr_ros.core.setting import setting

SCORINGS = ("plain", "tfidf", "mutual")


@dataclass(frozen=True)
class RerankSettings:
    """Overlap predicted by voting patches. Needs a map that holds patch embeddings."""

    enabled: bool = setting(True, "order candidates by predicted overlap, where the map holds patch embeddings")
    scoring: str = setting(
        "mutual",
        "plain: every pair of like patches counts; tfidf: patches that are like those of many candidates count less; "
        "mutual: only pairs of which neither patch has a liker one in the other image",
        choices=SCORINGS,
        live=True,
    )
    radius: float = setting(
        0.3, "patches are like each other when their cosine is above 1 - radius", low=0.0, high=2.0, live=True
    )
    adaptive: bool = setting(
        True,
        "the radius counts in units of how far patches of random places of the map are apart (their median)",
        live=True,
    )
    weight: float = setting(
        0.1,
        "what predicted overlap counts beside likeness: candidates are ordered by similarity + weight x overlap, the "
        "largest overlap of a query taken for 1 (less where few patches vote); large: by overlap alone",
        low=0.0,
        high=1000.0,
        live=True,
    )
    votes: str = setting(
        "numpy", "what counts the votes: numpy, or torch on features.device", choices=("numpy", "torch")
    )
    raw_patches: bool = setting(False, "a map built without --overlap-encoder keeps embeddings of untrained patches")
