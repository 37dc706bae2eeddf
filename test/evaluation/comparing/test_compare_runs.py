from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from sample_run import make_query

from vpr_ros.cli.main import main
from vpr_ros.core.errors import UsageError
from vpr_ros.evaluation.comparing.compare_runs import ComparedFigure, compare_runs
from vpr_ros.evaluation.comparing.compare_text import as_markdown, run_names
from vpr_ros.evaluation.comparing.read_run import read_run
from vpr_ros.evaluation.files.write_run import write_run
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.summary.summarize_run import summarize_run


def written(run: Run, path: Path, queries: list[Query]) -> Path:
    changed = dataclasses.replace(run, queries=tuple(queries))
    path.mkdir()
    write_run(path, changed, summarize_run(changed))
    return path


def answers(*right: bool) -> list[Query]:
    """Ten queries a sequence."""
    return [make_query(number, (each, True)) for number, each in enumerate(right)]


def figure(runs: list[Path], name: str) -> ComparedFigure:
    return next(each for each in compare_runs([read_run(path) for path in runs]) if each.name == name)


def test_a_clear_difference_is_telling(run: Run, tmp_path: Path):
    good = written(run, tmp_path / "good", answers(*[True] * 100))
    bad = written(run, tmp_path / "bad", answers(*[number % 4 == 0 for number in range(100)]))
    found = figure([good, bad], "recall@1")
    assert found.values == (1.0, 0.25)
    (difference,) = found.differences
    assert difference.value == -0.75
    assert difference.telling
    assert difference.interval[0] <= -0.75 <= difference.interval[1]
    assert figure([good, bad], "recall@5").differences[0].value == 0


def test_pairing_tells_what_unpaired_intervals_would_not(run: Run, tmp_path: Path):
    """Sequences differ from 0 to 100%, and the second run misses one more in each: a small but sure difference."""
    first = [number % 10 < number // 10 + 1 for number in range(90)]
    second = [right and number % 10 != 0 for number, right in enumerate(first)]
    paths = [written(run, tmp_path / name, answers(*right)) for name, right in (("a", first), ("b", second))]
    (difference,) = figure(paths, "recall@1").differences
    assert difference.value == pytest.approx(-0.1)
    assert difference.interval == pytest.approx((-0.1, -0.1))


def test_a_difference_of_one_query_is_chance(run: Run, tmp_path: Path):
    one = written(run, tmp_path / "one", answers(*[True] * 50))
    other = written(run, tmp_path / "other", answers(*[True] * 49, False))
    assert not figure([one, other], "recall@1").differences[0].telling


def test_rows_are_paired_by_name_not_by_line(run: Run, tmp_path: Path):
    queries = answers(True, False, True, True)
    one = written(run, tmp_path / "one", queries)
    other = written(run, tmp_path / "other", queries[::-1])
    found = compare_runs([read_run(one), read_run(other)])
    assert {each.differences[0].value for each in found if each.is_share} == {0.0}


def test_figures_that_only_one_run_has(run: Run, full_run: Run, tmp_path: Path):
    one = written(run, tmp_path / "one", list(run.queries))
    other = written(run, tmp_path / "other", list(full_run.queries))
    found = figure([one, other], "false fixes")
    assert found.values == (None, pytest.approx(1 / 12))
    assert found.differences == (None,)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda queries: queries[:-1], "10 and 9 queries, 9 in both; only in .*one: 9.png at 9000000000 ns"),
        (lambda queries: [*queries[:-1], make_query(77)], "10 and 10 queries, 9 in both"),
        (lambda queries: [*queries, queries[0]], "two of its queries have the same name and stamp"),
    ],
)
def test_runs_that_do_not_pair_say_what_differs(run: Run, tmp_path: Path, change, told: str):
    queries = answers(*[True] * 10)
    paths = [written(run, tmp_path / "one", queries), written(run, tmp_path / "other", change(queries))]
    with pytest.raises(UsageError, match=told):
        compare_runs([read_run(path) for path in paths])


def test_runs_judged_by_different_criteria_do_not_pair(run: Run, tmp_path: Path):
    strict = dataclasses.replace(run.ground_truth, positives="distance=0.1")
    one = written(run, tmp_path / "one", answers(True))
    other = written(dataclasses.replace(run, ground_truth=strict), tmp_path / "other", answers(True))
    with pytest.raises(UsageError, match=r"judged places by distance=1, .* by distance=0\.1; evaluate both"):
        compare_runs([read_run(one), read_run(other)])


def test_files_of_right_places_are_the_same_when_their_content_is(run: Run, tmp_path: Path):
    paths = []
    for name, path, sha256 in (("a", "/x/p.json", "1" * 64), ("b", "p.json", "1" * 64), ("c", "/x/p.json", "2" * 64)):
        truth = dataclasses.replace(run.ground_truth, positives=path, positives_sha256=sha256)
        paths.append(written(dataclasses.replace(run, ground_truth=truth), tmp_path / name, answers(True, False)))
    assert compare_runs([read_run(paths[0]), read_run(paths[1])])
    with pytest.raises(UsageError, match=r"these files differ \(SHA-256 111111111111... and 222222222222...\)"):
        compare_runs([read_run(paths[0]), read_run(paths[2])])


def test_the_command_prints_tables_and_json(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    one = written(run, tmp_path / "one", answers(*[True] * 20))
    other = written(run, tmp_path / "other", answers(*[True] * 5, *[False] * 15))
    assert main(["compare", str(one), str(other)]) == 0
    printed = capsys.readouterr().out
    assert "recall@1" in printed
    assert "-75.0" in printed
    assert "20 queries in 2 sequences" in printed
    assert "with 95% intervals" in printed
    assert main(["compare", str(one), str(other), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recall@1"]["other"]["difference"] == -0.75
    assert main(["compare", str(one), str(other), "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("| figure | one | other | difference |")


def test_the_page_is_drawn_once_and_holds_no_markup_of_names(run: Run, tmp_path: Path, capsys):
    one = written(run, tmp_path / "<b>one", answers(*[True] * 30))
    other = written(run, tmp_path / "other", answers(*[number % 3 == 0 for number in range(30)]))
    page = tmp_path / "compared.html"
    assert main(["compare", str(one), str(other), "-o", str(page)]) == 0
    text = page.read_text()
    assert "<b>one" not in text
    assert "&lt;b&gt;one" in text
    assert "class='worse'>-66.7" in text
    assert "http://" not in text
    assert main(["compare", str(one), str(other), "-o", str(page)]) == 2
    assert "say --force" in capsys.readouterr().err
    assert main(["compare", str(one), str(other), "-o", str(page), "--force"]) == 0
    assert main(["compare", str(one), str(other), "-o", str(one), "--force"]) == 2
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda folder: (folder / "queries.csv").unlink(), "queries.csv: cannot be read"),
        (lambda folder: (folder / "metrics.json").write_text("{"), "metrics.json: is damaged"),
        (lambda folder: (folder / "metrics.json").write_text("{}"), "is no vpr_ros evaluation"),
        (lambda folder: (folder / "queries.csv").write_text("a,b\n1,2\n"), "its columns are not those"),
        (lambda folder: (folder / "queries.csv").write_bytes(b"\xff\xfe"), "queries.csv: is damaged"),
    ],
)
def test_a_damaged_run_is_one_line(run: Run, tmp_path: Path, capsys, break_it, told: str):
    one, other = (written(run, tmp_path / name, answers(True)) for name in ("one", "other"))
    break_it(other)
    assert main(["compare", str(one), str(other)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error


def test_words_where_numbers_should_be(run: Run, tmp_path: Path):
    path = written(run, tmp_path / "one", answers(True))
    text = (path / "queries.csv").read_text()
    (path / "queries.csv").write_text(text.replace('"0","0","0.png"', '"0","0","0.png"').replace('"0.9"', '"high"'))
    with pytest.raises(UsageError, match="column similarity: could not convert"):
        read_run(path).numbers("similarity")


def test_one_run_alone_and_no_run(run: Run, tmp_path: Path, capsys):
    one = written(run, tmp_path / "one", answers(True))
    assert main(["compare", str(one)]) == 2
    assert "one evaluation alone" in capsys.readouterr().err
    assert main(["compare", str(one), str(tmp_path / "none")]) == 2
    assert "is no folder of an evaluation" in capsys.readouterr().err


def test_names_are_as_long_as_it_takes():
    assert run_names([Path("out/a"), Path("out/b")]) == ["a", "b"]
    assert run_names([Path("day/a"), Path("night/a")]) == ["day/a", "night/a"]
    assert run_names([Path("a"), Path("a")]) == ["1:a", "2:a"]


def test_a_name_cannot_break_the_markdown_table():
    assert as_markdown([["a|b"], ["c"]]) == "| a\\|b |\n| --- |\n| c |"


def test_one_sequence_alone_promises_no_intervals(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    one = written(run, tmp_path / "one", answers(*[True] * 5))
    assert main(["compare", str(one), str(one)]) == 0
    assert "percentage points without intervals: one sequence alone." in capsys.readouterr().out
