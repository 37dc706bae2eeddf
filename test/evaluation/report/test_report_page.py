"""The page: what it holds, what it leaves out, and that nothing in it is fetched or run that is not its own."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sample_run import BLANK, LOST, MISTAKEN, NAMED, QUERIES, ROOMS, make_query

from vpr_ros.core.errors import SourceError, WeightsError
from vpr_ros.core.records import Frame, LabelGuess, Labels
from vpr_ros.evaluation.records import GroundTruth, PoseError, Query, Run, Truth
from vpr_ros.evaluation.report import encode_pictures
from vpr_ros.evaluation.report.assemble_page import PAGE
from vpr_ros.evaluation.report.paint_clusters import choose_examples, clusters_section
from vpr_ros.evaluation.report.write_report import report_page, write_report
from vpr_ros.evaluation.summary.summarize_run import summarize_run

SCRIPT = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"


class Page(HTMLParser):
    """The tags of a page with their attributes, its text outside scripts, and its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.data = "", ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = "data" if dict(attrs).get("id") == "data" else tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "data":
            self.data += data
        elif self._inside not in ("script", "style"):
            self.text += data

    @property
    def sections(self) -> list[str]:
        return [attrs["id"] or "" for tag, attrs in self.tags if tag == "section" and "id" in attrs]

    @property
    def details(self) -> dict[str, Any]:
        return json.loads(self.data)["details"]


def page_of(run: Run) -> Page:
    return Page(report_page(run, summarize_run(run)))


@pytest.fixture(scope="module")
def page(run: Run) -> Page:
    return page_of(run)


@pytest.fixture(scope="module")
def full_page(full_run: Run) -> Page:
    return page_of(full_run)


def test_it_is_one_file_beside_the_others(tmp_path: Path, run: Run) -> None:
    path = write_report(tmp_path, run)
    assert path == tmp_path / "report.html"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    assert path.stat().st_size < 8e6


def test_its_template_style_and_scripts_are_installed(tmp_path: Path) -> None:
    root = PAGE.parents[3]
    build = [sys.executable, "setup.py", "--quiet", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    installed = tmp_path / PAGE.relative_to(root)
    assert {path.name for path in installed.glob("*")} == {path.name for path in PAGE.iterdir()}


def test_nothing_is_fetched(full_page: Page) -> None:
    for tag, attributes in full_page.tags:
        assert tag not in ("iframe", "object", "embed", "base")
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith(("#", "data:"))


def test_a_run_with_places_only_says_nothing_of_what_it_lacks(page: Page) -> None:
    assert page.sections == [
        *("plan", "failures", "places", "errors", "labels", "calibration", "latency", "descriptors", "clusters"),
        "conditions",
    ]
    assert "accepted pose is" not in page.text
    assert "probability said" not in page.data


def test_a_run_with_poses_and_probabilities_tells_both(full_page: Page) -> None:
    names = {figure["name"] for figure in json.loads(full_page.data)["figures"]}
    assert {"reliability", "coverage-pose", "coverage-coarse-pose", "within-m", "histogram-deg", "plan-0"} <= names
    assert "1 of 12 accepted poses off by more than 1 m or 10°" in full_page.text


def test_the_headline_counts_every_image_once(page: Page) -> None:
    assert "Asked about 16 images on a map of 12 places." in page.text
    assert "It said “unknown” 1 time." in page.text
    assert "For 1 image the map holds no right place." in page.text


def test_how_far_to_trust_the_bounds_is_said_beside_them(page: Page, full_page: Page) -> None:
    assert all("with 95% confidence, were images independent" in each.text for each in (page, full_page))
    assert "so few make intervals too narrow" in page.text


def test_what_spoils_all_figures_is_said_first(run: Run, page: Page) -> None:
    lost = dataclasses.replace(run, queries=tuple(make_query(n, (False,), has_positive=False) for n in range(3)))
    assert "another area, or poses in another frame of reference" in page_of(lost).text
    own = run.place_map.table
    asked = make_query(0, (True,), similarity=1.0, source_name=own.source_names[0])
    estimate = dataclasses.replace(asked.estimate, stamp_ns=int(own.stamps_ns[0]))
    same = dataclasses.replace(run, queries=(dataclasses.replace(asked, estimate=estimate),))
    assert "1 image asked about made the map" in page_of(same).text
    assert summarize_run(same)["images_of_map"] == 1
    assert "another area" not in page.text
    assert "made the map" not in page.text


def test_each_kind_of_failure_is_one_click_away_with_its_reason(page: Page) -> None:
    queries, lists = page.details["queries"], json.loads(page.data)["lists"]
    assert set(lists["Wrong"]) == {LOST, MISTAKEN}
    assert lists["Said unknown"] == [BLANK]
    assert queries[str(LOST)]["why"] == "The map holds no right place for this image, and it was not refused"
    assert queries[str(MISTAKEN)]["why"].startswith("A right place came ")
    assert queries[str(BLANK)]["why"].startswith("Refused: too few describable patches")
    assert queries[str(MISTAKEN)]["mistaken"] == [f"said {ROOMS[0]}, is {ROOMS[1]}"]


def test_pictures_of_image_match_and_right_place_are_inside(page: Page) -> None:
    query, places = page.details["queries"][str(MISTAKEN)], page.details["places"]
    shown = [query, *(places[str(candidate[0])] for candidate in query["top"]), places[str(query["positive"])]]
    assert len(query["top"]) == 5
    assert all(each["picture"].startswith("data:image/jpeg;base64,") for each in shown)


def test_hostile_names_stay_names(run: Run) -> None:
    hostile = [_renamed(query) for query in run.queries]
    source = _Source(run.source, SCRIPT)
    page = page_of(dataclasses.replace(run, queries=tuple(hostile), source=source, notes=(SCRIPT,)))
    assert [tag for tag, _ in page.tags].count("script") == 3
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.details["queries"][str(NAMED)]["name"].count("\n") == 0
    assert SCRIPT in page.text  # as a remark that can be read
    for figure in json.loads(page.data)["figures"]:
        drawn = [{key: value for key, value in trace.items() if key != "customdata"} for trace in figure["traces"]]
        assert "<script" not in json.dumps([drawn, figure["layout"]])


def test_no_ground_truth_leaves_what_can_be_said(run: Run) -> None:
    blind = [dataclasses.replace(query, truth=Truth(), right=None, coarse_error=None) for query in run.queries]
    page = page_of(dataclasses.replace(run, queries=tuple(blind), ground_truth=GroundTruth(None, True)))
    assert page.sections == ["plan", "failures", "latency", "descriptors", "clusters", "conditions"]
    assert "nobody can say" in page.text
    assert "Nothing failed" not in page.text
    assert "never wrong" not in page.text
    assert "these are the places of the map alone" in page.text


def test_a_single_refused_image_makes_a_page(run: Run) -> None:
    page = page_of(dataclasses.replace(run, queries=(run.queries[BLANK],)))
    assert "Said “unknown” every time" in page.text
    assert "errors" not in page.sections


def test_a_map_without_poses_has_no_plan(run: Run) -> None:
    table = dataclasses.replace(run.place_map.table, map_from_base=None)
    page = page_of(dataclasses.replace(run, place_map=dataclasses.replace(run.place_map, table=table)))
    assert "plan" not in page.sections


def test_a_map_without_thumbnails_still_shows_the_images(run: Run) -> None:
    page = page_of(dataclasses.replace(run, place_map=dataclasses.replace(run.place_map, thumbnails=None)))
    assert not any("picture" in place for place in page.details["places"].values())
    assert sum("picture" in query for query in page.details["queries"].values()) == QUERIES


def test_a_source_that_breaks_afterwards_costs_pictures_not_the_report(run: Run) -> None:
    page = page_of(dataclasses.replace(run, source=_Source(run.source, "gone", after=2)))
    assert "some pictures of images are missing: the disk went away" in page.text
    assert sum("picture" in query for query in page.details["queries"].values()) == 2


def test_pictures_keep_to_their_budget_and_say_so(run: Run) -> None:
    pictures = encode_pictures.encode_pictures(run, budget_bytes=60_000)
    spent = sum(map(len, [*pictures.queries.values(), *pictures.places.values()]))
    assert 0 < spent <= 60_000
    assert set(pictures.queries) <= {BLANK, LOST, MISTAKEN}
    assert any("of 3 failures" in note for note in pictures.notes)


def test_clusters_are_painted_on_failures_and_others(run: Run) -> None:
    assert len(chosen := choose_examples(run.queries)) == 4
    assert len({BLANK, LOST, MISTAKEN} & set(chosen)) == 2
    section = clusters_section(run, [])
    assert section is not None
    assert section.body.count('src="data:image/jpeg;base64,') == 4


def test_a_map_without_clusters_has_none_painted(run: Run) -> None:
    bare = dataclasses.replace(run.place_map, vocabularies=(None,))
    assert clusters_section(dataclasses.replace(run, place_map=bare), []) is None


def test_clusters_that_cannot_be_painted_are_a_remark(run: Run) -> None:
    notes: list[str] = []
    assert clusters_section(dataclasses.replace(run, source=_Source(run.source, "gone", after=1)), notes) is None
    assert notes == ["the clusters of patches are left out: the disk went away"]


def test_positions_without_headings_have_no_angles(run: Run) -> None:
    bare = PoseError(2.0, float("nan"), None)
    queries = [dataclasses.replace(query, coarse_error=query.coarse_error and bare) for query in run.queries]
    page = page_of(dataclasses.replace(run, queries=tuple(queries)))
    names = {figure["name"] for figure in json.loads(page.data)["figures"]}
    assert {"within-m", "histogram-m"} <= names
    assert not {"within-deg", "histogram-deg"} & names
    assert ["Coarse pose off by", "2.00 m"] in page.details["queries"]["0"]["facts"]


def test_without_plotly_it_says_what_to_install(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(WeightsError, match=r"pip install 'vpr_ros\[evaluation\]'"):
        write_report(tmp_path, run)
    assert not list(tmp_path.iterdir())


class _Source:
    """A source under another name, that may break after some frames."""

    def __init__(self, inner: Any, name: str, after: int | None = None) -> None:
        self._inner, self.name, self._after = inner, name, after
        self.kind, self.notes = inner.kind, inner.notes

    def entries(self) -> Any:
        return self._inner.entries()

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        for count, frame in enumerate(self._inner.frames(numbers)):
            if count == self._after:
                raise SourceError("the disk went away")
            yield frame


def _renamed(query: Query) -> Query:
    """Rooms under a name that would like to be a script."""
    room = LabelGuess(SCRIPT, 1.0)
    estimate = dataclasses.replace(query.estimate, room=room)
    truth = dataclasses.replace(query.truth, labels=Labels(room=SCRIPT + "2"))
    return dataclasses.replace(query, estimate=estimate, truth=truth)
