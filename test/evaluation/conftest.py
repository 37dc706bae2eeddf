"""The sample run, made once."""

from __future__ import annotations

import pytest
from sample_run import imagined_run, sample_run

from vpr_ros.evaluation.records import Run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A map and a visit to it, evaluated by distance=1."""
    return sample_run(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def full_run(run: Run) -> Run:
    """The same as if poses and probabilities were there."""
    return imagined_run(run)
