"""Vocabularies that others publish: AnyLoc's `c_centers.pt`, a lone tensor of centres as torch saves it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.records import FloatArray
from vpr_ros.features.weights import load_torch_file


def read_centres(path: Path, dimension: int) -> FloatArray:
    """float32 [K, dimension], read without executing anything. Raises WeightsError, one line that names the file."""
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such file; name a file of centres such as AnyLoc's c_centers.pt")
    torch = extra_library("torch", "networks")
    loaded = load_torch_file(path)
    if not isinstance(loaded, torch.Tensor) or loaded.ndim != 2 or not loaded.is_floating_point():
        raise WeightsError(f"{path}: holds no table of centres but {type(loaded).__name__}")
    centres = loaded.float().numpy()
    if centres.shape[1] != dimension:
        raise WeightsError(
            f"{path}: centres of {centres.shape[1]}-d patches, the features named make {dimension}-d ones"
        )
    if not np.isfinite(centres).all():
        raise WeightsError(f"{path}: holds numbers that are not finite; get it again")
    return np.ascontiguousarray(centres)
