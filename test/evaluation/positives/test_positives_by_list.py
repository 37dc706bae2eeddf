from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from made_places import frame_at, table_of

from vpr_ros.core.errors import UsageError
from vpr_ros.evaluation.positives.positives_by_list import ListedPositives


def written(folder: Path, text: str) -> Path:
    path = folder / "right.json"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", ['{"0": [2, 1], "1": []}', "[[2, 1], []]"])
def test_both_forms_name_rows_of_the_map(tmp_path: Path, text: str):
    positives = ListedPositives(written(tmp_path, text), table_of([None] * 3), 3, queries=3)
    judged = positives.judge(frame_at(None), 0, [0, 1])
    assert (judged.right, judged.has_positive, judged.positive_row) == ((False, True), True, 1)
    assert positives.judge(frame_at(None), 1, [0]).has_positive is False
    assert positives.judge(frame_at(None), 2, [0]) is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("3", "expected"),
        ('{"a": []}', "'a' is no query's index"),
        ('{"01": [], "1": []}', "stands twice"),
        ('{"5": []}', "names query 5, but there are 2, 0 to 1"),
        ("[[], [], []]", "names query 2"),
        ('{"0": 3}', "query 0 has no list of whole numbers"),
        ('{"0": [true]}', "no list of whole numbers"),
        ('{"0": [3]}', "names map place 3; the map was built from 3 frames, 0 to 2"),
        ('{"0": [-1]}', "names map place -1"),
        ('{"0": [], "0": []}', "stands twice"),
    ],
)
def test_what_cannot_be_believed_is_one_line(tmp_path: Path, content: str, told: str):
    with pytest.raises(UsageError, match=told) as raised:
        ListedPositives(written(tmp_path, content), table_of([None] * 3), 3, queries=2)
    assert "right.json" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_and_bytes_that_are_no_text(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        ListedPositives(tmp_path / "none.json", table_of([None]), 1, 1)
    (tmp_path / "right.json").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is no JSON"):
        ListedPositives(tmp_path / "right.json", table_of([None]), 1, 1)


def test_thousands_of_brackets_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="is no JSON"):
        ListedPositives(written(tmp_path, "[" * 100_000), table_of([None]), 1, 1)


def test_every_index_of_a_valid_file_is_read(tmp_path: Path):
    listed = {str(query): [query % 7] for query in range(50)}
    positives = ListedPositives(written(tmp_path, json.dumps(listed)), table_of([None] * 7), 7, 50)
    assert [positives.judge(frame_at(None), query, []).positive_row for query in range(50)] == [
        q % 7 for q in range(50)
    ]


def test_lists_hold_although_building_left_a_blank_keyframe_out(tmp_path: Path):
    """Frame 1 of four was blank: places 0, 2 and 3 are rows 0, 1 and 2."""
    table = dataclasses.replace(table_of([None] * 3), place_ids=np.array([0, 2, 3]))
    positives = ListedPositives(written(tmp_path, "[[3], [1], [1, 2]]"), table, 4, 3)
    assert positives.judge(frame_at(None), 0, [0, 1, 2]).right == (False, False, True)
    assert positives.judge(frame_at(None), 1, [0, 1, 2]).has_positive is False
    assert positives.judge(frame_at(None), 2, [1]).right == (True,)
