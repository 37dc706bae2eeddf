"""Disks that are full, limited or read-only: one line, and the old map stays."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from build_process import ENVIRONMENT, PRELUDE, child, named_by, names_in
from sample_map import same_map

from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap

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
