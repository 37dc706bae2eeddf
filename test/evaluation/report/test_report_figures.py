"""The figures of the page that are more than columns of numbers: plans, descriptors, the confusion matrix."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
from sample_run import ROOMS, make_query

from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import Labels
from vpr_ros.evaluation.records import Run
from vpr_ros.evaluation.report import plot_plan
from vpr_ros.evaluation.report.plot_descriptors import descriptors_section, flatten_descriptors
from vpr_ros.evaluation.report.plot_labels import labels_section
from vpr_ros.evaluation.summary.resample import Resampler
from vpr_ros.evaluation.summary.summarize_labels import summarize_labels


def test_descriptors_fall_the_same_way_every_time(run: Run) -> None:
    descriptors = np.asarray(run.place_map.descriptors)
    np.testing.assert_array_equal(flatten_descriptors(descriptors), flatten_descriptors(descriptors.copy()))


def test_alike_descriptors_lie_together() -> None:
    rng = np.random.default_rng(0)
    clumps = np.repeat(np.eye(3, 20), 12, axis=0) + rng.normal(0, 0.01, (36, 20))
    flat = flatten_descriptors(clumps.astype(np.float32))
    middles = flat.reshape(3, 12, 2).mean(axis=1)
    spread_inside = np.linalg.norm(flat.reshape(3, 12, 2) - middles[:, None], axis=2).max()
    apart = min(np.linalg.norm(middles[one] - middles[other]) for one, other in ((0, 1), (0, 2), (1, 2)))
    assert spread_inside < apart / 2


def test_without_scikit_learn_the_picture_of_descriptors_is_left_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    notes: list[str] = []
    assert descriptors_section(run.place_map, notes) is None
    assert "pip install" in notes[0]


def test_the_plan_is_from_above_unless_the_camera_was_carried_otherwise() -> None:
    level = np.array([[0, 0, 0], [9, 0, 0.2], [9, 0.1, 0.1]])
    assert plot_plan._axes_seen([level]) == (0, 1)
    assert plot_plan._axes_seen([level[:, [0, 2, 1]]]) == (0, 1)
    assert plot_plan._axes_seen([np.array([[0, 0, 0], [4, 0.3, 3.0]])]) == (0, 2)
    assert plot_plan._axes_seen([np.array([[0, 0, 0], [0.3, 4, 3.0]])]) == (1, 2)


def test_an_image_far_away_does_not_shrink_the_map(run: Run) -> None:
    section = plot_plan.plan_section(run)
    assert section is not None
    (figure,) = section.figures
    assert figure.layout["xaxis"]["range"][1] < 100  # the lost query stands at 500 m
    assert "1 mark far outside the map" in figure.caption


def test_floors_have_plans_of_their_own(run: Run) -> None:
    table = run.place_map.table
    floors = [dataclasses.replace(labels, floor="up" if row < 6 else "down") for row, labels in enumerate(table.labels)]
    rooms = {ROOMS[0]: "up", ROOMS[1]: "down"}
    queries = [
        dataclasses.replace(
            query, truth=dataclasses.replace(query.truth, labels=Labels(floor=rooms[query.truth.labels.room or ""]))
        )
        for query in run.queries
    ]
    place_map = dataclasses.replace(run.place_map, table=dataclasses.replace(table, labels=tuple(floors)))
    section = plot_plan.plan_section(dataclasses.replace(run, place_map=place_map, queries=tuple(queries)))
    assert section is not None
    down, up = (figure.caption for figure in section.figures)
    assert down.startswith("Floor down: 6 places of the map, 8 images asked about, 1 failed, 1 of them said to be on")
    assert up.startswith("Floor up: 6 places of the map, 8 images asked about, 2 failed; 1 mark far outside")


def test_a_map_without_floors_has_one_plan(run: Run) -> None:
    upstairs = [
        dataclasses.replace(query, truth=dataclasses.replace(query.truth, labels=Labels(floor="up")))
        for query in run.queries
    ]
    section = plot_plan.plan_section(dataclasses.replace(run, queries=tuple(upstairs)))
    assert section is not None
    assert [figure.caption[:45] for figure in section.figures] == ["Plan: 12 places of the map, 16 images asked a"]


def test_the_confusion_matrix_has_a_row_for_every_true_name() -> None:
    pairs = (("hall", "hall"), ("hall", "kitchen"), ("kitchen", "kitchen"), ("kitchen", "unknown"))
    queries = [make_query(labels=(true, None), guessed=(said, "unknown")) for true, said in pairs]
    table = PlaceTable(np.arange(1), np.zeros(1, np.int64), ("",), ("",), (Labels(room="hall"),), None)
    section = labels_section(queries, summarize_labels(queries, table, Resampler([0] * 4)))
    assert section is not None
    (figure,) = section.figures
    assert figure.traces[0]["text"] == [["1", "1", ""], ["", "1", "1"]]
    assert figure.layout["yaxis"]["ticktext"] == ["hall", "kitchen"]
    assert section.lists == {"room hall, said to be kitchen": [1], "room kitchen, said to be unknown": [3]}
    assert figure.traces[0]["customdata"] == [
        [None, "room hall, said to be kitchen", None],
        [None, None, "room kitchen, said to be unknown"],
    ]
    assert "Most often hall was said to be kitchen (1)" in figure.alt
