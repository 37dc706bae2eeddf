"""How an overlap encoder is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingSettings:
    """dimensions: of an embedding. hidden: of the layer that tells places of cells. patience: epochs without a better
    held-out loss before it stops. decay_from: the epoch from which the learning rate falls, to a tenth at the end."""

    dimensions: int = 128
    hidden: int = 512
    dropout: float = 0.5
    epochs: int = 30
    decay_from: int = 10
    batch: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    patience: int = 8
    seed: int = 0

    def rate_at(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0."""
        if epoch < self.decay_from:
            return self.learning_rate
        passed = (epoch - self.decay_from + 1) / max(self.epochs - self.decay_from, 1)
        return float(self.learning_rate * 0.1 ** min(passed, 1.0))
