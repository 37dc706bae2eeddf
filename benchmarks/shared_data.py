"""Where the real images lie: VPR_SHARED, or `shared` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from vpr_ros.core.errors import UsageError


def shared_data() -> Path:
    """The folder of real data sets. Raises UsageError where there is none."""
    folder = Path(os.environ.get("VPR_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
    if not folder.is_dir():
        raise UsageError(f"{folder} is not there; set VPR_SHARED to the folder that holds data/")
    return folder
