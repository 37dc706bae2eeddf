"""A place is right when it carries the query's own label."""

from __future__ import annotations

from collections.abc import Sequence

from vpr_ros.core.errors import UsageError
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Frame, Labels
from vpr_ros.evaluation.positives.positives import Judgement

LABELS = ("place", "room", "floor")


def label_of(labels: Labels, kind: str) -> str | None:
    """The label of this kind."""
    return {"place": labels.place, "room": labels.room, "floor": labels.floor}[kind]


class LabelPositives:
    """Equal labels of one kind: place, room or floor."""

    def __init__(self, table: PlaceTable, kind: str) -> None:
        self.text = f"label={kind}"
        self._kind = kind
        self._names = [label_of(labels, kind) for labels in table.labels]
        self._first: dict[str, int] = {}
        for row, name in enumerate(self._names):
            if name is not None:
                self._first.setdefault(name, row)
        if not self._first:
            raise UsageError(f"--positives {self.text}: no place of the map has a {kind} label")

    def judge(self, frame: Frame, index: int, rows: Sequence[int]) -> Judgement | None:  # noqa: ARG002
        name = label_of(frame.labels, self._kind)
        if name is None:
            return None
        row = self._first.get(name)
        return Judgement(tuple(self._names[each] == name for each in rows), row is not None, row)
