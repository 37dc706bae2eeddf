"""Descriptors as a robot's drives leave them: neighbours in time and place look alike, other places hardly do.

A robot wanders through a building of `FLOORS` floors of `FLOOR_M` metres, a keyframe every `STEP_M`, turning as it goes
and mirrored by walls. What it sees is a fixed random function of where it stands and looks: feature j of 512 is a
cosine wave over (x, y, floor, RADIUS_M cos heading, RADIUS_M sin heading) of random direction and phase. As in
principal components of real drives, later features have shorter waves (from `LONGEST_M` down to `SHORTEST_M`) and less
variance (as 1 / (j + 8)). Every frame adds noise of its own, the share `NOISE` of the squared length, and is scaled to
unit length. Another seed of the drive is another day in the same building, another seed of the building another world.

`describe_likeness` tells how like real maps they are. DenseSIFT descriptors of the red kitchen, a keyframe a frame,
have median cosines of 0.79, 0.66 and 0.29 at 1, 3 and 10 frames apart.
"""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, FloatArray

DIMENSIONS = 512
FLOORS, FLOOR_M = 5, (80.0, 50.0)
STEP_M, TURN_RAD, RADIUS_M = 0.25, 0.12, 1.5
LONGEST_M, SHORTEST_M = 12, 1.0
NOISE = 0.2
STORY_M = 1000.0
"""Floors lie this far apart in the waves' world: nothing of one is seen from another."""


class Building:
    """What would be seen from where; the same for every drive through it."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 0])
        directions = rng.standard_normal((5, DIMENSIONS))
        directions /= np.linalg.norm(directions, axis=0)
        lengths_m = LONGEST_M * (SHORTEST_M / LONGEST_M) ** np.linspace(0, 1, DIMENSIONS)
        self._waves = directions * (2 * np.pi / lengths_m)
        self._phases = rng.uniform(0, 2 * np.pi, DIMENSIONS)
        self._amplitudes = np.sqrt(1 / (np.arange(DIMENSIONS) + 8))
        self._amplitudes *= np.sqrt(2 / np.square(self._amplitudes).sum())

    def drive(self, count: int, seed: int) -> FloatArray:
        """float32 [count, 512] of unit length, in the order of driving."""
        rng = np.random.default_rng([seed, 1])
        states = _wander(count, rng)
        descriptors = np.empty((count, DIMENSIONS), np.float32)
        for start in range(0, count, 8192):
            seen = np.cos(states[start : start + 8192] @ self._waves + self._phases) * self._amplitudes
            noise = rng.standard_normal(seen.shape) * self._amplitudes * np.sqrt(0.5 * NOISE / (1 - NOISE))
            descriptors[start : start + 8192] = seen + noise
        descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
        return descriptors


def _wander(count: int, rng: np.random.Generator) -> Array:
    """[count, 5]: x, y, floor and heading on a circle. Floors are driven one after the other, walls mirror the way."""
    turns = rng.standard_normal(count) * TURN_RAD
    headings = rng.uniform(0, 2 * np.pi) + np.cumsum(turns)
    ways = np.cumsum(STEP_M * np.stack([np.cos(headings), np.sin(headings)], axis=1), axis=0)
    ways += rng.uniform(0, 1, 2) * FLOOR_M
    folded = np.mod(ways, 2 * np.array(FLOOR_M))
    mirrored = folded > FLOOR_M
    positions = np.where(mirrored, 2 * np.array(FLOOR_M) - folded, folded)
    looking = RADIUS_M * np.stack([np.cos(headings), np.sin(headings)], axis=1) * np.where(mirrored, -1, 1)
    floors = STORY_M * (np.arange(count) * FLOORS // count)
    return np.column_stack([positions, floors, looking])


def describe_likeness(descriptors: FloatArray) -> str:
    """Cosines that tell how like a real drive's descriptors these are."""
    count = len(descriptors)
    apart = {lag: float(np.median((descriptors[:-lag] * descriptors[lag:]).sum(axis=1))) for lag in (1, 3, 10)}
    rng = np.random.default_rng(0)
    chance = (descriptors[rng.integers(0, count, 20_000)] * descriptors[rng.integers(0, count, 20_000)]).sum(axis=1)
    low, high = np.percentile(chance, [1, 99])
    told = ", ".join(f"{cosine:.2f} {lag} apart" for lag, cosine in apart.items())
    return f"cosines {told}; {low:.2f}..{high:.2f} by chance"
