"""Stage seven: the room and the floor, by the vote of the best candidates. Abstains rather than guesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import UNKNOWN, Candidates, LabelGuess, Labels
from vpr_ros.core.settings import RoomSettings


def label_room(candidates: Candidates, table: PlaceTable, settings: RoomSettings) -> LabelGuess:
    """The room that most of the candidates lie in."""
    return _vote(candidates, table, settings, lambda labels: labels.room)


def label_floor(candidates: Candidates, table: PlaceTable, settings: RoomSettings) -> LabelGuess:
    """The floor that most of the candidates lie on."""
    return _vote(candidates, table, settings, lambda labels: labels.floor)


def _vote(
    candidates: Candidates, table: PlaceTable, settings: RoomSettings, name_of: Callable[[Labels], str | None]
) -> LabelGuess:
    """Votes weigh by similarity; places without a name vote for nothing and so lower everybody's share."""
    votes: dict[str, float] = defaultdict(float)
    total = 0.0
    for candidate in candidates.ranked[: settings.voters]:
        weight = max(candidate.similarity, 0.0)
        total += weight
        name = name_of(table.labels[table.row_of(candidate.place_id)])
        if name is not None:
            votes[name] += weight
    if not votes or total == 0:
        return LabelGuess()
    winner = max(votes, key=lambda name: votes[name])
    share = votes[winner] / total
    return LabelGuess(winner, share) if share >= settings.min_share else LabelGuess(UNKNOWN, share)
