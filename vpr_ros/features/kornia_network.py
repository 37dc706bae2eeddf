"""Networks that kornia carries: imported late, and what an older kornia lacks is told in one line."""

from __future__ import annotations

from typing import Any

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library


def kornia_feature(module: str, name: str) -> Any:
    """The class of this name in `kornia.feature.<module>`. Raises WeightsError where kornia or the class is missing."""
    kornia = extra_library("kornia", "networks")
    package = extra_library("kornia.feature", "networks")
    part = getattr(package, module, package)
    found = getattr(part, name, None) or getattr(package, name, None)
    if found is None:
        raise WeightsError(
            f"kornia {kornia.__version__} has no {name}; pip install 'kornia>=0.9' (Python 3.11 or newer), or choose "
            "other keypoints: --set pose.keypoints=sift"
        )
    return found
