from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_run import write_drive

from vpr_ros.cli.main import main
from vpr_ros.core.errors import SettingsError, UsageError
from vpr_ros.evaluation.suite.benchmark_suite import Cell, read_suite
from vpr_ros.evaluation.suite.suite_folder import SuiteFolder
from vpr_ros.evaluation.suite.suite_summary import summarize_suite, summary_table

SUITE = """\
sources:
  drive: {map: mapped, query: asked, positives: distance=1}
features: [dense_sift]
aggregations: {vlad: [], few: [aggregation.clusters=4]}
seeds: [0, 1]
set: [aggregation.clusters=8, image.long_side_px=160]
"""


def cells_of(folder: Path, text: str) -> list[Cell]:
    (folder / "suite.yaml").write_text(text)
    return read_suite(folder / "suite.yaml")


def test_every_combination_is_a_cell(tmp_path: Path):
    cells = cells_of(tmp_path, SUITE)
    assert [cell.name for cell in cells] == [
        f"drive-dense_sift-{aggregation}-seed{seed}" for aggregation in ("vlad", "few") for seed in (0, 1)
    ]
    words = cells[3].evaluate_words(Path("m"), Path("r"))
    assert words[:5] == ["evaluate", str(tmp_path / "asked"), "m", "-o", "r"]
    assert words[words.index("--positives") + 1] == "distance=1"
    # What is chosen comes after what is common, so it wins.
    assert cells[3].assignments == (
        *("aggregation.clusters=8", "image.long_side_px=160", "features.name=dense_sift"),
        *("aggregation.clusters=4", "aggregation.seed=1"),
    )


def test_paths_are_relative_to_the_file_and_variables_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VPR_TEST_DATA", "/data")
    text = SUITE.replace("map: mapped", "map: $VPR_TEST_DATA/a").replace("distance=1", "right.json")
    (cell, *_) = cells_of(tmp_path, text)
    assert cell.source.map_source == Path("/data/a")
    assert cell.source.positives == str(tmp_path / "right.json")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("features: [dense_sift]\n", "", "has no features"),
        ("features:", "feature:", "did you mean features"),
        ("seeds: [0, 1]", "seeds: 3", "expected whole numbers"),
        ("seeds: [0, 1]", "seeds: [0, 0]", "stands in the matrix twice"),
        ("seeds: [0, 1]", "seeds: [true]", "expected whole numbers"),
        ("map: mapped,", "", "expected `map: PATH`"),
        ("map: mapped", "maps: mapped, map: x", "did you mean map"),
        ("drive:", "../drive:", "cannot be part of a folder's name"),
        ("[dense_sift]", "[{a: 1}]", "expected a text"),
        ("[dense_sift]", "dense_sift", "expected names such as"),
        ("vlad: []", "vlad: 3", "expected a list of texts"),
        ("sources:\n", "sources: 3\nx:\n", "did you mean|unknown setting"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, old: str, new: str, told: str):
    assert old in SUITE
    with pytest.raises(SettingsError, match=told) as raised:
        cells_of(tmp_path, SUITE.replace(old, new, 1))
    assert "\n" not in str(raised.value)
    assert "suite.yaml" in str(raised.value)


def test_no_suite_file(tmp_path: Path):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_suite(tmp_path / "none.yaml")


def test_the_table_tells_the_spread_over_seeds(tmp_path: Path):
    cells = cells_of(tmp_path, SUITE)
    metrics = {
        cells[0].name: {"recall": {"1": 0.5}},
        cells[1].name: {"recall": {"1": 0.7}},
        cells[2].name: {"recall": {}},
    }
    summary = summarize_suite(cells, metrics, {cells[3].name: "no weights"})
    assert summary["cells"][3]["failed"] == "no weights"
    assert summary_table(summary) == [
        ["source", "features", "aggregation", "seeds", "R@1"],
        ["drive", "dense_sift", "vlad", "2", "60.0 (50.0..70.0)"],
        ["drive", "dense_sift", "few", "1", "-"],
    ]


def test_a_cell_that_was_made_by_other_settings_is_refused(tmp_path: Path):
    (first, *_), (other, *_) = cells_of(tmp_path, SUITE), cells_of(tmp_path, SUITE.replace("px=160", "px=200"))
    folder = SuiteFolder(tmp_path / "out")
    folder.begin(first)
    folder.begin(first)
    with pytest.raises(UsageError, match="was made by other settings"):
        folder.begin(other)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty and no benchmark"):
        SuiteFolder(tmp_path)


@pytest.mark.slow
def test_the_command_fills_a_folder_tells_failures_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_drive(tmp_path)
    suite, out = tmp_path / "suite.yaml", tmp_path / "out"
    suite.write_text(SUITE.replace("seeds: [0, 1]", "seeds: [0]").replace("clusters=4", "clusters=none"))
    assert main(["benchmark", str(suite), "-o", str(out)]) == 1
    printed = capsys.readouterr().out
    assert "failed: aggregation.clusters: expected int" in printed
    summary = json.loads((out / "summary.json").read_text())
    assert summary["cells"][0]["figures"]["R@1"] == pytest.approx(13 / 15)
    assert "expected int" in summary["cells"][1]["failed"]
    assert "\n- drive-dense_sift-few-seed0 failed: aggregation.clusters: " in (out / "summary.md").read_text()
    assert (out / "summary.md").read_text().startswith("| source | features | aggregation | seeds | R@1 |")
    made = (out / "drive-dense_sift-vlad-seed0" / "run" / "metrics.json").stat().st_mtime_ns
    assert main(["benchmark", str(suite), "-o", str(out)]) == 1
    assert "drive-dense_sift-vlad-seed0: done already" in capsys.readouterr().out
    assert (out / "drive-dense_sift-vlad-seed0" / "run" / "metrics.json").stat().st_mtime_ns == made


def test_a_damaged_evaluation_is_told_how_to_be_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = SUITE.replace("seeds: [0, 1]", "seeds: [0]").replace(", few: [aggregation.clusters=4]", "")
    (cell,) = cells_of(tmp_path, text)
    damaged = tmp_path / "out" / cell.name / "run"
    SuiteFolder(tmp_path / "out")
    damaged.mkdir(parents=True)
    (damaged / "metrics.json").write_text("{")
    (tmp_path / "out" / "summary.json").write_text('{"format": "vpr_ros benchmark"}')
    assert main(["benchmark", str(tmp_path / "suite.yaml"), "-o", str(tmp_path / "out")]) == 1
    assert "run is no whole evaluation; remove it" in capsys.readouterr().out
    assert (damaged / "metrics.json").read_text() == "{"
