"""`vpr localize --draw` and `--draw-clusters`: files that are there, pictures of the right things."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.cli.picture_files import PictureFiles
from vpr_ros.core.draw_match import INK
from vpr_ros.core.draw_votes import STRONG
from vpr_ros.core.errors import UsageError

QUICK = ["--set", "image.long_side_px=160", "--set", "aggregation.clusters=8"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five pictures, `house`: a map of them, `pooled`: one without a vocabulary, and a blank `wall.png`."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "drive").mkdir()
    for number in range(5):
        smooth = cv2.GaussianBlur(np.random.default_rng(number).standard_normal((120, 160, 3)), (0, 0), 2)
        image = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX)
        cv2.imwrite(str(folder / "drive" / f"{number}.png"), image)
    cv2.imwrite(str(folder / "wall.png"), np.full((120, 160, 3), 200, np.uint8))
    build = ["map", "build", str(folder / "drive"), *QUICK]
    assert main([*build, "-o", str(folder / "house")]) == 0
    assert main([*build, "-o", str(folder / "pooled"), "--aggregation", "gem"]) == 0
    return folder


def localize(world: Path, images: list[str], *more: object, place_map: str | Path = "house") -> int:
    return main(["localize", str(world / place_map), *(str(world / image) for image in images), *map(str, more)])


def refused(capsys: pytest.CaptureFixture[str], code: int) -> str:
    assert code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_the_query_stands_beside_its_best_match(world, tmp_path):
    assert localize(world, ["drive/3.png"], "--draw", tmp_path / "answer.png") == 0
    picture = cv2.imread(str(tmp_path / "answer.png"))[..., ::-1]
    assert tuple(picture[0, 0]) == INK
    query, match = picture[3:363, 3:483].astype(float), picture[3:363, 491:971].astype(float)
    assert np.corrcoef(query.ravel(), match.ravel())[0, 1] > 0.9  # the place of this very image
    assert picture.shape == (360 + 6 + 3 * 18 + 6, 480 * 2 + 8 + 6, 3)


def test_patches_that_voted_are_linked(world, tmp_path):
    build = ["map", "build", str(world / "drive"), *QUICK, "--set", "rerank.raw_patches=true"]
    assert main([*build, "-o", str(tmp_path / "voting")]) == 0
    for name in ("house", tmp_path / "voting"):
        answer = tmp_path / f"{Path(name).name}.png"
        assert localize(world, ["drive/3.png"], "--draw", answer, place_map=name) == 0
    plain, linked = (cv2.imread(str(tmp_path / name))[..., ::-1] for name in ("house.png", "voting.png"))
    assert plain.shape == linked.shape
    pixels = [np.count_nonzero(np.all(picture == STRONG, axis=2)) for picture in (plain, linked)]
    assert pixels[0] == 0
    assert pixels[1] > 500  # each cell of an image is most like itself: straight lines from side to side


def test_a_refusal_has_no_match(world, tmp_path):
    assert localize(world, ["wall.png"], "--draw", tmp_path / "answer.png") == 0
    picture = cv2.imread(str(tmp_path / "answer.png"))
    assert np.all(picture[3:363, 491:971] == 225)


def test_several_images_go_into_a_folder(world, tmp_path):
    images = ["drive/1.png", "drive/2.png", "wall.png"]
    assert localize(world, images, "--draw", tmp_path / "to", "--draw-clusters", tmp_path / "clusters") == 0
    for folder in ("to", "clusters"):
        assert sorted(file.name for file in (tmp_path / folder).iterdir()) == ["1.png", "2.png", "wall.png"]
    assert np.any(cv2.imread(str(tmp_path / "clusters/1.png")) != cv2.imread(str(tmp_path / "clusters/2.png")))


def test_pictures_that_are_there_stay_unless_it_is_said(world, tmp_path, capsys):
    (tmp_path / "2.png").write_text("mine")
    assert "--force" in refused(capsys, localize(world, ["drive/1.png", "drive/2.png"], "--draw", tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["2.png"]
    assert (tmp_path / "2.png").read_text() == "mine"
    assert localize(world, ["drive/1.png", "drive/2.png"], "--draw", tmp_path, "--force") == 0
    assert cv2.imread(str(tmp_path / "2.png")) is not None


def test_a_map_without_a_vocabulary_has_no_clusters(world, tmp_path, capsys):
    code = localize(world, ["drive/1.png"], "--draw-clusters", tmp_path / "c.png", place_map="pooled")
    assert "descriptors (gem) are made without clusters" in refused(capsys, code)
    assert localize(world, ["drive/1.png"], "--draw", tmp_path / "m.png", place_map="pooled") == 0


def test_an_ensemble_without_a_vocabulary_is_called_by_its_members(world, tmp_path, capsys):
    members = ["--set", "ensemble.members=[dense_sift+gem, dense_sift+gem_signed]"]
    assert main(["map", "build", str(world / "drive"), "-o", str(tmp_path / "m"), *QUICK, *members]) == 0
    code = localize(world, ["wall.png"], "--draw-clusters", tmp_path / "c", place_map=tmp_path / "m")
    assert "descriptors (dense_sift+gem, dense_sift+gem_signed) are made without" in refused(capsys, code)


def test_both_pictures_want_places_of_their_own(world, tmp_path, capsys):
    code = localize(world, ["drive/1.png"], "--draw", tmp_path, "--draw-clusters", tmp_path)
    assert "two different places" in refused(capsys, code)


def test_one_file_holds_one_picture(tmp_path):
    with pytest.raises(UsageError, match="there are 2 images; name a folder"):
        PictureFiles(tmp_path / "a.png", [Path("1.png"), Path("2.png")], force=False)


def test_images_of_one_name_get_pictures_of_different_names(tmp_path):
    images = [Path(name) for name in ("1-1.png", "a/1.png", "b/1.jpg", "c/1.png", "2.png")]
    files = PictureFiles(tmp_path, images, force=False)
    assert [path.name for path in files.paths] == ["1-1.png", "1.png", "1-2.png", "1-3.png", "2.png"]
