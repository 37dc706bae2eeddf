"""The folder that a training keeps its work in, and what of others' it never touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpr_ros.core.errors import UsageError
from vpr_ros.training.work_folder import PLAN, open_work_folder

ABOUT: dict[str, object] = {"plan": {"seed": 0}}


def test_a_new_one_and_going_on_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "e.training"
    open_work_folder(folder, ABOUT, resume=False, force=False)
    (folder / "state.pt").touch()
    open_work_folder(folder, ABOUT, resume=True, force=False)
    assert (folder / "state.pt").exists()
    with pytest.raises(UsageError, match="interrupted training; --resume goes on"):
        open_work_folder(folder, ABOUT, resume=False, force=False)
    with pytest.raises(UsageError, match="of other sources or settings"):
        open_work_folder(folder, {"plan": {"seed": 1}}, resume=True, force=False)
    open_work_folder(folder, {"plan": {"seed": 1}}, resume=False, force=True)
    assert [path.name for path in folder.iterdir()] == [PLAN]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("resume", [False, True])
def test_what_is_no_training_is_left_alone(tmp_path: Path, force: bool, resume: bool) -> None:
    folder, file, link = tmp_path / "folder", tmp_path / "file", tmp_path / "link"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years")
    file.write_text("years")
    link.symlink_to(folder)
    for path in (folder, file, link):
        with pytest.raises(UsageError, match="no work of a training"):
            open_work_folder(path, ABOUT, resume, force)
    assert (folder / "thesis.txt").read_text() == file.read_text() == "years"
    assert link.is_symlink()


def test_one_killed_in_its_first_moment_is_none(tmp_path: Path) -> None:
    (tmp_path / "e.training").mkdir()
    open_work_folder(tmp_path / "e.training", ABOUT, resume=False, force=False)
    assert (tmp_path / "e.training" / PLAN).is_file()
