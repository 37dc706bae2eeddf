"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real images and small networks. Named by VPR_SHARED and absent is a failure; unnamed and absent is a skip."""
    named = os.environ.get("VPR_SHARED")
    folder = Path(named) if named else BESIDE_THE_CHECKOUT
    if (folder / "data").is_dir():
        return folder
    if named:
        pytest.fail(f"VPR_SHARED={named} has no data/ folder")
    pytest.skip(f"no shared data: VPR_SHARED is unset and there is no {folder.name}/ beside the checkout")
