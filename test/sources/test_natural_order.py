"""2 comes before 10."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.sources.natural_order import list_files, natural_key


def test_numbers_count_by_value_in_folders_and_names(tmp_path: Path) -> None:
    names = ["a2/frame 2.jpg", "a2/frame 10.jpg", "a10/1.jpg", "a10/01.jpg", "b.JPG"]
    for name in [*names, "notes.txt", ".hidden.jpg", ".cache/3.jpg"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.as_posix() for path in list_files(tmp_path, (".jpg",))]
    assert found == ["a2/frame 2.jpg", "a2/frame 10.jpg", "a10/01.jpg", "a10/1.jpg", "b.JPG"]


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=30, unique=True), st.text("abc_-./ ", max_size=4))
def test_names_that_differ_in_a_number_sort_by_it(numbers: list[int], prefix: str) -> None:
    names = [Path(f"{prefix}x{number}.png") for number in numbers]
    random.Random(0).shuffle(names)
    assert sorted(names, key=natural_key) == [Path(f"{prefix}x{number}.png") for number in sorted(numbers)]


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=8), max_size=10))
def test_any_names_have_an_order(names: list[str]) -> None:
    once = sorted((Path(name) for name in names), key=natural_key)
    backwards = once[::-1]
    assert sorted(backwards, key=natural_key) == once
