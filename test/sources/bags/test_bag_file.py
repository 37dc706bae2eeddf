"""Damaged and unfinished bags: one line that says what to do, never a traceback of a parser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer

from vpr_ros.core.errors import VprError
from vpr_ros.sources.bags.bag_file import BagFile
from vpr_ros.sources.bags.message_cdr import typestore
from vpr_ros.sources.bags.write_bag import BagWriter
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import SourceOptions

Bag = Callable[..., Path]


def read_everything(path: Path) -> int:
    source = open_source(path, SourceOptions())
    return len(list(source.frames()))


def one_line(error: pytest.ExceptionInfo[VprError]) -> str:
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(("storage", "suffix"), [("mcap", "mcap"), ("sqlite3", "db3")])
def test_a_lone_storage_file_is_a_bag(bag: Bag, storage: str, suffix: str) -> None:
    assert read_everything(bag(storage=storage) / f"drive.{suffix}") == 10


@pytest.mark.parametrize(("storage", "suffix"), [("mcap", "mcap"), ("sqlite3", "db3")])
def test_a_missing_metadata_file_says_reindex_or_the_file_itself(bag: Bag, storage: str, suffix: str) -> None:
    path = bag(storage=storage)
    (path / "metadata.yaml").unlink()
    with pytest.raises(VprError) as error:
        read_everything(path)
    assert f"`ros2 bag reindex {path}`, or name {path / f'drive.{suffix}'} itself" in one_line(error)
    assert read_everything(path / f"drive.{suffix}") == 10


def test_a_folder_without_any_bag_file_is_no_bag(tmp_path: Path) -> None:
    with pytest.raises(VprError, match=r"is no bag: neither metadata\.yaml nor a \.mcap or \.db3 file in it$"):
        BagFile(tmp_path)


@pytest.mark.parametrize("text", ["", "just a note\n"])
@pytest.mark.parametrize(("name", "kind"), [("notes.db3", "SQLite"), ("notes.mcap", "MCAP")])
def test_another_file_by_a_bags_name_is_no_bag(tmp_path: Path, name: str, kind: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(VprError) as error:
        BagFile(tmp_path / name)
    assert f"{name}: the bag cannot be read: it is empty or no {kind} file" in one_line(error)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize(("storage", "suffix"), [("mcap", "mcap"), ("sqlite3", "db3")])
def test_a_truncated_bag_is_one_line(bag: Bag, storage: str, suffix: str, share: float) -> None:
    path = bag(storage=storage, frames=30)
    data = path / f"drive.{suffix}"
    data.write_bytes(data.read_bytes()[: int(data.stat().st_size * share)])
    with pytest.raises(VprError) as error:
        read_everything(path)
    assert str(path) in one_line(error)


def test_a_truncated_recording_says_how_to_repair_it(bag: Bag) -> None:
    path = bag()
    data = path / "drive.mcap"
    data.write_bytes(data.read_bytes()[:-1000])
    with pytest.raises(VprError) as error:
        read_everything(data)
    assert "cut off; repair it with `mcap recover`" in one_line(error)


def test_an_end_that_still_lies_in_the_log_is_not_missed_quietly(bag: Bag) -> None:
    path = bag(storage="sqlite3")
    (path / "drive.db3-wal").write_bytes(b"frames")
    with pytest.raises(VprError) as error:
        read_everything(path)
    assert "the end of drive.db3 still lies in drive.db3-wal; join them with `sqlite3" in one_line(error)


@pytest.mark.parametrize(
    ("plugin", "mode"),
    [
        (StoragePlugin.MCAP, CompressionMode.STORAGE),
        (StoragePlugin.MCAP, CompressionMode.MESSAGE),
        (StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
        (StoragePlugin.SQLITE3, CompressionMode.FILE),
    ],
)
def test_compressed_recordings_are_read(bag: Bag, plugin: StoragePlugin, mode: CompressionMode) -> None:
    plain = bag()
    packed = plain.with_name("packed")
    with Reader(plain) as reader:
        writer = Writer(packed, version=9, storage_plugin=plugin)
        writer.set_compression(mode, CompressionFormat.ZSTD)
        with writer:
            copies = {
                each.topic: writer.add_connection(each.topic, each.msgtype, typestore=typestore())
                for each in reader.connections
            }
            for connection, stamp_ns, cdr in reader.messages():
                writer.write(copies[connection.topic], stamp_ns, cdr)
    assert read_everything(packed) == 10


def test_a_missing_storage_file_is_one_line(bag: Bag) -> None:
    path = bag()
    (path / "drive.mcap").unlink()
    with pytest.raises(VprError) as error:
        read_everything(path)
    assert "drive.mcap" in one_line(error)


@pytest.mark.parametrize("text", ["", "[", "a: b", "rosbag2_bagfile_information: 3", "\x00"])
def test_nonsense_in_the_metadata_is_one_line(bag: Bag, text: str) -> None:
    path = bag()
    (path / "metadata.yaml").write_text(text)
    with pytest.raises(VprError) as error:
        read_everything(path)
    assert f"metadata.yaml is empty or damaged; write it anew with `ros2 bag reindex {path}`" in one_line(error)


@pytest.fixture(scope="module")
def small_bag(drive: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drive(frames=2, depth=(8, 6)).write(tmp_path_factory.mktemp("bags") / "drive") / "drive.mcap"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_escape_as_foreign_errors(small_bag: Path, data: st.DataObject) -> None:
    whole = small_bag.read_bytes()
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        spoilt[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = small_bag.with_name("damaged.mcap")
    damaged.write_bytes(spoilt)
    message = ""
    try:
        read_everything(damaged)
    except VprError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize(
    "topic",
    ["/camera/image_raw", "/camera/depth/image_raw", "/camera/camera_info", "/tf", "/tf_static", "/where", "/odom"],
)
@pytest.mark.parametrize("garbage", [b"", b"\0\1\0\0\xff\xff", b"\x09\x09" + bytes(60)])
def test_a_message_that_is_none_is_blamed_on_its_bag_and_topic(bag: Bag, topic: str, garbage: bytes) -> None:
    """The same drive again, with the first message of a topic spoilt."""
    plain = bag(frames=3, depth=(8, 6), pose_topics={"/where": ("PoseStamped", "map"), "/odom": ("Odometry", "odom")})
    spoilt = plain.with_name("spoilt")
    opened = BagFile(plain)
    first = opened.first(topic)
    assert first is not None
    with BagWriter(spoilt) as writer:
        for message in opened.messages(opened.topics):
            is_first = (message.topic, message.bag_ns) == (topic, first.bag_ns)
            type_name = opened.topics[message.topic].type_name
            writer.write_raw(message.topic, type_name, garbage if is_first else message.cdr, message.bag_ns)
    with pytest.raises(VprError) as error:
        read_everything(spoilt)
    assert one_line(error).startswith(f"{spoilt}: {topic}: ")


@pytest.mark.parametrize("topic", ["/camera/image_raw", "/where"])
def test_messages_that_are_only_promised_are_missed(bag: Bag, topic: str) -> None:
    path = bag(tf=(), pose_topics={"/where": ("PoseStamped", "map")})
    metadata = path / "metadata.yaml"
    metadata.write_text(metadata.read_text().replace(f"name: {topic}\n", "name: /promised\n"))
    with pytest.raises(VprError) as error:
        open_source(path, SourceOptions(**{"image_topic" if "image" in topic else "pose_topic": "/promised"}))
    assert "/promised holds no" in one_line(error)


def test_a_bag_is_closed_when_nobody_uses_it_any_more(bag: Bag) -> None:
    opened = BagFile(bag())
    reader = opened._reader
    del opened
    assert not reader.is_open
