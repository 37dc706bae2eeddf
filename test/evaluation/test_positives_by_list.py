from __future__ import annotations

import json
from pathlib import Path

import pytest
from judging import frame_at

from vpr_ros.core.errors import UsageError
from vpr_ros.evaluation.positives_by_list import ListedPositives


def written(folder: Path, text: str) -> Path:
    path = folder / "right.json"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", ['{"0": [2, 1], "1": []}', "[[2, 1], []]"])
def test_both_forms_name_rows_of_the_map(tmp_path: Path, text: str):
    positives = ListedPositives(written(tmp_path, text), places=3, queries=3)
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
        ('{"0": [3]}', "names map place 3; the map holds 3, 0 to 2"),
        ('{"0": [-1]}', "names map place -1"),
        ('{"0": [], "0": []}', "stands twice"),
    ],
)
def test_what_cannot_be_believed_is_one_line(tmp_path: Path, content: str, told: str):
    with pytest.raises(UsageError, match=told) as raised:
        ListedPositives(written(tmp_path, content), places=3, queries=2)
    assert "right.json" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_and_bytes_that_are_no_text(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        ListedPositives(tmp_path / "none.json", 1, 1)
    (tmp_path / "right.json").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is no JSON"):
        ListedPositives(tmp_path / "right.json", 1, 1)


def test_thousands_of_brackets_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="is no JSON"):
        ListedPositives(written(tmp_path, "[" * 100_000), 1, 1)


def test_every_index_of_a_valid_file_is_read(tmp_path: Path):
    listed = {str(query): [query % 7] for query in range(50)}
    positives = ListedPositives(written(tmp_path, json.dumps(listed)), 7, 50)
    assert [positives.judge(frame_at(None), query, []).positive_row for query in range(50)] == [
        q % 7 for q in range(50)
    ]
