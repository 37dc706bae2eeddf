from __future__ import annotations

from vpr_ros.evaluation.metrics.label_accuracy import confusion


def test_rows_are_true_columns_said_and_unknown_is_last():
    found = confusion(["hall", "hall", "kitchen"], ["hall", "unknown", "attic"])
    assert found.labels == ("attic", "hall", "kitchen", "unknown")
    assert found.counts.tolist() == [[0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_every_pair_is_counted_once():
    assert confusion(["a", "b"], ["b", "b"]).counts.sum() == 2
