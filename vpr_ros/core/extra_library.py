"""Libraries that only some people need: imported late, and their absence is one line that says what to install."""

from __future__ import annotations

import importlib
from typing import Any

from vpr_ros.core.errors import WeightsError


def extra_library(module: str, extra: str) -> Any:
    """The module, imported. Raises WeightsError that names the extra of vpr_ros which brings it."""
    remedy = f"pip install 'vpr_ros[{extra}]'"
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise WeightsError(f"{error.name or module} is not installed; {remedy}") from error
    except (ImportError, OSError, RuntimeError) as error:
        # A library that is there but does not load: another build of torch beside torchvision, a missing .so.
        reason = str(error).partition("\n")[0]
        raise WeightsError(f"{module} is installed but does not load ({reason}); {remedy}") from error
