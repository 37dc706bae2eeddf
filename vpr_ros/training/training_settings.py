"""How an overlap encoder is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingSettings:
    """dimensions: of an embedding. hidden: of the layer that tells places of cells. patience: epochs without a better
    held-out loss before it stops. hardest: what the likest negatives count beside the mean over all.

    place_share: of the learning rate, for what tells cells by where they lie. An entry of an embedding is the sum of
    `hidden` such weights, which all move at once: at the full rate a few steps make places outweigh what cells show,
    and an encoder that recovers from it still relies on a camera that always looks the same way.
    """

    dimensions: int = 128
    hidden: int = 512
    dropout: float = 0.5
    epochs: int = 30
    batch: int = 32
    learning_rate: float = 1e-3
    hardest: float = 0.3
    place_share: float = 0.02
    weight_decay: float = 1e-2
    patience: int = 8
    seed: int = 0

    def rate_at(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0: after a third of them it falls, to a tenth at the end."""
        whole = self.epochs // 3
        if epoch < whole:
            return self.learning_rate
        passed = (epoch - whole + 1) / (self.epochs - whole)
        return float(self.learning_rate * 0.1 ** min(passed, 1.0))
