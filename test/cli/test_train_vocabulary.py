from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from vpr_ros.cli.main import main
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.vocabulary_file import read_vocabulary

QUICK = ["--set", "aggregation.clusters=8", "--set", "image.long_side_px=160"]


def write_drive(folder: Path, seed: int) -> Path:
    folder.mkdir()
    for number in range(4):
        noise = np.random.default_rng(10 * seed + number).standard_normal((120, 160, 3)).astype(np.float32)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, 32))
    return folder


@pytest.fixture
def drives(tmp_path: Path) -> list[Path]:
    return [write_drive(tmp_path / name, seed) for seed, name in enumerate(("office", "home"))]


def test_drives_teach_a_vocabulary_that_maps_are_built_with(drives, tmp_path, capsys):
    words = tmp_path / "indoor.vocabulary"
    assert main(["train", "vocabulary", *map(str, drives), "-o", str(words), *QUICK]) == 0
    assert "8 centres of 128-d dense_sift patches, domain vocabulary indoor" in capsys.readouterr().out
    origin = read_vocabulary(words).origin
    assert [Path(source).name for source in origin.sources] == ["office", "home"]
    chosen = ["--set", f"aggregation.vocabulary={words}"]
    assert main(["map", "build", str(drives[0]), "-o", str(tmp_path / "m"), *QUICK, *chosen]) == 0
    built = open_map(tmp_path / "m").vocabularies[0]
    np.testing.assert_array_equal(built.centres, read_vocabulary(words).centres)
    assert main(["map", "info", str(tmp_path / "m")]) == 0
    assert "(domain vocabulary indoor)" in capsys.readouterr().out


def test_a_map_lends_its_vocabulary(drives, tmp_path):
    assert main(["map", "build", str(drives[0]), "-o", str(tmp_path / "m"), *QUICK]) == 0
    assert main(["train", "vocabulary", str(tmp_path / "m"), "-o", str(tmp_path / "v")]) == 0
    lent, own = read_vocabulary(tmp_path / "v"), open_map(tmp_path / "m").vocabularies[0]
    np.testing.assert_array_equal(lent.centres, own.centres)
    assert lent.origin.kind == "map"


def test_a_lent_vocabulary_is_called_what_it_shall_be(drives, tmp_path, capsys):
    assert main(["map", "build", str(drives[0]), "-o", str(tmp_path / "m"), *QUICK]) == 0
    lend = ["train", "vocabulary", str(tmp_path / "m"), "-o", str(tmp_path / "v"), "--name", "indoor"]
    assert main([*lend, "--kind", "global"]) == 0
    assert "global vocabulary indoor" in capsys.readouterr().out
    assert read_vocabulary(tmp_path / "v").origin.name == "indoor"
    assert main(["train", "vocabulary", str(drives[0]), str(tmp_path / "m"), "-o", str(tmp_path / "w")]) == 2
    assert "is a map, which lends its vocabulary only as the only SOURCE" in capsys.readouterr().err


def test_clusters_that_a_given_vocabulary_does_not_have_are_told(drives, tmp_path, capsys):
    assert main(["train", "vocabulary", str(drives[0]), "-o", str(tmp_path / "v"), *QUICK]) == 0
    more = ["--set", f"aggregation.vocabulary={tmp_path / 'v'}", "--set", "aggregation.clusters=9"]
    assert main(["map", "build", str(drives[0]), "-o", str(tmp_path / "m"), *QUICK, *more]) == 0
    assert "note: aggregation.clusters=9 has no effect: the vocabulary has 8\n" in capsys.readouterr().out


@pytest.mark.parametrize("named", ["features.name=cnn", "aggregation.name=gem"])
def test_an_ensemble_and_another_descriptor_contradict_each_other(named, drives, tmp_path, capsys):
    members = ["--set", "ensemble.members=[dense_sift+vlad, dense_sift+gem_signed]", "--set", named]
    assert main(["map", "build", str(drives[0]), "-o", str(tmp_path / "m"), *QUICK, *members]) == 2
    assert f"{named} contradicts ensemble.members=[dense_sift+vlad, dense_sift+gem_signed]" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_replaced_unasked(drives, tmp_path, capsys):
    (tmp_path / "v").write_text("mine")
    assert main(["train", "vocabulary", str(drives[0]), "-o", str(tmp_path / "v"), *QUICK]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert (tmp_path / "v").read_text() == "mine"
    assert main(["train", "vocabulary", str(drives[0]), "-o", str(tmp_path / "v"), "--force", *QUICK]) == 0
    assert read_vocabulary(tmp_path / "v").centres.shape == (8, 128)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "name the SOURCEs to learn from, or --centres"),
        (["DRIVE", "--set", "aggregation.name=gem"], 2, "set features.name and aggregation.name=vlad"),
        (["DRIVE", "--set", "aggregation.clusters=4000"], 3, "describable patches cannot make 4000 clusters"),
        (["DRIVE", "--centres", "a.pt"], 2, "one of them"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, code, told, drives, tmp_path, capsys):
    given = [str(drives[0]) if argument == "DRIVE" else argument for argument in arguments]
    assert main(["train", "vocabulary", *given, "-o", str(tmp_path / "v")]) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not (tmp_path / "v").exists()


def test_centres_of_another_dimension_are_refused(shared, tmp_path, capsys):
    pytest.importorskip("torch")
    published = shared / "models" / "anyloc_vocab_vitg14" / "indoor_c_centers.pt"
    assert main(["train", "vocabulary", "--centres", str(published), "-o", str(tmp_path / "v")]) == 6
    assert "centres of 1536-d patches, the features named make 128-d ones" in capsys.readouterr().err
