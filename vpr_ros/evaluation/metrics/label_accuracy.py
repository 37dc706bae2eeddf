"""How often a name is right, and which names are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import UNKNOWN


@dataclass(frozen=True, eq=False)
class Confusion:
    """counts[i, j]: how often labels[i] was true and labels[j] said. The last label is `unknown`: nothing was said."""

    labels: tuple[str, ...]
    counts: npt.NDArray[np.int64]


def confusion(true: Sequence[str], said: Sequence[str]) -> Confusion:
    """Every name that was true or said, in alphabetical order, then `unknown`."""
    labels = (*sorted({*true, *said} - {UNKNOWN}), UNKNOWN)
    place = {label: index for index, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for one, other in zip(true, said, strict=True):
        counts[place[one], place[other]] += 1
    return Confusion(labels, counts)
