from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from test_vlad import features_of, unit_rows

from vpr_ros.core.aggregate_descriptor import kept_clusters, make_aggregator
from vpr_ros.core.errors import SettingsError
from vpr_ros.core.settings import AGGREGATIONS, AggregationSettings

WHOLE = SimpleNamespace(name="network", dimension=8, global_dimension=5)
PATCHES_ONLY = SimpleNamespace(name="grid", dimension=8, global_dimension=0)
GLOBAL_ONLY = SimpleNamespace(name="head", dimension=0, global_dimension=5)


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_every_named_aggregation_makes_a_unit_vector_of_its_dimension(name):
    rng = np.random.default_rng(0)
    features = dataclasses.replace(features_of(unit_rows(rng, 20, 8)), global_=np.arange(5, dtype=np.float32))
    aggregator = make_aggregator(name, AggregationSettings(), WHOLE, unit_rows(rng, 3, 8))
    descriptor = aggregator.aggregate(features)
    assert descriptor.shape == (aggregator.dimension,)
    assert descriptor.dtype == np.float32
    assert np.linalg.norm(descriptor) == pytest.approx(1, abs=1e-6)


def test_features_without_a_global_vector_say_so():
    with pytest.raises(SettingsError, match="features grid make no vector of the whole image; use vlad or gem"):
        make_aggregator("global", AggregationSettings(), PATCHES_ONLY, None)


def test_features_without_patches_say_so():
    with pytest.raises(SettingsError, match="aggregation gem: features head make no patches; use aggregation global"):
        make_aggregator("gem", AggregationSettings(), GLOBAL_ONLY, None)


@pytest.mark.parametrize(
    ("keep", "drop", "kept"),
    [((), (), [0, 1, 2, 3]), ((2, 0), (), [0, 2]), ((), (1, 3), [0, 2]), ((0, 1), (1,), [0])],
)
def test_clusters_are_kept_and_dropped_by_number(keep, drop, kept):
    settings = AggregationSettings(keep_clusters=keep, drop_clusters=drop)
    assert kept_clusters(settings, 4).tolist() == kept


@pytest.mark.parametrize(
    ("keep", "drop", "told"),
    [((4,), (), "names cluster 4, the vocabulary has 4, counted from 0: 0..3"), ((1,), (1,), "leave no cluster")],
)
def test_clusters_that_are_not_there_are_an_error(keep, drop, told):
    with pytest.raises(SettingsError, match=told):
        kept_clusters(AggregationSettings(keep_clusters=keep, drop_clusters=drop), 4)
