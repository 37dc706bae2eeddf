"""The folder beside a training's outcome that keeps its work: made, found again, and never another one's removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from vpr_ros.core.errors import UsageError
from vpr_ros.maps.storage_errors import storage_errors

PLAN = "plan.json"


def open_work_folder(folder: Path, about: dict[str, object], resume: bool, force: bool) -> None:
    """The folder for a training of this description; resume: the one that is there, which must be of the same; force:
    a new one in its place.

    Raises UsageError where it is not, where one is there and nobody said what to do with it, or where something else
    than a training stands there, which is left as it is; StorageError.
    """
    text = json.dumps(about, indent=1, sort_keys=True)
    if _is_anothers(folder):
        raise UsageError(f"{folder}: is in the way and no work of a training; move it, or write FILE elsewhere")
    with storage_errors("the training's folder", folder):
        if folder.exists() and (force or not (folder / PLAN).is_file()):
            shutil.rmtree(folder)
        if not folder.exists():
            if resume:
                raise UsageError(f"{folder}: there is no training to go on with; leave out --resume")
            folder.mkdir(parents=True)
            (folder / PLAN).write_text(text, encoding="utf-8")
            return
        if not resume:
            raise UsageError(f"{folder}: an interrupted training; --resume goes on with it, --force starts again")
        if (folder / PLAN).read_text(encoding="utf-8", errors="replace") != text:
            raise UsageError(f"{folder}: is a training of other sources or settings; say the same, or --force")


def remove_work_folder(folder: Path) -> None:
    """Once nothing is left to go on with."""
    shutil.rmtree(folder, ignore_errors=True)


def _is_anothers(folder: Path) -> bool:
    """An empty folder is what a training leaves that was killed in its first moment."""
    if folder.is_symlink() or not folder.is_dir():
        return folder.is_symlink() or folder.exists()
    return not (folder / PLAN).is_file() and any(folder.iterdir())
