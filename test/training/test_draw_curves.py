from __future__ import annotations

import numpy as np

from vpr_ros.core.draw_match import RIGHT
from vpr_ros.training.curves import Epoch, best_epoch
from vpr_ros.training.draw_curves import HELD_OUT_COLOUR, TRAIN_COLOUR, draw_curves

EPOCHS = (Epoch(0, float("nan"), 0.9), Epoch(1, 0.8, 0.7), Epoch(2, 0.6, 0.5), Epoch(3, 0.5, 0.6))


def has(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (picture == np.array(colour)).all(axis=2)


def test_both_losses_and_the_kept_epoch_are_drawn():
    picture = draw_curves(EPOCHS, "office")
    for colour in (TRAIN_COLOUR, HELD_OUT_COLOUR, RIGHT):
        assert np.count_nonzero(has(picture, colour)[60:]) > 100
    column = np.flatnonzero(has(picture, RIGHT)[80:-60].sum(axis=0) > 100)
    assert 0.6 < column.mean() / picture.shape[1] < 0.75  # the second of three epochs


def test_a_training_that_has_only_begun_can_be_drawn():
    assert draw_curves(EPOCHS[:1], "a name that is far too long " * 20).shape == draw_curves(EPOCHS, "").shape


def test_epochs_tell_themselves():
    assert str(EPOCHS[0]) == "epoch 0: of held-out places 0.9000"
    assert str(EPOCHS[2]) == "epoch 2: loss 0.6000, of held-out places 0.5000"
    assert best_epoch(EPOCHS) is EPOCHS[2]
