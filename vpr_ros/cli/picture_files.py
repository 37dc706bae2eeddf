"""Pictures of what was localized, one file an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vpr_ros.cli.new_file import new_file, refuse_existing
from vpr_ros.core.errors import UsageError
from vpr_ros.core.records import Array

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")


class PictureFiles:
    """Where the pictures of images go: into a folder under their names, or the lone one into a file.

    Raises UsageError where several images shall go into one file, or a file stands there that must not be replaced.
    """

    def __init__(self, target: Path, images: Sequence[Path], force: bool) -> None:
        self._force = force
        if target.suffix.lower() in PICTURE_SUFFIXES and not target.is_dir():
            if len(images) > 1:
                raise UsageError(f"{target} is one picture, there are {len(images)} images; name a folder")
            self.paths = [target]
        else:
            self.paths = [target / name for name in _names(images)]
        for path in self.paths:
            refuse_existing(path, force)

    def write(self, number: int, picture: Array) -> None:
        """RGB picture of an image. Raises StorageError."""
        path = self.paths[number]
        _, encoded = cv2.imencode(path.suffix, np.ascontiguousarray(picture[..., ::-1]))
        with new_file(path, self._force) as file:
            file.write(encoded.tobytes())


def _names(images: Sequence[Path]) -> list[str]:
    """A file name for each image, none twice."""
    names: list[str] = []
    for image in images:
        tries = (f"{image.stem}{more}.png" for more in ("", *(f"-{number}" for number in range(1, len(images)))))
        names.append(next(name for name in tries if name not in names))
    return names
