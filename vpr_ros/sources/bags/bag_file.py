"""The messages of a rosbag2 recording. Everything that can be wrong with its files becomes one line here."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rosbags.interfaces import ConnectionExtRosbag2, Qos
from rosbags.rosbag2 import Reader
from rosbags.rosbag2.errors import ReaderError

from vpr_ros.core.errors import SourceError, VprError

BAG_SUFFIXES = (".mcap", ".db3")
_TOPICS_NAMED = 30
# What rosbags says of files that are of another kind than their names.
_NO_SUCH_FILE = {
    "SQLite": ("file is not a database", "database missing tables"),
    "MCAP": ("File magic is invalid", "seems to be empty"),
}


@dataclass(frozen=True)
class Topic:
    """A topic that a bag holds messages of."""

    name: str
    type_name: str
    messages: int

    def __str__(self) -> str:
        return f"{self.name} ({self.type_name}, {self.messages})"


@dataclass(frozen=True, eq=False)
class BagMessage:
    """cdr: the serialised message. bag_ns: when it was recorded."""

    topic: str
    bag_ns: int
    cdr: bytes


class BagFile:
    """An open bag: a folder with metadata.yaml, or a lone .mcap or .db3 file. Closed when it is no longer used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_dir():
            _check_metadata(path)
        with _one_line(path):
            for file in [path] if path.is_file() else path.glob("*.db3"):
                _check_sqlite_is_whole(file)
            self._reader = Reader(path)
            self._reader.open()
            self._connections = list(self._reader.connections)
        weakref.finalize(self, self._reader.close)
        self.topics: Mapping[str, Topic] = {topic.name: topic for topic in self._list_topics()}

    def messages(self, topics: Collection[str]) -> Iterator[BagMessage]:
        """Messages of these topics in the order of recording. Raises SourceError where the bag is damaged."""
        wanted = [connection for connection in self._connections if connection.topic in topics]
        if not wanted:
            return
        with _one_line(self.path):
            for connection, bag_ns, cdr in self._reader.messages(wanted):
                yield BagMessage(connection.topic, bag_ns, cdr)

    @property
    def start_ns(self) -> int:
        """When the first message was recorded."""
        return int(self._reader.start_time)

    @property
    def duration_ns(self) -> int:
        """From the first message to the last."""
        return max(int(self._reader.end_time) - 1 - self.start_ns, 0)

    def offered_qos(self, topic: str) -> list[Qos]:
        """What each publisher that was recorded on the topic offered."""
        return [
            profile
            for connection in self._connections
            if connection.topic == topic and isinstance(connection.ext, ConnectionExtRosbag2)
            for profile in connection.ext.offered_qos_profiles
        ]

    def first(self, topic: str) -> BagMessage | None:
        """The first message of a topic, None where there is none."""
        return next(self.messages([topic]), None)

    @contextmanager
    def blaming(self, topic: str) -> Iterator[None]:
        """Whatever is wrong with a message within is said of this bag and topic."""
        try:
            yield
        except SourceError as error:
            raise SourceError(f"{self.path}: {topic}: {error}") from error

    def of_type(self, *type_names: str) -> list[Topic]:
        """Topics of these types that have messages, by name."""
        found = [topic for topic in self.topics.values() if topic.type_name in type_names and topic.messages]
        return sorted(found, key=lambda topic: topic.name)

    def describe_topics(self) -> str:
        """What is there, for error messages."""
        topics = sorted(self.topics.values(), key=lambda topic: topic.name)
        told = ", ".join(str(topic) for topic in topics[:_TOPICS_NAMED]) or "none"
        return told + (f" and {len(topics) - _TOPICS_NAMED} more" if len(topics) > _TOPICS_NAMED else "")

    def _list_topics(self) -> Iterator[Topic]:
        for name in {connection.topic: None for connection in self._connections}:
            same = [connection for connection in self._connections if connection.topic == name]
            yield Topic(name, same[0].msgtype, sum(connection.msgcount for connection in same))


def _check_metadata(folder: Path) -> None:
    """SourceError for what a recorder that did not finish leaves, and for folders that are no bag."""
    if (folder / "metadata.yaml").is_file():
        return
    files = sorted(child for child in folder.iterdir() if child.suffix in BAG_SUFFIXES)
    if not files:
        raise SourceError(f"{folder}: is no bag: neither metadata.yaml nor a {' or '.join(BAG_SUFFIXES)} file in it")
    raise SourceError(
        f"{folder}: has no metadata.yaml: the recording was not finished; "
        f"repair it with `ros2 bag reindex {folder}`, or name {files[0]} itself"
    )


def _check_sqlite_is_whole(path: Path) -> None:
    """SQLite reads a file that lacks its end as if nothing was; its first page knows how many there should be.

    What a recorder that was killed had not moved over yet lies in a file beside it, and would be missed as quietly.
    """
    log = path.with_name(f"{path.name}-wal")
    if path.suffix == ".db3" and log.is_file() and log.stat().st_size:
        raise ReaderError(
            f"the recording was not finished, the end of {path.name} still lies in {log.name}; "
            f"join them with `sqlite3 {path} 'PRAGMA wal_checkpoint(TRUNCATE)'`"
        )
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        return
    page_bytes, changes, pages = int.from_bytes(head[16:18], "big"), head[24:28], int.from_bytes(head[28:32], "big")
    needed = pages * (65536 if page_bytes == 1 else page_bytes)
    # The count of pages holds where the same writer wrote it last.
    if changes == head[92:96] and path.stat().st_size < needed:
        raise ReaderError(f"{path.name} is cut off: {path.stat().st_size} of {needed} bytes are there")


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """A damaged file makes the parsers below fail in any way; whatever it is, it means that the bag cannot be read."""
    try:
        yield
    except (VprError, GeneratorExit):
        raise
    except Exception as error:
        raise SourceError(f"{path}: the bag cannot be read: {_reason(error, path)}") from error


def _reason(error: Exception, path: Path) -> str:
    told = " ".join(str(error).split()).rstrip(".")
    if "end magic" in told or "footer" in told:
        return f"{told}: its recording was cut off; repair it with `mcap recover` or `ros2 bag reindex`"
    if isinstance(error, ReaderError) and ("metadata" in told or "YAML" in told):
        return f"metadata.yaml is empty or damaged; write it anew with `ros2 bag reindex {path}`"
    for kind, complaints in _NO_SUCH_FILE.items():
        if any(complaint in told for complaint in complaints):
            return f"it is empty or no {kind} file, so nothing was recorded in it"
    if isinstance(error, (ReaderError, OSError)):
        return told.replace(f"{path}: ", "")
    return f"it is damaged ({type(error).__name__}{': ' + told if told else ''})"
