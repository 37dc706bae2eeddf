from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sample_map import ORIGIN, PROVENANCE, RECIPE, same_map, sample_table, write_sample_map

from vpr_ros.core.errors import MapError, StorageError
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.maps.write_map import MapWriter

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parents[1]}"}
PRELUDE = "import os, sys\nfrom pathlib import Path\nfrom sample_map import *\n"


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def named_by(place_map: PlaceMap) -> set[str]:
    """What a map's directory should hold, and nothing else."""
    import json

    files = json.loads((place_map.path / "manifest.json").read_text())["files"]
    return {entry["file"] for entry in files.values()} | {"manifest.json", ".lock"}


def child(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A process of its own that can import the sample map."""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(code), *map(str, arguments)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_only_what_the_manifest_names_is_left(sample: PlaceMap) -> None:
    assert names_in(sample.path) == named_by(sample)
    write_sample_map(sample.path, seed=1, everything=False)
    assert names_in(sample.path) == named_by(open_map(sample.path))


def test_the_same_map_twice_is_the_same(sample: PlaceMap) -> None:
    before = names_in(sample.path)
    write_sample_map(sample.path)
    assert names_in(sample.path) == before
    assert np.array_equal(open_map(sample.path).descriptors, sample.descriptors)


def test_what_a_person_put_beside_a_map_stays(sample: PlaceMap) -> None:
    (sample.path / "rooms.yaml").write_text("kitchen: 0..9")
    write_sample_map(sample.path, seed=1)
    assert (sample.path / "rooms.yaml").read_text() == "kitchen: 0..9"


def test_a_build_that_fails_leaves_what_was_there(sample: PlaceMap) -> None:
    def fail(_: MapWriter) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample_map(sample.path, seed=1, before_commit=fail)
    assert same_map(open_map(sample.path), sample)
    assert names_in(sample.path) == named_by(sample)


def test_a_first_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a.map") as writer:
        writer.create_array("descriptors", (2, 3), np.float32)
    assert names_in(tmp_path) == set()


def test_an_empty_directory_that_was_there_stays(tmp_path: Path) -> None:
    with MapWriter(tmp_path):
        pass
    assert tmp_path.is_dir()


def test_arrays_are_frozen_by_commit(tmp_path: Path) -> None:
    held: list[np.ndarray] = []
    write_sample_map(tmp_path / "a", before_commit=lambda writer: held.append(writer._arrays["descriptors"]))
    with pytest.raises(ValueError, match="read-only"):
        held[0][0] = 0


def test_scratch_space_is_not_part_of_the_map(tmp_path: Path) -> None:
    def use_scratch(writer: MapWriter) -> None:
        scratch = writer.scratch_array("vectors", (100, 7), np.float32)
        assert not scratch.any()
        scratch[...] = 3
        assert scratch.sum() == 2100

    write_sample_map(tmp_path / "a", before_commit=use_scratch)
    assert names_in(tmp_path / "a") == named_by(open_map(tmp_path / "a"))


def test_ids_of_removed_places_are_not_given_again(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "a", next_place_id=500)
    assert open_map(tmp_path / "a").next_place_id == 500
    with pytest.raises(MapError, match="next_place_id=3 would give place 8 a second time"):
        write_sample_map(tmp_path / "a", next_place_id=3)
    assert open_map(tmp_path / "a").next_place_id == 500


def test_parts_that_contradict_one_another_are_not_written(sample: PlaceMap) -> None:
    table = sample_table(5)
    with MapWriter(sample.path) as writer:
        writer.put_array("descriptors", np.array(sample.descriptors))
        writer.put_array("vocabulary", np.array(sample.vocabularies[0].centres))
        with pytest.raises(
            MapError, match=r"office\.map: map not written, for it could not be opened: manifest\.json: "
        ):
            writer.commit(table, RECIPE, PROVENANCE, [ORIGIN])
    assert same_map(open_map(sample.path), sample)


def test_a_map_without_places_is_none(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a") as writer, pytest.raises(MapError, match="no place"):
        writer.commit(sample_table(0, poses=False), RECIPE, PROVENANCE, [ORIGIN])


def test_a_recipe_must_be_plain_json(tmp_path: Path) -> None:
    for value in (np.float32(1), float("nan"), object()):
        recipe = dataclasses.replace(RECIPE, fingerprint={"scale": value})
        with MapWriter(tmp_path / "a") as writer:
            writer.put_array("descriptors", np.eye(6, 12, dtype=np.float32))
            writer.put_array("vocabulary", np.ones((3, 4)))
            with pytest.raises(MapError, match="manifest is not plain JSON"):
                writer.commit(sample_table(), recipe, PROVENANCE, [ORIGIN])


def test_arrays_unknown_to_the_format_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with MapWriter(tmp_path / "a") as writer:
        for name, dtype in [("points", np.float32), ("descriptors", np.float64)]:
            with pytest.raises(ValueError, match=f"a map has no array {name!r} of {np.dtype(dtype)}"):
                writer.create_array(name, (3, 3), dtype)


def test_a_directory_of_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"x")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.json").write_text('{"format": "web_app"}')
    (tmp_path / "file").write_bytes(b"x")
    for name, message in [("photos", "holds 'cat.jpg'"), ("app", "holds 'manifest.json'"), ("file", "is a file")]:
        with pytest.raises(MapError, match=message):
            write_sample_map(tmp_path / name)
    assert names_in(tmp_path / "photos") == {"cat.jpg"}
    assert names_in(tmp_path / "app") == {"manifest.json"}
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.parametrize("manifest", [b"", b'{"format"', None, b'{"format": "vpr_map", "format_version": 7}'])
def test_a_damaged_or_newer_map_can_be_built_again(sample: PlaceMap, manifest: bytes | None) -> None:
    (sample.path / "manifest.json").unlink()
    if manifest is not None:
        (sample.path / "manifest.json").write_bytes(manifest)
    with pytest.raises(MapError):
        open_map(sample.path)
    write_sample_map(sample.path, seed=1)
    assert names_in(sample.path) == named_by(open_map(sample.path))


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


FAILING_BUILD = """
    from vpr_ros.core.errors import StorageError
    def need(writer):
        if sys.argv[2] == "array":
            writer.scratch_array("vectors", (4000, 1000), np.float32)[...] = 1
        else:
            for _ in range(4000):
                writer.add_thumbnail(np.random.default_rng(0).integers(0, 255, (40, 60, 3)).astype(np.uint8))
    try:
        write_sample_map(Path(sys.argv[1]), seed=1, everything=False, before_commit=need)
    except StorageError as error:
        print(error)
        sys.exit(5)
"""


@pytest.mark.parametrize("kind", ["array", "thumbnails"])
def test_a_file_size_limit_is_one_line(sample: PlaceMap, kind: str) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
    process = child(limit + textwrap.dedent(FAILING_BUILD), sample.path, kind)
    output, errors = process.communicate()
    assert process.returncode == 5, errors
    assert output.startswith("file size limit reached while writing ")
    assert output.count("\n") == 1
    assert same_map(open_map(sample.path), sample)
    assert names_in(sample.path) == named_by(sample)


@pytest.fixture
def on_a_disk_of(tmp_path: Path):
    """Runs a shell command in a mount namespace of its own, with a tiny disk at `disk` that vanishes with it."""
    (tmp_path / "disk").mkdir()

    def run(options: str, command: str) -> subprocess.CompletedProcess[str]:
        mount = f"mount -t tmpfs -o {options} tmpfs {tmp_path}/disk"
        unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
        try:
            subprocess.run([*unshare, mount], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("this machine lets nobody mount a tiny disk (unshare --user --mount)")
        return subprocess.run(
            [*unshare, f"{mount}\n{command}"],
            env={**ENVIRONMENT, "MAP": f"{tmp_path}/disk/a.map"},
            capture_output=True,
            text=True,
        )

    return run


def script(folder: Path, name: str, code: str) -> str:
    (folder / name).write_text(PRELUDE + textwrap.dedent(code))
    return f"{sys.executable} {folder / name}"


BUILD = "write_sample_map(Path(sys.argv[1]))"
CHECK = "from vpr_ros.maps.open_map import open_map\nprint('old map', len(open_map(Path(sys.argv[1])).table))"


@pytest.mark.parametrize("kind", ["array", "thumbnails"])
def test_a_full_disk_is_one_line_and_the_old_map_stays(tmp_path: Path, on_a_disk_of, kind: str) -> None:
    build, fail, check = (script(tmp_path, f"{n}.py", c) for n, c in [("b", BUILD), ("f", FAILING_BUILD), ("c", CHECK)])
    result = on_a_disk_of(
        "size=2m",
        f'{build} "$MAP"; {fail} "$MAP" {kind} || echo "exit $?"; {check} "$MAP"; ls -A "$MAP"',
    )
    line, code, old, *names = result.stdout.splitlines()
    assert line.startswith("disk full while writing "), result.stderr
    assert line.endswith("an earlier map there is untouched")
    assert ("needs about 14 MB more" in line) or kind == "thumbnails"
    assert (code, old) == ("exit 5", "old map 6")
    assert not [name for name in names if name.startswith(".building-")]


def test_a_read_only_disk_is_one_line(tmp_path: Path, on_a_disk_of) -> None:
    fail = script(tmp_path, "f.py", FAILING_BUILD)
    result = on_a_disk_of("ro", f'{fail} "$MAP" array || echo "exit $?"')
    line, code = result.stdout.splitlines()
    assert line.startswith("cannot write the directory of ")
    assert "Read-only file system; fix the permissions or write the map elsewhere" in line
    assert code == "exit 5"
