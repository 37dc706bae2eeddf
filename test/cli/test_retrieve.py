"""`vpr retrieve`: lines in hloc's format, and no file that is half or somebody else's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.cli.retrieve import pair_names
from vpr_ros.core.errors import SourceError

QUICK = ["--set", "aggregation.clusters=8", "--set", "image.long_side_px=160"]


def write_picture(path: Path, seed: int, noise: float = 0.0) -> None:
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.standard_normal((120, 160, 3)).astype(np.float32), (0, 0), 2)
    image = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX)
    image += noise * np.random.default_rng([seed, 1]).standard_normal(image.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.clip(image, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`db` of eight pictures in two folders, `query` with three of them again (noisy) and a wall, a map of `db`."""
    folder = tmp_path_factory.mktemp("world")
    for number in range(8):
        write_picture(folder / "db" / ("a" if number < 4 else "b") / f"{number}.png", number)
    for number in (1, 4, 6):
        write_picture(folder / "query" / f"q{number}.png", number, noise=4)
    assert cv2.imwrite(str(folder / "query" / "wall.png"), np.full((120, 160, 3), 200, np.uint8))
    assert main(["map", "build", str(folder / "db"), "-o", str(folder / "map"), *QUICK]) == 0
    return folder


def retrieve(world: Path, source: str, pairs: Path, *more: str) -> list[list[str]]:
    assert main(["retrieve", str(world / source), str(world / "map"), "--pairs", str(pairs), *more]) == 0
    return [line.split(" ") for line in pairs.read_text().splitlines()]


def refused(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str]:
    code = main([str(arg) for arg in argv])
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return code, error


def test_lines_are_in_order_of_queries_and_then_of_likeness(world, tmp_path, capsys):
    pairs = retrieve(world, "query", tmp_path / "pairs.txt", "-k", "2")
    assert [query for query, _ in pairs] == ["q1.png", "q1.png", "q4.png", "q4.png", "q6.png", "q6.png"]
    assert [name for _, name in pairs[::2]] == ["a/1.png", "b/4.png", "b/6.png"]
    printed = capsys.readouterr().out
    assert "1 images show too little to be compared and have no pairs: wall.png" in printed
    assert "retrieve_places" in printed
    assert "index: exact" in printed
    assert "6 pairs of 4 images with 8 places" in printed


def test_the_ranking_is_that_of_localize(world, tmp_path, capsys):
    pairs = retrieve(world, "query", tmp_path / "pairs.txt", "-k", "4", "--frames", "0:1")
    capsys.readouterr()
    assert main(["localize", str(world / "map"), str(world / "query/q1.png"), "-k", "4"]) == 0
    printed = capsys.readouterr().out.splitlines()
    told = [line.split()[-1] for line in printed if line.lstrip()[:2] in ("1.", "2.", "3.", "4.")]
    assert [name for _, name in pairs] == told


@pytest.mark.parametrize(("index", "library"), [("flat", "faiss"), ("hnsw", "faiss"), ("torch", "torch")])
def test_other_indexes_give_the_same_pairs(world, tmp_path, capsys, index, library):
    pytest.importorskip(library)
    choice = ["-k", "3", "--set", f"retrieval.index={index}", "--set", "features.device=cpu"]
    assert retrieve(world, "query", tmp_path / "b.txt", *choice) == retrieve(
        world, "query", tmp_path / "a.txt", "-k", "3"
    )
    assert f"index: {index} " in capsys.readouterr().out


def test_no_image_is_paired_with_itself(world, tmp_path, capsys):
    pairs = retrieve(world, "db", tmp_path / "pairs.txt", "-k", "7")
    assert len(pairs) == 8 * 7
    assert all(query != name for query, name in pairs)
    assert "8 images stand in SOURCE and MAP under one name" in capsys.readouterr().out


def test_prefixes_tell_images_of_one_name_apart(world, tmp_path, capsys):
    pairs = retrieve(world, "db", tmp_path / "p.txt", "-k", "1", "--query-prefix", "query/", "--map-prefix", "db/")
    assert pairs[0] == ["query/a/0.png", "db/a/0.png"]
    assert "under one name" not in capsys.readouterr().out


def test_more_pairs_than_places_is_said(world, tmp_path, capsys):
    pairs = retrieve(world, "query", tmp_path / "pairs.txt")
    assert len(pairs) == 3 * 8
    assert "the map has 8 places, so no image gets 40 pairs" in capsys.readouterr().out


def test_a_file_that_exists_is_replaced_only_when_that_is_said(world, tmp_path, capsys):
    path = tmp_path / "pairs.txt"
    path.write_text("mine\n")
    code, error = refused(capsys, "retrieve", world / "query", world / "map", "--pairs", path)
    assert code == 2
    assert "say --force" in error
    assert path.read_text() == "mine\n"
    assert len(retrieve(world, "query", path, "-k", "1", "--force")) == 3


def test_a_query_that_cannot_be_read_leaves_no_file(world, tmp_path, capsys):
    for number in (1, 2):
        write_picture(tmp_path / "drive" / f"{number}.png", number)
    whole = (tmp_path / "drive" / "2.png").read_bytes()
    (tmp_path / "drive" / "2.png").write_bytes(whole[: len(whole) // 2])
    code, error = refused(capsys, "retrieve", tmp_path / "drive", world / "map", "--pairs", tmp_path / "out" / "p.txt")
    assert code == 3
    assert "2.png" in error
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["-k", "0"], 2, "expected 1 to 999"),
        (["-k", "1000"], 2, "expected 1 to 999"),
        (["--frames", "9:10"], 2, "the source holds 4 frames"),
        (["--query-prefix", "my images/"], 3, "'my images/q1.png' has a blank in it"),
        (["--map-prefix", "my images/"], 3, "'my images/a/0.png' has a blank in it"),
        (["--set", "retrieval.index=ivf_pq"], 2, "this map has 8"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(world, tmp_path, capsys, more, code, told):
    got, error = refused(capsys, "retrieve", world / "query", world / "map", "--pairs", tmp_path / "p.txt", *more)
    assert got == code
    assert told in error
    assert not (tmp_path / "p.txt").exists()


@pytest.mark.parametrize("folder", ["", "/proc"])
def test_a_file_that_cannot_be_made_is_one_line(world, tmp_path, capsys, folder):
    path = Path(folder) / "pairs.txt" if folder else tmp_path
    code, error = refused(capsys, "retrieve", world / "query", world / "map", "--pairs", path)
    assert code == (5 if folder else 2)
    assert str(path) in error


@pytest.mark.parametrize("name", ["a b.png", "a\tb.png", "a\nb.png", "a\u2003b.png", " a.png", ""])
def test_names_that_the_format_cannot_hold_are_named(name):
    with pytest.raises(SourceError, match="has a blank in it"):
        pair_names(["good.png", name], "", "drive")
