from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.evaluation.metrics.covariance_coverage import AXES, SIGMAS, coverage


def test_widths_are_the_normal_distributions():
    stats = pytest.importorskip("scipy.stats")
    for percent, width in SIGMAS.items():
        assert width == pytest.approx(stats.norm.ppf(0.5 + float(percent) / 200))


def test_axes_are_judged_by_themselves():
    errors, sigmas = np.array([[0.5, 1.0, 2.0, 3.0, -0.5, -2.0]]), np.ones((1, 6))
    found = coverage(errors, sigmas)
    assert [found[axis]["50"] for axis in AXES] == [1, 0, 0, 0, 1, 0]
    assert [found[axis]["90"] for axis in AXES] == [1, 1, 0, 0, 1, 0]
    assert [found[axis]["99"] for axis in AXES] == [1, 1, 1, 0, 1, 1]


def test_honest_covariances_cover_what_they_promise():
    rng = np.random.default_rng(0)
    sigmas = rng.uniform(0.1, 3, (20_000, 6))
    found = coverage(rng.standard_normal((20_000, 6)) * sigmas, sigmas)
    for axis in AXES:
        assert [found[axis][p] for p in ("50", "90", "99")] == pytest.approx([0.5, 0.9, 0.99], abs=0.01)
