"""Writes rosbag2 bags (MCAP or sqlite3) that `ros2 bag` plays. A bag appears whole under its name, or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection, Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError

from vpr_ros.core.errors import StorageError, UsageError
from vpr_ros.sources.bags.message_cdr import serialize_message, typestore

STORAGES = ("mcap", "sqlite3")
_FOREVER = QosTime(9223372036, 854775807)


class BagWriter:
    """A context manager: on leaving, the bag stands at `path`, a folder with metadata.yaml; after an exception nothing.

    `latched` topics offer transient-local QoS, so that whoever subscribes later still gets the last message. An
    existing `path` is refused; with `overwrite` a bag there stays until the new one is complete.
    """

    def __init__(
        self,
        path: Path,
        storage: str = "mcap",
        *,
        overwrite: bool = False,
        latched: Collection[str] = ("/tf_static",),
    ) -> None:
        if storage not in STORAGES:
            raise UsageError(f"storage {storage!r} is not one of {', '.join(STORAGES)}")
        self.path = Path(path)
        self._plugin = StoragePlugin[storage.upper()]
        self._overwrite = overwrite
        self._latched = set(latched)
        self._connections: dict[str, Connection] = {}
        self._writer: Writer | None = None
        self._workplace: Path | None = None

    def latch(self, topic: str) -> None:
        """The topic is one of the latched; to be said before its first message."""
        self._latched.add(topic)

    def write(self, topic: str, type_name: str, fields: Mapping[str, Any], stamp_ns: int) -> None:
        """Serialise the fields (see `serialize_message`) and write them with that bag time."""
        self.write_raw(topic, type_name, serialize_message(type_name, fields), stamp_ns)

    def write_raw(self, topic: str, type_name: str, cdr: bytes | memoryview, stamp_ns: int) -> None:
        """Write a message that is CDR already, encapsulation included."""
        if self._writer is None:
            raise UsageError("BagWriter is used in a `with` statement")
        try:
            connection = self._connections.get(topic) or self._connect(topic, type_name)
            if connection.msgtype != type_name:
                raise UsageError(f"topic {topic} carries {connection.msgtype}; {type_name} cannot be written to it")
            self._writer.write(connection, stamp_ns, cdr)
        except (OSError, sqlite3.Error, WriterError) as error:
            raise self._unwritable(error) from error

    def _connect(self, topic: str, type_name: str) -> Connection:
        assert self._writer is not None
        qos = _qos(latched=topic in self._latched)
        connection = self._writer.add_connection(topic, type_name, typestore=typestore(), offered_qos_profiles=[qos])
        self._connections[topic] = connection
        return connection

    def __enter__(self) -> BagWriter:
        try:
            self._refuse_existing()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # The storage file is named like the bag's folder, so it is built under its own name in a hidden folder.
            self._workplace = Path(tempfile.mkdtemp(prefix=f".{self.path.name}.partial-", dir=self.path.parent))
            self._writer = Writer(self._workplace / self.path.name, version=9, storage_plugin=self._plugin)
            self._writer.open()
        except (OSError, sqlite3.Error, WriterError) as error:
            self._discard()
            raise self._unwritable(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        except (OSError, sqlite3.Error, WriterError) as failure:
            raise self._unwritable(failure) from failure
        finally:
            self._discard()

    def _finish(self) -> None:
        assert self._writer is not None
        assert self._workplace is not None
        self._writer.close()
        self._refuse_existing()
        self._writer = None
        replaced = self._workplace / "replaced"
        if self.path.exists():
            self.path.rename(replaced)
        try:
            (self._workplace / self.path.name).rename(self.path)
        except OSError:
            if replaced.exists():
                replaced.rename(self.path)
            raise

    def _discard(self) -> None:
        if self._writer is not None:
            with suppress(Exception):  # a full disk fails again when buffers are flushed; the files go anyway
                self._writer.abort()
            self._writer = None
        if self._workplace is not None:
            shutil.rmtree(self._workplace, ignore_errors=True)
            self._workplace = None

    def _refuse_existing(self) -> None:
        if not self.path.exists():
            return
        if not self._overwrite:
            raise UsageError(f"{self.path} exists; choose another name, remove it or ask for it to be overwritten")
        if self.path.is_dir() and not (self.path / "metadata.yaml").is_file():
            raise UsageError(f"{self.path} is a folder but no bag, so it is not overwritten; choose another name")

    def _unwritable(self, error: Exception) -> StorageError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return StorageError(f"{self.path}: the bag cannot be written: {reason}")


def _qos(*, latched: bool) -> Qos:
    durability = QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE
    return Qos(
        QosHistory.KEEP_LAST,
        1 if latched else 10,
        QosReliability.RELIABLE,
        durability,
        deadline=_FOREVER,
        lifespan=_FOREVER,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=_FOREVER,
        avoid_ros_namespace_conventions=False,
    )
