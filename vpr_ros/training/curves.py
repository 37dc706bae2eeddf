"""What a training has come to after every epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """Losses after so many epochs; number 0 is before the first, and has no training loss (NaN)."""

    number: int
    train_loss: float
    held_out_loss: float

    def __str__(self) -> str:
        learned = "" if math.isnan(self.train_loss) else f"loss {self.train_loss:.4f}, "
        return f"epoch {self.number}: {learned}of held-out places {self.held_out_loss:.4f}"


def best_epoch(epochs: Sequence[Epoch]) -> Epoch:
    """The first with the least held-out loss."""
    return min(epochs, key=lambda epoch: epoch.held_out_loss)
