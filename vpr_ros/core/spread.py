"""Some of many, evenly spread."""

from __future__ import annotations

from typing import Any

import numpy as np


def spread(items: Any, most: int) -> Any:
    """The sequence itself, or `most` of its items at even steps, first and last among them; arrays by rows."""
    if len(items) <= most:
        return items
    chosen = np.unique(np.linspace(0, len(items) - 1, most).round().astype(int))
    return items[chosen] if isinstance(items, np.ndarray) else [items[index] for index in chosen]
