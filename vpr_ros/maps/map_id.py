"""A map's name inside ROS: frames are `<map_id>/place_<id>`, so it is lower-case letters, digits and underscores."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from vpr_ros.core.errors import MapError
from vpr_ros.maps.map_format import LONGEST_MAP_ID, MAP_ID


def map_id_from_path(path: Path) -> str:
    """`~/maps/Ground Floor.map` -> `ground_floor`. Always a legal id, whatever the path."""
    name = path.expanduser().resolve().name
    name = name[: -len(".map")] if name.lower().endswith(".map") else name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if not slug or slug[0].isdigit():
        slug = f"map_{slug}".rstrip("_")
    return slug[:LONGEST_MAP_ID].rstrip("_")


def checked_map_id(map_id: str) -> str:
    """The id itself. Raises MapError when ROS frames cannot be named by it."""
    if not MAP_ID.fullmatch(map_id):
        raise MapError(
            f"map id {map_id!r} cannot name ROS frames; use lower-case letters, digits and underscores, "
            f"a letter first, at most {LONGEST_MAP_ID} characters"
        )
    return map_id
