"""metrics.json on a run whose outcome is known, and on queries made by hand."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_run import make_query

from vpr_ros.core.geometry import planar_pose
from vpr_ros.evaluation.answered_pose import AnsweredPose
from vpr_ros.evaluation.pose_error import pose_error
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.summary.summarize_run import summarize_run

HERE = planar_pose(0.0, 0.0, 0.0)


def metrics_of(run: Run, *queries: Query) -> dict[str, Any]:
    return summarize_run(dataclasses.replace(run, queries=queries))


def test_the_sample_run_counts_as_it_was_made(run: Run):
    told = summarize_run(run)
    assert (told["queries"], told["with_positives"]) == (16, 15)
    assert told["without_positives"] == {"count": 1, "names": ["<b>Küche/6.png"]}
    assert told["refused"]["count"] == 1
    # Refused and mistaken miss of 15; the lost one is a miss only among all 16.
    assert told["recall"]["1"] == pytest.approx(13 / 15)
    assert told["recall_of_all"]["1"] == pytest.approx(13 / 16)
    assert told["place"]["answered"] == pytest.approx(15 / 16)
    assert (told["place"]["wrong"], told["place"]["accuracy"]) == (2, pytest.approx(13 / 15))
    assert told["room"]["accuracy"] == pytest.approx(14 / 15)
    assert told["room"]["confusion"]["labels"] == ["<b>Küche", "=hall", "unknown"]
    assert told["room"]["confusion"]["counts"] == [[7, 0, 1], [1, 7, 0], [0, 0, 0]]
    assert told["ground_truth"]["positives"] == "distance=1"
    assert "seconds" not in told["driven"]  # its names are no stamps
    assert told["map"]["features"] == "dense_sift"


def test_it_is_json_and_what_does_not_exist_is_absent(run: Run, full_run: Run):
    told = summarize_run(run)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    later = ("pose", "false_fix_rate", "false_fix", "calibration", "floor")
    assert not set(later) & told.keys()
    assert "alignment" not in told["ground_truth"]
    assert "selection" not in told["source"]
    full = summarize_run(full_run)
    assert set(later) - full.keys() == {"floor"}
    assert json.loads(json.dumps(full, allow_nan=False)) == full


def test_every_key_is_documented(full_run: Run):
    document = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text()
    told = summarize_run(full_run)
    keys = {key for key in told if key != "settings"} | {
        key
        for group in ("source", "map", "ground_truth", "place", "room", "pose", "false_fix", "calibration", "cost")
        for key in told[group]
    }
    missing = {key for key in keys if not re.search(rf"[`{{, ]{key}\b", document)}
    assert missing == set()


def test_no_ground_truth_says_what_can_be_said(run: Run):
    told = metrics_of(run, make_query(0, None, has_positive=None), make_query(1, None, has_positive=None))
    assert told["place"] == {"answered": 1.0}
    assert not {"recall", "recall_of_all", "with_positives", "precision_recall", "risk_coverage"} & told.keys()
    assert told["latency_ms"]["total"]["p50"] == pytest.approx(11.5)


def test_no_overlap_has_no_recall_but_all_are_misses(run: Run):
    lost = [make_query(number, (False, False), has_positive=False) for number in range(3)]
    told = metrics_of(run, *lost)
    assert "recall" not in told
    assert told["recall_of_all"]["20"] == 0
    assert told["place"]["accuracy"] == 0
    assert told["without_positives"]["count"] == 3
    assert "precision_recall" not in told


def test_a_single_query_has_figures_without_intervals(run: Run):
    told = metrics_of(run, make_query(true=HERE, said=HERE))
    assert told["recall"] == {"1": 1.0, "5": 1.0, "10": 1.0, "20": 1.0}
    assert "recall_interval" not in told
    assert told["driven"] == {"seconds": 0.0, "metres": 0.0}
    assert told["false_fix_rate"] == 0
    assert told["false_fix"]["upper_95"] == pytest.approx(0.95)
    assert "per_hour" not in told["false_fix"]


def test_k_beyond_what_retrieval_was_asked_for_is_not_told(run: Run):
    settings = dataclasses.replace(run.settings, retrieval=dataclasses.replace(run.settings.retrieval, top_k=5))
    assert summarize_run(dataclasses.replace(run, settings=settings))["recall"].keys() == {"1", "5"}


def test_false_fixes_by_hand(run: Run):
    """Four answers 1 m apart on the way: one off by 2 m, one by 20 degrees; both are false."""
    true = [planar_pose(float(number), 0.0, 0.0) for number in range(4)]
    said = [true[0], true[1] @ planar_pose(2.0, 0.0, 0.0), true[2] @ planar_pose(0.0, 0.0, np.radians(20)), true[3]]
    told = metrics_of(run, *(make_query(n, true=true[n], said=said[n]) for n in range(4)))
    assert told["false_fix_rate"] == 0.5
    assert told["false_fix"]["count"] == 2
    assert told["false_fix"]["per_hour"] == pytest.approx(2 / 3 * 3600)
    assert told["false_fix"]["per_km"] == pytest.approx(2 / 3 * 1000)
    assert told["pose"]["within"] == pytest.approx(
        {"0.1m_1deg": 0.5, "0.25m_2deg": 0.5, "0.25m_5deg": 0.5, "0.5m_5deg": 0.5, "5m_10deg": 0.75}
    )
    assert told["pose"]["worst_m"] == pytest.approx(2)
    assert told["pose"]["worst_deg"] == pytest.approx(20)


def test_within_is_a_share_of_the_queries_with_positives(run: Run):
    queries = [
        make_query(0, true=HERE, said=HERE),
        make_query(1, true=HERE, refused="blank"),
        make_query(2, (False,), true=HERE, said=HERE, has_positive=False),
    ]
    told = metrics_of(run, *queries)["pose"]
    assert told["answered"] == pytest.approx(2 / 3)
    assert told["within"]["5m_10deg"] == 0.5


def test_an_answer_that_is_no_pose_is_a_false_fix(run: Run):
    told = metrics_of(run, make_query(0, true=HERE, said=np.full((4, 4), np.nan)), make_query(1, true=HERE, said=HERE))
    assert told["false_fix_rate"] == 0.5
    assert told["pose"]["unusable"] == 1
    assert "worst_m" not in told["pose"]
    assert told["pose"]["within"]["0.1m_1deg"] == 0.5
    json.dumps(told, allow_nan=False)


def test_a_fix_without_a_true_heading_is_false_by_distance(run: Run):
    near, far = (pose_error(AnsweredPose(planar_pose(x, 0.0, 2.0), None), HERE, has_heading=False) for x in (0.5, 1.5))
    queries = [
        make_query(0, true=HERE, said=HERE, pose_error=near),
        make_query(1, true=HERE, said=HERE, pose_error=far),
    ]
    told = metrics_of(run, *queries)
    assert told["false_fix"]["count"] == 1
    assert "median_deg" not in told["pose"]


def test_clocks_hours_apart_count_as_no_driving(run: Run):
    late = dataclasses.replace(make_query(1).estimate, stamp_ns=7200 * 10**9)
    told = metrics_of(run, make_query(0), dataclasses.replace(make_query(1), estimate=late))
    assert told["driven"]["seconds"] == 0


def test_no_hours_are_driven_where_nobody_knows_when_images_were_taken(run: Run):
    """Frames of folders without stamps count a second each: an order, no time."""
    stampless = [dataclasses.replace(make_query(number, true=HERE, said=HERE), has_stamp=False) for number in range(3)]
    told = metrics_of(run, *stampless)
    assert told["driven"] == {"metres": 0.0}
    assert "per_hour" not in told["false_fix"]
    told = metrics_of(run, *(make_query(number, true=HERE, said=HERE) for number in range(3)))
    assert told["driven"]["seconds"] == 2.0
    assert "per_hour" in told["false_fix"]


def test_probabilities_order_answers_where_every_answer_has_one(run: Run):
    sure = make_query(0, similarity=0.1, probability=0.995, true=HERE, said=HERE)
    unsure = make_query(1, (False,), similarity=0.9, probability=0.2)
    told = metrics_of(run, sure, unsure)
    assert told["precision_recall"]["score"] == "probability"
    assert told["precision_recall"]["recall_at_full_precision"] == 0.5
    assert told["calibration"]["confident"] == {"answers": 1, "error": 0.0, "upper_95": pytest.approx(0.95)}
    assert told["calibration"]["answers"] == 2
    without = metrics_of(run, sure, dataclasses.replace(unsure, estimate=make_query(1, similarity=0.9).estimate))
    assert without["precision_recall"]["score"] == "similarity"


def test_evo_missing_is_a_note_not_an_error(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "evo.core.metrics", None)
    told = metrics_of(run, make_query(0, true=HERE, said=HERE))
    assert "ate_rmse_m" not in told["pose"]
    assert any("pip install 'vpr_ros[evaluation]'" in note for note in told["notes"])


def test_ate_is_evos(full_run: Run):
    pytest.importorskip("evo")
    errors = [query.pose_error.distance_m for query in full_run.queries if query.pose_error is not None]
    assert summarize_run(full_run)["pose"]["ate_rmse_m"] == pytest.approx(np.sqrt(np.mean(np.square(errors))))


def test_no_metres_are_driven_where_no_pose_is_known(run: Run):
    told = metrics_of(run, make_query(0), make_query(1))
    assert told["driven"] == {"seconds": 1.0}
