"""Positions that photos in folders bring themselves: in their names, or in their EXIF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.images.exif_block import read_exif
from vpr_ros.sources.positions.coordinate_names import LAYOUT, parse_name
from vpr_ros.sources.positions.exif_gps import GpsFix, read_gps
from vpr_ros.sources.positions.geo_position import GeoPosition, describe_positions
from vpr_ros.sources.positions.utm_grid import central_meridian_deg, utm_from_wgs84, utm_zone

FROM_NAMES, FROM_EXIF, NONE = "names", "exif", "none"
POSITIONS = (FROM_NAMES, FROM_EXIF, NONE)
_GRID_REACH_DEG = 9.0
"""From a zone's central meridian; beyond, lengths in the grid are wrong by more than a percent."""


@dataclass(frozen=True)
class Positions:
    """One a file, None where there is none; empty where files bring no positions at all. origin: of POSITIONS."""

    of_files: tuple[GeoPosition | None, ...] = ()
    origin: str = NONE
    notes: tuple[str, ...] = ()


def find_positions(folder: Path, files: Sequence[Path], asked: str | None) -> Positions:
    """asked: one of POSITIONS; None takes those in the names, if every name has one.

    Raises SourceError, naming the first file without, where some names have one, or none has what was asked for.
    """
    if asked == NONE:
        return Positions()
    if asked == FROM_EXIF:
        return _from_exif(folder, files)
    named = [parse_name(file.stem) for file in files]
    first = next((file for file, position in zip(files, named, strict=True) if position is None), None)
    if first is None:
        positions = [position for position in named if position is not None]
        return Positions(tuple(named), FROM_NAMES, tuple(describe_positions(positions, "the names of the images")))
    count = named.count(None)
    if asked == FROM_NAMES or count < len(files):
        way = "leave out --positions names" if count == len(files) else "move those elsewhere, or --positions none"
        raise SourceError(
            f"{folder}: {count} of {len(files)} names carry no coordinates, the first is {first.as_posix()!r}; "
            f"expected {LAYOUT}; {way}"
        )
    return Positions(notes=tuple(_hints(folder, files)))


def _hints(folder: Path, files: Sequence[Path]) -> list[str]:
    """What a person may have expected of a folder whose names carry no coordinates."""
    places = {folder.resolve().name, *(file.parts[0] for file in files if len(file.parts) > 1)}
    if any(is_database(name) or is_queries(name) for name in places):
        return [
            "it looks like a place recognition data set, but its names carry no coordinates (the first is "
            f"{files[0].as_posix()!r}, expected {LAYOUT})"
        ]
    if read_gps(read_exif(folder / files[0])) is not None:
        return ["photos carry GPS positions in their EXIF; --positions exif takes them"]
    return []


def is_database(name: str) -> bool:
    """Whether a folder's name says that a map is made of its images."""
    return name == "database"


def is_queries(name: str) -> bool:
    """Whether a folder's name says that its images are looked up in a map: queries, queries_night, ..."""
    return name == "queries" or name.startswith("queries_")


def _from_exif(folder: Path, files: Sequence[Path]) -> Positions:
    fixes = [read_gps(read_exif(folder / file)) for file in files]
    found = [(file, fix) for file, fix in zip(files, fixes, strict=True) if fix is not None]
    if not found:
        first = files[0].as_posix()
        raise SourceError(f"{folder}: none of {len(files)} photos carries a GPS position, the first is {first!r}")
    zone = utm_zone(found[0][1].latitude_deg, found[0][1].longitude_deg)
    places = {file: _in_grid(folder, file, fix, zone) for file, fix in found}
    notes = [*describe_positions(list(places.values()), "EXIF GPS"), "GPS errs by metres, indoors by tens of metres"]
    if len(found) < len(files):
        first = next(file for file in files if file not in places).as_posix()
        notes.append(f"{len(files) - len(found)} of {len(files)} photos carry no GPS position, the first is {first!r}")
    return Positions(tuple(places.get(file) for file in files), FROM_EXIF, tuple(notes))


def _in_grid(folder: Path, file: Path, fix: GpsFix, zone: int) -> GeoPosition:
    """All photos in the grid of the first, so that distances are right across a zone's border."""
    east_deg = (fix.longitude_deg - central_meridian_deg(zone) + 180) % 360 - 180
    if abs(east_deg) > _GRID_REACH_DEG:
        raise SourceError(
            f"{folder}: {file.as_posix()!r} lies {abs(east_deg):.0f} degrees from the middle of UTM zone {zone}, where "
            "the first photo lies; one grid cannot hold both: split the folder"
        )
    try:
        found = utm_from_wgs84(fix.latitude_deg, fix.longitude_deg, zone)
    except ValueError as error:
        raise SourceError(f"{folder}: the GPS position of {file.as_posix()!r} cannot be used: {error}") from error
    return GeoPosition(found.east_m, found.north_m, found.grid, heading_deg=fix.heading_deg, stamp_ns=fix.stamp_ns)
