"""One word for every answer, and one colour for every word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.summary.summarize_places import is_false_fix

RIGHT, WRONG, MISSED, ABSTAINED, UNJUDGED = "right", "wrong", "missed", "abstained", "unjudged"


@dataclass(frozen=True)
class Verdict:
    """title: for lists and legends. colour: of the page. symbol: of plots, so that no one needs to see colours."""

    key: str
    title: str
    colour: str
    symbol: str


VERDICTS = {
    each.key: each
    for each in (
        Verdict(RIGHT, "right", "var(--right)", "circle"),
        Verdict(WRONG, "wrong", "var(--wrong)", "diamond"),
        Verdict(MISSED, "said unknown", "var(--unknown)", "x"),
        Verdict(ABSTAINED, "rightly said unknown", "var(--unknown)", "circle-open"),
        Verdict(UNJUDGED, "cannot be judged", "var(--muted)", "square"),
    )
}
FAILURES = (WRONG, MISSED)


def verdict_of(query: Query) -> str:
    """By the accepted pose where it has a truth, else by the place. `wrong` is wrong without knowing."""
    if query.estimate.refusal is not None or not query.answered:
        return ABSTAINED if query.truth.has_positive is False else MISSED
    if query.pose_error is not None:
        return WRONG if is_false_fix(query) else RIGHT
    if query.place_right is None:
        return UNJUDGED
    return RIGHT if query.place_right else WRONG


def label_wrong(query: Query) -> bool:
    """Whether a room or floor was said that is not the true one."""
    return query.room_right is False or query.floor_right is False


def count_verdicts(queries: Sequence[Query]) -> Counter[str]:
    """How many of each."""
    return Counter(verdict_of(query) for query in queries)
