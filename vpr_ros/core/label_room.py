"""Stage seven: the room and the floor, by the vote of the best candidates. Abstains rather than guesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Candidates, LabelGuess, Labels
from vpr_ros.core.settings import RoomSettings

SHARPNESS = 3.0
"""Among development flats 1 and 2 this named floors and rooms as well as any other power, and no worse than the best
candidate alone does."""


def label_room(candidates: Candidates, table: PlaceTable, settings: RoomSettings) -> LabelGuess:
    """The room that most of the candidates lie in."""
    return _vote(candidates, table, settings, lambda labels: labels.room)


def label_floor(candidates: Candidates, table: PlaceTable, settings: RoomSettings) -> LabelGuess:
    """The floor that most of the candidates lie on."""
    return _vote(candidates, table, settings, lambda labels: labels.floor)


def _vote(
    candidates: Candidates, table: PlaceTable, settings: RoomSettings, name_of: Callable[[Labels], str | None]
) -> LabelGuess:
    """Places without a name vote for nothing and so lower everybody's share."""
    votes: dict[str, float] = defaultdict(float)
    total = 0.0
    for candidate, weight in zip(candidates.ranked[: settings.voters], _weights(candidates), strict=False):
        total += weight
        name = name_of(table.labels[table.row_of(candidate.place_id)])
        if name is not None:
            votes[name] += weight
    if not votes or total == 0:
        return LabelGuess()
    winner = max(votes, key=lambda name: votes[name])
    share = votes[winner] / total
    return LabelGuess(winner, share) if share >= settings.min_share else LabelGuess(UNKNOWN, share)


def _weights(candidates: Candidates) -> list[float]:
    """How much each candidate's vote counts, from 1 for the best to 0 for the last, whatever the features' scale.

    A candidate weighs by how far it stands above the least alike, which is there because somebody has to be. What is
    not alike at all does not vote. Reranking brings others to the front; how alike they are it does not change.
    """
    similarities = [candidate.similarity for candidate in candidates.ranked]
    least = min(similarities, default=0.0)
    span = max(similarities, default=0.0) - least
    heights = [(each - least) / span if span > 0 else 1.0 for each in similarities]
    return [height**SHARPNESS if each > 0 else 0.0 for height, each in zip(heights, similarities, strict=True)]
