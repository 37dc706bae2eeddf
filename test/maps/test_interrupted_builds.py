"""Builds that are killed, and two at once: there is one whole map at any moment."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from build_process import child, named_by, names_in
from sample_map import same_map, write_sample_map

from vpr_ros.core.errors import MapError, StorageError
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.maps.write_map import MapWriter


def test_two_builds_at_once_are_refused(sample: PlaceMap) -> None:
    process = child(
        """
        def hold(writer):
            print("building", flush=True)
            sys.stdin.read()
        write_sample_map(Path(sys.argv[1]), seed=1, before_commit=hold)
        """,
        sample.path,
        stdin=subprocess.PIPE,
    )
    assert process.stdout.readline() == "building\n"
    with pytest.raises(StorageError, match=r"office\.map: another build is writing this map"):
        write_sample_map(sample.path, seed=2)
    assert same_map(open_map(sample.path), sample)
    process.communicate("")
    assert process.returncode == 0
    assert not same_map(open_map(sample.path), sample)
    write_sample_map(sample.path, seed=2)


def test_a_writer_refuses_itself_a_second_time(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a"), pytest.raises(StorageError, match="another build"), MapWriter(tmp_path / "a"):
        pass
    assert names_in(tmp_path) == set()


def test_a_killed_build_leaves_the_old_map(sample: PlaceMap) -> None:
    process = child(
        """
        def hold(writer):
            writer.scratch_array("vectors", (1000, 10), np.float32)
            print("building", flush=True)
            sys.stdin.read()
        write_sample_map(Path(sys.argv[1]), seed=1, before_commit=hold)
        """,
        sample.path,
        stdin=subprocess.PIPE,
    )
    assert process.stdout.readline() == "building\n"
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert any(name.startswith(".building-") for name in names_in(sample.path))
    assert same_map(open_map(sample.path), sample)
    write_sample_map(sample.path, seed=2)
    assert names_in(sample.path) == named_by(open_map(sample.path))


def test_a_killed_first_build_is_told_and_can_be_repeated(tmp_path: Path) -> None:
    process = child(
        "write_sample_map(Path(sys.argv[1]), before_commit=lambda w: os.kill(os.getpid(), 9))", tmp_path / "a"
    )
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(MapError, match="was interrupted; run `vpr map build` again"):
        open_map(tmp_path / "a")
    write_sample_map(tmp_path / "a")
    assert names_in(tmp_path / "a") == named_by(open_map(tmp_path / "a"))


@pytest.mark.parametrize("step", [0, 1, 9, 15, 16, 17])
def test_killed_at_any_step_of_the_commit_there_is_one_whole_map(sample: PlaceMap, step: int) -> None:
    """Steps are the renames of commit: 16 data files, then the manifest; 17 is the sweep that follows."""
    process = child(
        """
        import pathlib
        replace, unlink, done = pathlib.Path.replace, pathlib.Path.unlink, []
        def counted(action):
            def act(self, *arguments, **options):
                if len(done) == int(sys.argv[2]):
                    os.kill(os.getpid(), 9)
                done.append(self)
                return action(self, *arguments, **options)
            return act
        pathlib.Path.replace = counted(replace)
        def last(writer):
            pathlib.Path.unlink = counted(unlink)
        write_sample_map(Path(sys.argv[1]), seed=1, before_commit=last)
        """,
        sample.path,
        step,
    )
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors
    opened = open_map(sample.path)
    assert same_map(opened, sample) == (step < 17)
    write_sample_map(sample.path, seed=2)
    assert names_in(sample.path) == named_by(open_map(sample.path))
