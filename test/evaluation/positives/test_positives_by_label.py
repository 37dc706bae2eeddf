from __future__ import annotations

import pytest
from made_places import frame_at, table_of

from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Labels
from vpr_ros.evaluation.positives.positives_by_label import LabelPositives

TABLE = table_of([None] * 3, [Labels(room="hall"), Labels(room="kitchen"), Labels()])


def test_the_same_name_is_right():
    judged = LabelPositives(TABLE, "room").judge(frame_at(None, Labels(room="kitchen")), 0, [0, 1, 2])
    assert judged.right == (False, True, False)
    assert judged.positive_row == 1


def test_a_room_that_the_map_does_not_know_has_no_positive():
    judged = LabelPositives(TABLE, "room").judge(frame_at(None, Labels(room="attic")), 0, [0])
    assert (judged.right, judged.has_positive) == ((False,), False)


def test_a_query_without_a_name_is_not_judged():
    assert LabelPositives(TABLE, "room").judge(frame_at(None), 0, [2]) is None


def test_a_map_without_such_names_is_refused():
    with pytest.raises(UsageError, match="no place of the map has a floor label"):
        LabelPositives(TABLE, "floor")
