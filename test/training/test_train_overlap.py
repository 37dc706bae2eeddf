from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.training.checkpoint import read_checkpoint  # noqa: E402
from vpr_ros.training.train_overlap import positives_of, train_overlap  # noqa: E402
from vpr_ros.training.training_settings import TrainingSettings  # noqa: E402

ROUNDING = 1e-4
"""Sums on several threads differ in their last digits, and steps of AdamW carry that on."""
QUICK = TrainingSettings(dimensions=32, hidden=16, epochs=4, batch=16, learning_rate=4e-3)


def train(data, state: Path, settings=QUICK, report=lambda _epoch: None):
    return train_overlap(data, settings, state, "cpu", report)


def weights(trained) -> np.ndarray:
    return np.concatenate([tensor.numpy().ravel() for tensor in trained.network.state_dict().values()])


def test_the_held_out_loss_falls_and_the_best_epoch_is_kept(data, tmp_path: Path):
    trained = train(data, tmp_path / "s")
    losses = [epoch.held_out_loss for epoch in trained.epochs]
    assert [epoch.number for epoch in trained.epochs] == list(range(5))
    assert min(losses[1:]) < 0.95 * losses[0]
    assert trained.best.held_out_loss == min(losses)
    kept = read_checkpoint(tmp_path / "s").best
    assert all(torch.equal(kept[name], tensor) for name, tensor in trained.network.state_dict().items())


def test_an_interrupted_training_ends_as_if_it_had_not_been(data, tmp_path: Path):
    whole = train(data, tmp_path / "whole")

    def interrupt(epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "part", report=interrupt)
    assert [epoch.number for epoch in read_checkpoint(tmp_path / "part").epochs] == [0, 1, 2]
    resumed = train(data, tmp_path / "part")
    for one, other in zip(resumed.epochs, whole.epochs, strict=True):
        assert dataclasses.astuple(one) == pytest.approx(dataclasses.astuple(other), rel=1e-5, nan_ok=True)
    np.testing.assert_allclose(weights(resumed), weights(whole), atol=ROUNDING)


def test_the_seed_decides(data, tmp_path: Path):
    short = dataclasses.replace(QUICK, epochs=1)
    one, same = (weights(train(data, tmp_path / name, short)) for name in ("a", "b"))
    other = weights(train(data, tmp_path / "c", dataclasses.replace(short, seed=1)))
    np.testing.assert_allclose(one, same, atol=ROUNDING)
    assert np.abs(one - other).max() > 100 * ROUNDING


def test_it_stops_when_nothing_gets_better(data, tmp_path: Path):
    wild = dataclasses.replace(QUICK, learning_rate=1.0, epochs=20, patience=2)
    trained = train(data, tmp_path / "s", wild)
    assert trained.epochs[-1].number == trained.best.number + 2 < 20


def test_places_learn_at_their_share_of_the_rate(data, tmp_path: Path):
    """At the full rate they outweigh what cells show within an epoch, and the held-out loss rises."""
    still = train(data, tmp_path / "still", dataclasses.replace(QUICK, epochs=1, place_share=0.0)).network
    assert not any(weight.any() for weight in (still.position_out.weight, still.position_out.bias))
    slow, fast = (
        train(data, tmp_path / name, dataclasses.replace(QUICK, epochs=1, place_share=share)).network
        for name, share in (("slow", 0.1), ("fast", 1.0))
    )
    assert 0 < slow.position_out.weight.abs().max() < 0.3 * fast.position_out.weight.abs().max()


def test_chance_of_others_is_left_alone(data, tmp_path: Path):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train(data, tmp_path / "s", dataclasses.replace(QUICK, epochs=1))
    assert torch.equal(torch.rand(1), expected)


def test_a_state_that_is_none_is_told(data, tmp_path: Path):
    (tmp_path / "s").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="refused"):
        train(data, tmp_path / "s")
    torch.save({"epochs": []}, tmp_path / "t")
    with pytest.raises(WeightsError, match="no state of a training"):
        train(data, tmp_path / "t")


def test_positives_follow_the_flip(data):
    batch = np.array([30, 40])
    plain = positives_of(data.train, batch, np.array([False, False]))
    mixed = positives_of(data.train, batch, np.array([False, True]))
    first = plain[:, 0] == 0
    np.testing.assert_array_equal(plain[first], mixed[first])
    flipped = plain[~first][:, 1:] // 16 * 16 + 15 - plain[~first][:, 1:] % 16
    np.testing.assert_array_equal(mixed[~first][:, 1:], flipped)


def test_the_rate_falls_to_a_tenth():
    rates = [TrainingSettings(epochs=18).rate_at(epoch) for epoch in range(18)]
    assert rates[:6] == [1e-3] * 6 > rates[6:7]
    assert rates[-1] == pytest.approx(1e-4)
    assert np.all(np.diff(rates) <= 0)
