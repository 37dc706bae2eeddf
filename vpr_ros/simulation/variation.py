"""Chance with names: every choice in the flat has a name; a floor shares it with the others or makes its own.

What is drawn from `common` is the same on all floors. What is drawn from `own` differs on upper floors for a given
share of names. No choice depends on the order in which others are made.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Variation:
    """The dice of one floor (0 is the ground floor) of the flat with this seed."""

    seed: int
    floor: int

    def common(self, name: str) -> np.random.Generator:
        """The same stream on every floor."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def own(self, name: str, share: float) -> np.random.Generator:
        """The common stream, or, for this share of names on upper floors, one of the floor's own."""
        if self.differs(name, share):
            return np.random.default_rng([self.seed, zlib.crc32(name.encode()), self.floor])
        return self.common(name)

    def differs(self, name: str, share: float) -> bool:
        """Whether this floor goes its own way in this choice."""
        if self.floor == 0:
            return False
        code = zlib.crc32(f"differs/{name}".encode())
        return bool(np.random.default_rng([self.seed, code]).random() < share)
