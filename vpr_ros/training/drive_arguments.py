"""What a person names to train on: drives, which frames of them, and which of them share a frame of reference.

`day.mcap+dusk.mcap` are two drives on one map, whose views are compared with each other; `walk@0:125` are frames of a
drive. A path that exists as it stands is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vpr_ros.core.errors import UsageError
from vpr_ros.core.paths import path_argument

TOGETHER, FRAMES = "+", "@"


@dataclass(frozen=True)
class DriveArgument:
    """path: of a source. frames: as `--frames` has them, None where nobody said."""

    path: Path
    frames: str | None = None


def parse_drives(text: str) -> tuple[DriveArgument, ...]:
    """The drives of one SOURCE, which share a frame of reference. Raises UsageError."""
    whole = path_argument(text)
    if whole.exists():
        return (DriveArgument(whole),)
    parts = text.split(TOGETHER)
    if not all(parts):
        raise UsageError(f"SOURCE {text!r}: expected drives joined by {TOGETHER}, such as day.mcap+dusk.mcap")
    return tuple(_one(part) for part in parts)


def check_apart(sources: Sequence[Sequence[DriveArgument]]) -> None:
    """Raises UsageError where one drive stands in two SOURCEs: what is held out of the one would train in the other."""
    seen: dict[Path, int] = {}
    for number, drives in enumerate(sources):
        for drive in drives:
            if seen.setdefault(drive.path.resolve(), number) != number:
                raise UsageError(
                    f"{drive.path} stands in two SOURCEs, so that what is to judge the training would train; join its "
                    f"parts by {TOGETHER}, such as walk@0:50{TOGETHER}walk@80:125"
                )


def _one(text: str) -> DriveArgument:
    whole = path_argument(text)
    path, at, frames = text.rpartition(FRAMES)
    if whole.exists() or not at or not path:
        return DriveArgument(whole)
    return DriveArgument(path_argument(path), frames)
