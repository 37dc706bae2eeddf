"""Working memory that is kept from call to call.

Asking the system for some megabytes anew, and returning them, costs as much as the arithmetic of a small image.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.records import Array


class WorkingMemory(threading.local):
    """Arrays by name, each thread its own. What an array held before is still in it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Array] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike = np.float32) -> Array:
        """An array of this shape, valid until the same name is asked for again; its values are arbitrary."""
        size = math.prod(shape)
        key = (name, np.dtype(dtype).str)
        kept: Any = self._kept.get(key)
        if kept is None or kept.size < size:
            kept = self._kept[key] = np.empty(size, dtype)
        return np.asarray(kept[:size].reshape(shape))
