from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_run import BLANK, LOST, MISTAKEN, NAMED

from vpr_ros.evaluation.files.query_table import COLUMNS, safe_text, write_queries
from vpr_ros.evaluation.records import Run


def rows_of(run: Run, folder: Path) -> list[dict[str, str]]:
    write_queries(folder / "queries.csv", run.queries, run.place_map.table)
    with (folder / "queries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_query_with_what_is_known(run: Run, tmp_path: Path):
    rows = rows_of(run, tmp_path)
    assert len(rows) == len(run.queries) == 16
    assert list(rows[0]) == list(COLUMNS)
    first = rows[0]
    assert (first["number"], first["judged"], first["has_positive"], first["place_right"], first["rank"]) == tuple(
        "01111"
    )
    assert first["place_source"] == "<b>Küche/0.png"
    assert float(first["coarse_m"]) == pytest.approx(np.hypot(0.1, 0.1), abs=1e-4)
    assert (first["pose_m"], first["probability"], first["refused"]) == ("", "", "")


def test_refused_lost_and_mistaken(run: Run, tmp_path: Path):
    rows = rows_of(run, tmp_path)
    assert rows[BLANK]["refused"].startswith("too few describable patches")
    assert (rows[BLANK]["place_id"], rows[BLANK]["place_right"], rows[BLANK]["rank"]) == ("", "0", "")
    assert (rows[LOST]["has_positive"], rows[LOST]["place_right"]) == ("0", "0")
    assert (rows[MISTAKEN]["has_positive"], rows[MISTAKEN]["place_right"]) == ("1", "0")
    assert rows[MISTAKEN]["place_id"] == "0"


def test_poses_and_probabilities_where_they_are(full_run: Run, tmp_path: Path):
    row = rows_of(full_run, tmp_path)[0]
    assert 0.5 <= float(row["probability"]) <= 1
    assert float(row["pose_m"]) < 0.5
    assert row["pose_x"] != ""


def test_hostile_names_are_one_harmless_line(run: Run, tmp_path: Path):
    row = rows_of(run, tmp_path)[NAMED]
    assert row["source_name"].startswith("'=hall/9=cmd")
    assert "\\n" in row["source_name"]
    assert row["true_room"] == "'=hall"
    text = (tmp_path / "queries.csv").read_text(encoding="utf-8")
    assert text.count("\n") == 17


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\t=1", "\r=1", "'=1"])
def test_no_cell_is_a_formula(text: str):
    assert safe_text(text)[0] not in "=+-@＝\t\r"


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_is_one_printable_line_and_different_texts_stay_so(one: str, other: str):
    shown = safe_text(one)
    assert shown.isprintable()
    shown.encode()
    if one.isprintable() and other.isprintable() and "\\" not in one + other:
        assert (shown == safe_text(other)) == (one == other)


def test_names_that_are_no_text_are_written_as_escapes():
    assert safe_text(b"a\xff.jpg".decode("utf-8", "surrogateescape")) == "a\\udcff.jpg"
