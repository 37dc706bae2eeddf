"""Names of images as place recognition data sets have them: coordinates and more between `@`.

`@utm_east@utm_north@zone_number@zone_letter@latitude@longitude@pano_id@tile@heading@pitch@roll@height@timestamp@note@.jpg`;
fields may be empty, and what follows utm_north may be missing.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

from vpr_ros.sources.positions.geo_position import GeoPosition

LAYOUT = "@utm_east@utm_north@zone_number@zone_letter@...@.jpg"
_FIELDS = 15
"""Of a whole name, counting the nothing before the first @; only these say what their fields mean."""
_EAST, _NORTH, _ZONE, _LETTER, _HEADING, _HEIGHT, _TIMESTAMP = 1, 2, 3, 4, 9, 12, 13
_NORTHERN_LETTERS = "NPQRSTUVWX"
_SOUTHERN_LETTERS = "CDEFGHJKLM"
# From left to right as much as is known: YYYYMMDD_hhmmss.
_MOMENT = re.compile(r"(\d{4})(?:(\d{2})(?:(\d{2})(?:_(\d{2})(?:(\d{2})(?:(\d{2}))?)?)?)?)?")


def parse_name(stem: str) -> GeoPosition | None:
    """A file name without suffix -> its position; None where it carries none. Times are taken as UTC."""
    fields = stem.split("@")
    if len(fields) < 3 or fields[0]:
        return None
    east_m, north_m = _number(fields[_EAST]), _number(fields[_NORTH])
    if east_m is None or north_m is None:
        return None
    if len(fields) < _FIELDS:
        return GeoPosition(east_m, north_m, "")
    return GeoPosition(
        east_m,
        north_m,
        _grid(fields[_ZONE], fields[_LETTER]),
        height_m=_number(fields[_HEIGHT]),
        heading_deg=_number(fields[_HEADING]),
        stamp_ns=parse_moment(fields[_TIMESTAMP]),
    )


def parse_moment(text: str) -> int | None:
    """YYYY[MM[DD[_hh[mm[ss]]]]] -> nanoseconds since 1970 of its beginning; None where it is no time after 1970."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups())
    try:
        moment = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=timezone.utc)
    except ValueError:
        return None
    return int(moment.timestamp()) * 10**9 if moment.year >= 1970 else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _grid(zone: str, letter: str) -> str:
    """`32N`, as far as it is said: latitude bands from N on are northern."""
    if not zone.isdecimal() or not 1 <= int(zone) <= 60:
        return ""
    if len(letter) != 1 or letter.upper() not in _NORTHERN_LETTERS + _SOUTHERN_LETTERS:
        return ""
    return f"{int(zone)}{'N' if letter.upper() in _NORTHERN_LETTERS else 'S'}"
