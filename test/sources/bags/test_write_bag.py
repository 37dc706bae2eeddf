"""A bag is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rosbags.interfaces import QosDurability
from rosbags.rosbag2 import Reader

from vpr_ros.core.errors import StorageError, UsageError
from vpr_ros.sources.bags.write_bag import STORAGES, BagWriter

STRING = "std_msgs/msg/String"


def write_texts(path: Path, storage: str = "mcap", *texts: str, overwrite: bool = False) -> None:
    with BagWriter(path, storage, overwrite=overwrite) as bag:
        for index, text in enumerate(texts or ("a",)):
            bag.write("/text", STRING, {"data": text}, index)


def texts_of(path: Path) -> list[str]:
    with Reader(path) as reader:
        return [bytes(cdr[8:-1]).decode() for _, _, cdr in reader.messages()]


@pytest.mark.parametrize("storage", STORAGES)
def test_messages_come_back_in_order_with_their_times(tmp_path: Path, storage: str) -> None:
    with BagWriter(tmp_path / "bag", storage) as bag:
        bag.write("/b", STRING, {"data": "second"}, 20)
        bag.write("/a", STRING, {"data": "first"}, 10)
        bag.write_raw("/a", STRING, b"\0\1\0\0\x02\0\0\0x\0", 30)
    with Reader(tmp_path / "bag") as reader:
        found = [(connection.topic, stamp, bytes(cdr[8:-1]).decode()) for connection, stamp, cdr in reader.messages()]
    assert found == [("/a", 10, "first"), ("/b", 20, "second"), ("/a", 30, "x")]
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


@pytest.mark.parametrize("storage", STORAGES)
def test_latched_topics_offer_it(tmp_path: Path, storage: str) -> None:
    with BagWriter(tmp_path / "bag", storage, latched=("/tf_static", "/room")) as bag:
        bag.write("/tf_static", "tf2_msgs/msg/TFMessage", {}, 1)
        bag.write("/room", STRING, {}, 1)
        bag.write("/tf", "tf2_msgs/msg/TFMessage", {}, 1)
    with Reader(tmp_path / "bag") as reader:
        offered = {each.topic: each.ext.offered_qos_profiles[0].durability for each in reader.connections}
    latched, volatile = QosDurability.TRANSIENT_LOCAL, QosDurability.VOLATILE
    assert offered == {"/tf_static": latched, "/room": latched, "/tf": volatile}


def test_an_existing_bag_is_refused_unless_asked(tmp_path: Path) -> None:
    write_texts(tmp_path / "bag", "mcap", "old")
    with pytest.raises(UsageError, match="bag exists; choose another name"):
        write_texts(tmp_path / "bag", "mcap", "new")
    assert texts_of(tmp_path / "bag") == ["old"]
    write_texts(tmp_path / "bag", "sqlite3", "new", overwrite=True)
    assert texts_of(tmp_path / "bag") == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


def test_a_bag_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    writer = BagWriter(tmp_path / "bag")
    with pytest.raises(UsageError, match="bag exists"), writer:
        write_texts(tmp_path / "bag", "mcap", "somebody else's")
    assert texts_of(tmp_path / "bag") == ["somebody else's"]
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


def test_a_folder_that_is_no_bag_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="is a folder but no bag"):
        write_texts(tmp_path / "home", overwrite=True)
    assert (tmp_path / "home" / "thesis.tex").exists()


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_an_interrupted_bag_leaves_nothing_and_the_old_one_intact(
    tmp_path: Path, storage: str, interruption: type[BaseException]
) -> None:
    write_texts(tmp_path / "bag", storage, "old")

    def interrupted() -> None:
        with BagWriter(tmp_path / "bag", storage, overwrite=True) as bag:
            bag.write("/text", STRING, {"data": "new"}, 0)
            raise interruption

    with pytest.raises(interruption):
        interrupted()
    assert texts_of(tmp_path / "bag") == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow past 300 kB: writing then fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("storage", STORAGES)
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, storage: str) -> None:
    image = np.zeros((480, 640), np.uint8)
    fields = {"height": 480, "width": 640, "encoding": "mono8", "step": 640, "data": image}

    def fill() -> None:
        with BagWriter(tmp_path / "bag", storage) as bag:
            for stamp in range(20):
                bag.write("/image", "sensor_msgs/msg/Image", fields, stamp)

    with pytest.raises(StorageError, match=r"bag: the bag cannot be written: \w+"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="the bag cannot be written"):
        write_texts(tmp_path / "file" / "bag")


def test_misuse_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="storage 'rosbag1' is not one of mcap, sqlite3"):
        BagWriter(tmp_path / "bag", "rosbag1")
    with pytest.raises(UsageError, match="in a `with` statement"):
        BagWriter(tmp_path / "bag").write("/text", STRING, {}, 0)
    with BagWriter(tmp_path / "bag") as bag:
        bag.write("/text", STRING, {}, 0)
        with pytest.raises(UsageError, match="topic /text carries std_msgs/msg/String"):
            bag.write("/text", "std_msgs/msg/Empty", {}, 0)
