"""What lies in a map's directory: whose it is, what nobody needs any more, who is writing."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vpr_ros.core.errors import MapError, StorageError
from vpr_ros.maps.map_format import DATA_FILE, FORMAT, LOCK, MANIFEST, WORKING_PREFIX
from vpr_ros.maps.storage_errors import storage_errors


def map_folder(path: Path) -> Path:
    """The path with `~` expanded. Raises MapError when it cannot be a path."""
    try:
        folder = path.expanduser()
        folder.exists()
    except (RuntimeError, ValueError, OSError) as error:
        raise MapError(f"{str(path)!r}: no usable path: {error}") from error
    return folder


def refuse_foreign_folder(folder: Path) -> None:
    """Raises MapError when a map written here would bury what is no map."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise MapError(f"{folder}: is a file; a map is a directory, so name another one for it")
    with storage_errors("the directory", folder):
        names = {entry.name for entry in folder.iterdir()}
    if MANIFEST in names and _format_of(folder / MANIFEST) == FORMAT:
        return
    foreign = sorted(name for name in names if not _is_ours(name))
    if foreign or (MANIFEST in names and _format_of(folder / MANIFEST) is not None):
        found = (foreign or [MANIFEST])[0]
        raise MapError(f"{folder}: is no map and holds {found!r}; choose an empty or a new directory for the map")


def named_files(folder: Path) -> set[str] | None:
    """Files that the manifest names, whatever its version; empty without a manifest, None when it cannot be told."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        return {entry["file"] for entry in content["files"].values()}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def sweep(folder: Path) -> None:
    """Remove data files that no manifest names and working folders. Only for the holder of the lock."""
    named = named_files(folder)
    for entry in folder.iterdir():
        if entry.name.startswith(WORKING_PREFIX):
            shutil.rmtree(entry, ignore_errors=True)
        elif named is not None and DATA_FILE.fullmatch(entry.name) and entry.name not in named:
            entry.unlink(missing_ok=True)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Make the directory and keep other writers out; the kernel lets go of the lock when this process dies.

    A directory that was made here and holds no map in the end disappears again.
    """
    was_there = folder.exists()
    with storage_errors("the directory", folder):
        folder.mkdir(parents=True, exist_ok=True)
    descriptor = _lock(folder)
    try:
        yield
    finally:
        with suppress(OSError):
            if not was_there and [entry.name for entry in folder.iterdir()] == [LOCK]:
                (folder / LOCK).unlink()
                folder.rmdir()
        os.close(descriptor)


def _lock(folder: Path) -> int:
    path = folder / LOCK
    while True:
        with storage_errors("the lock file", folder):
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(descriptor, path):
                return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            raise StorageError(f"{folder}: another build is writing this map; wait for it or stop it") from error
        except OSError as error:
            os.close(descriptor)
            raise StorageError(f"{folder}: cannot lock the map for writing: {error.strerror}") from error
        os.close(descriptor)  # its last writer removed it between our two calls


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _format_of(manifest: Path) -> str | None:
    """What a manifest says it is the manifest of, None when it is too damaged to say."""
    try:
        content = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return str(content.get("format", "")) if isinstance(content, dict) else ""


def _is_ours(name: str) -> bool:
    return name in (MANIFEST, LOCK) or name.startswith(WORKING_PREFIX) or DATA_FILE.fullmatch(name) is not None
