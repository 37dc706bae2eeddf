"""Room for whole images in Fast DDS's shared memory, for processes that publish them.

With the default 512 KB, 640x480 images sent best effort lose most frames even on one machine. It helps on the
publisher's side only, and must be set before rclpy is initialised.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from vpr_ros.config_files import find_config
from vpr_ros.core.errors import SettingsError

VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")
PROFILE = "fastdds_large_images.xml"


def use_large_image_profile(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Name our profile to Fast DDS, unless a profile is named already; says whether it did."""
    if any(environment.get(variable) for variable in VARIABLES):
        return False
    try:
        profile = find_config(PROFILE)
    except SettingsError:  # an installation without the file plays with the default
        return False
    environment[VARIABLES[0]] = str(profile)
    return True
