"""GPS positions in the EXIF of photos."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from vpr_ros.sources.images.exif_tags import ExifTag, read_tags

_GPS_DIRECTORY = 0x8825
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_TIME, _DIRECTION_REF, _DIRECTION, _DATE = 7, 16, 17, 29
_DAY = re.compile(r"(\d{4})[:-](\d{2})[:-](\d{2})")


@dataclass(frozen=True)
class GpsFix:
    """WGS84 degrees; heading clockwise from true north and GPS time (UTC) where they are told.

    Heights are left alone: those of phones are wrong by tens of metres, and some photos have none.
    """

    latitude_deg: float
    longitude_deg: float
    heading_deg: float | None = None
    stamp_ns: int | None = None


def read_gps(exif: bytes) -> GpsFix | None:
    """The fix in a TIFF structure; None where there is none, or none that makes sense (0, 0 is no fix)."""
    tags = read_tags(exif, _GPS_DIRECTORY)
    latitude = _angle(tags, _LATITUDE, _LATITUDE_REF, "NS", 90)
    longitude = _angle(tags, _LONGITUDE, _LONGITUDE_REF, "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return GpsFix(latitude, longitude, _heading(tags), _stamp_ns(tags))


def _angle(tags: Mapping[int, ExifTag], number: int, reference: int, letters: str, limit: int) -> float | None:
    """Degrees, minutes, seconds and a letter -> signed degrees."""
    values = tags[number].values if number in tags else ()
    letter = tags[reference].text.strip().upper() if reference in tags else ""
    if not 1 <= len(values) <= 3 or letter not in (letters[0], letters[1]):
        return None
    degrees: float = sum(value / 60**index for index, value in enumerate(values))
    if not 0 <= degrees <= limit:  # not a number lies nowhere
        return None
    return -degrees if letter == letters[1] else degrees


def _heading(tags: Mapping[int, ExifTag]) -> float | None:
    """Towards true north only: magnetic north is off by the declination, which nobody told."""
    if _DIRECTION not in tags or _DIRECTION_REF not in tags or tags[_DIRECTION_REF].text.strip().upper() != "T":
        return None
    values = tags[_DIRECTION].values
    return values[0] if len(values) == 1 and 0 <= values[0] <= 360 else None


def _stamp_ns(tags: Mapping[int, ExifTag]) -> int | None:
    day = _DAY.match(tags[_DATE].text) if _DATE in tags else None
    clock = tags[_TIME].values if _TIME in tags else ()
    if day is None or len(clock) != 3 or not all(math.isfinite(part) and 0 <= part <= 60 for part in clock):
        return None
    try:
        moment = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=timezone.utc)
    except ValueError:
        return None
    moment += timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
    stamp_ns = round(moment.timestamp() * 1000) * 10**6
    return stamp_ns if stamp_ns > 0 else None
