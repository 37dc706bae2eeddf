"""The folder of an evaluation: there whole or not at all, and never in the place of something else."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from vpr_ros.core.errors import StorageError, UsageError

FORMAT = "vpr_ros evaluation"
METRICS, QUERIES, REPORT, RESULTS = "metrics.json", "queries.csv", "report.html", "results.mcap"
TRUE_TUM, COARSE_TUM, ESTIMATED_TUM = "true.tum", "coarse.tum", "estimated.tum"
RUN_FILES = frozenset((METRICS, QUERIES, REPORT, RESULTS, TRUE_TUM, COARSE_TUM, ESTIMATED_TUM))


class NewFolder:
    """A context manager that gives a working folder; on leaving it stands at `path`, after an exception nothing does.

    An existing `path` is refused before work begins. With `force` it is replaced at the end, but only where it is empty
    or holds a file `marker` of that `format`, and nothing but `names`. Raises UsageError and StorageError.
    """

    def __init__(
        self,
        path: Path,
        *,
        force: bool = False,
        marker: str = METRICS,
        format_name: str = FORMAT,
        names: Collection[str] = RUN_FILES,
    ) -> None:
        self.path = Path(path)
        self._force, self._marker, self._format, self._names = force, marker, format_name, names
        self._working: Path | None = None
        self._refuse_existing()

    def __enter__(self) -> Path:
        try:
            self._refuse_existing()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            workplace = tempfile.mkdtemp(prefix=f".{self.path.name}.partial-", dir=self.path.parent)
            self._working = Path(workplace) / "new"
            self._working.mkdir()
        except OSError as error:
            raise self._unwritable(error) from error
        return self._working

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._working is not None
        try:
            if kind is None:
                self._publish(self._working)
            elif isinstance(error, OSError):
                raise self._unwritable(error) from error
        except OSError as failure:
            raise self._unwritable(failure) from failure
        finally:
            shutil.rmtree(self._working.parent, ignore_errors=True)

    def _publish(self, working: Path) -> None:
        self._refuse_existing()
        replaced = working.parent / "replaced"
        with suppress(FileNotFoundError):
            self.path.rename(replaced)
        try:
            working.rename(self.path)
        except OSError:
            if replaced.exists():
                replaced.rename(self.path)
            raise

    def _refuse_existing(self) -> None:
        if not self.path.exists() and not self.path.is_symlink():
            return
        if not self._force:
            raise UsageError(f"{self.path} exists; choose another name, or say --force to replace it")
        if self.path.is_symlink() or not self.path.is_dir():
            raise UsageError(f"{self.path} is no folder, so --force does not replace it; choose another name")
        found = {entry.name for entry in self.path.iterdir()}
        if found and not is_ours(self.path / self._marker, self._format):
            raise UsageError(
                f"{self.path} holds no {self._format}, so --force does not replace it; choose another name"
            )
        if foreign := sorted(found - set(self._names)):
            raise UsageError(
                f"{self.path} also holds {foreign[0]!r}, so --force does not replace it; move that away first"
            )

    def _unwritable(self, error: OSError) -> StorageError:
        return StorageError(f"{self.path}: cannot be written: {error.strerror or error}; nothing half-written was kept")


def is_ours(marker: Path, format_name: str) -> bool:
    """Whether this file says that its folder is of this format."""
    try:
        content = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == format_name
