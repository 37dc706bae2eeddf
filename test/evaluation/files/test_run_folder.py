from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vpr_ros.core.errors import StorageError, UsageError
from vpr_ros.evaluation.files.run_folder import FORMAT, METRICS, QUERIES, NewFolder


def write_run(path: Path, what: str, *, force: bool = False) -> None:
    with NewFolder(path, force=force) as working:
        (working / METRICS).write_text(json.dumps({"format": FORMAT, "what": what}))
        (working / QUERIES).write_text(what)


def test_it_appears_whole_and_leaves_nothing_beside(tmp_path: Path):
    write_run(tmp_path / "deep" / "run", "new")
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["run"]
    assert (tmp_path / "deep" / "run" / QUERIES).read_text() == "new"


def test_after_an_error_nothing_is_there(tmp_path: Path):
    def interrupted() -> None:
        with NewFolder(tmp_path / "run") as working:
            (working / QUERIES).write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_what_exists_is_refused_before_work_begins(tmp_path: Path):
    write_run(tmp_path / "run", "old")
    with pytest.raises(UsageError, match="exists; choose another name, or say --force"):
        NewFolder(tmp_path / "run")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="exists"):
        NewFolder(tmp_path / "empty")


def test_force_replaces_an_evaluation(tmp_path: Path):
    write_run(tmp_path / "run", "old")
    write_run(tmp_path / "run", "new", force=True)
    assert (tmp_path / "run" / QUERIES).read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_force_fills_an_empty_folder(tmp_path: Path):
    (tmp_path / "run").mkdir()
    write_run(tmp_path / "run", "new", force=True)
    assert (tmp_path / "run" / QUERIES).read_text() == "new"


def test_an_error_keeps_the_old_one(tmp_path: Path):
    write_run(tmp_path / "run", "old")
    with pytest.raises(ValueError, match="boom"), NewFolder(tmp_path / "run", force=True):
        raise ValueError("boom")
    assert (tmp_path / "run" / QUERIES).read_text() == "old"


@pytest.mark.parametrize("content", ["{}", "[]", "{", '{"format": "other"}', "[" * 100_000])
def test_force_does_not_replace_what_is_not_ours(tmp_path: Path, content: str):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / METRICS).write_text(content)
    with pytest.raises(UsageError, match="holds no vpr_ros evaluation"):
        NewFolder(tmp_path / "run", force=True)
    assert (tmp_path / "run" / METRICS).read_text() == content


def test_force_does_not_bury_a_persons_notes(tmp_path: Path):
    write_run(tmp_path / "run", "old")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"also holds 'notes.txt'"):
        NewFolder(tmp_path / "run", force=True)


def test_force_replaces_neither_files_nor_links(tmp_path: Path):
    write_run(tmp_path / "run", "old")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    (tmp_path / "file").write_text("")
    for name in ("link", "file"):
        with pytest.raises(UsageError, match="is no folder"):
            NewFolder(tmp_path / name, force=True)


def test_a_folder_that_came_meanwhile_is_kept(tmp_path: Path):
    folder = NewFolder(tmp_path / "run")
    folder.__enter__()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "theirs").write_text("")
    with pytest.raises(UsageError, match="exists"):
        folder.__exit__(None, None, None)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_is_not_ours(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be written"), NewFolder(tmp_path / "run"):
        pass


def test_a_file_where_a_folder_should_be(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"), NewFolder(tmp_path / "file" / "run"):
        pass


def test_a_full_disk_is_one_line(tmp_path: Path):
    with (
        pytest.raises(StorageError, match="No space left"),
        NewFolder(tmp_path / "run"),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x")
    assert list(tmp_path.iterdir()) == []
