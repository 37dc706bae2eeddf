"""The page opened and clicked through in a real Chromium, with its network watched."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_run import BLANK, MISTAKEN, ROOMS

from vpr_ros.core.records import LabelGuess, Labels, PatchVotes
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.report.write_report import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium; `make browser` installs it")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SCRIPT = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'><a href='javascript:hacked=1'>"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-sync"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(full_run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(tmp_path_factory.mktemp("report"), full_run).as_uri()


class Tab:
    """A page that was opened, and what it complained about or asked for."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(60_000)  # machines that test are busy
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self._asked(request.url, address))
        self.page.goto(address)
        self.page.wait_for_selector("html[data-drawn=yes]")

    def _asked(self, url: str, address: str) -> None:
        if url.partition("#")[0] != address and not url.startswith(("data:", "blob:")):
            self.complaints.append(f"asked for {url}")

    @property
    def text(self) -> str:
        return str(self.page.inner_text("#detail"))

    def close(self) -> None:
        self.page.context.close()
        assert self.complaints == []


@pytest.fixture(scope="module")
def opened(browser: Any, address: str) -> Iterator[Tab]:
    tab = Tab(browser, address, viewport=DESKTOP)
    yield tab
    tab.close()


@pytest.fixture
def tab(opened: Tab) -> Iterator[Tab]:
    """The page as it was opened: nothing shown, the first list chosen."""
    opened.page.locator(".chips button").first.click()
    yield opened
    opened.page.keyboard.press("Escape")
    assert opened.complaints == []


def test_every_plot_is_drawn(tab: Tab) -> None:
    plots = tab.page.locator(".plot")
    assert plots.count() >= 12
    assert tab.page.locator(".plot svg.main-svg").count() >= plots.count()
    assert tab.page.locator("#plot-plan-0 .points path").count() > 20


def test_a_failure_is_one_click_away(tab: Tab) -> None:
    tab.page.locator("#gallery button").first.click()
    assert f"Image {MISTAKEN}: wrong" in tab.text
    assert "The accepted pose is off by" in tab.text
    assert "similarity" in tab.text
    widths = tab.page.eval_on_selector_all("#detail img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) == 8  # the image, its match, what would be right, five candidates
    assert min(widths) > 0


def test_lists_can_be_chosen_and_walked_through(tab: Tab) -> None:
    tab.page.get_by_role("button", name="Said unknown").click()
    tab.page.locator("#gallery button").first.click()
    assert f"Image {BLANK}: said unknown" in tab.text
    assert "too few describable patches" in tab.text
    tab.page.keyboard.press("Escape")
    assert not tab.page.locator("#detail").is_visible()
    tab.page.get_by_role("button", name="Right (").click()
    tab.page.locator("#gallery button").first.click()
    first = tab.text
    tab.page.keyboard.press("ArrowRight")
    assert tab.text != first
    tab.page.get_by_role("button", name="Previous").click()
    assert tab.text == first


def test_the_list_works_without_a_mouse(tab: Tab) -> None:
    tab.page.locator(".chips button").first.focus()
    for _ in range(10):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate("document.activeElement.closest('#gallery') !== null"):
            break
    tab.page.keyboard.press("Enter")
    assert tab.page.locator("#detail").is_visible()
    assert tab.page.evaluate("document.activeElement.closest('#detail') !== null")


def test_a_mark_on_the_plan_opens_its_image(tab: Tab) -> None:
    tab.page.locator("#plot-plan-0").scroll_into_view_if_needed()
    marks = tab.page.locator("#plot-plan-0 .scatterlayer .trace").filter(has=tab.page.locator(".points path"))
    box = marks.last.locator(".points path").first.bounding_box()  # said unknown: drawn last, on top
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.wait_for_selector("#detail[open]")
    assert f"Image {BLANK}: said unknown" in tab.text


def test_a_confusion_leads_to_its_images(tab: Tab) -> None:
    plot = tab.page.locator("#plot-confusion-room")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".heatmaplayer image").bounding_box()  # two true rooms; said: these two and unknown
    at = {"x": box["x"] + box["width"] / 6, "y": box["y"] + box["height"] * 3 / 4}
    tab.page.mouse.move(at["x"], at["y"])
    tab.page.mouse.click(at["x"], at["y"])
    title = tab.page.locator("#gallery-title")
    sync_api.expect(title).to_have_text(f"room {ROOMS[1]}, said to be {ROOMS[0]} (1)", timeout=60_000)
    assert tab.page.locator("#gallery button").count() == 1
    tab.page.locator("#gallery button").first.click()
    assert f"Image {MISTAKEN}" in tab.text


def test_it_fits_a_phone(browser: Any, address: str) -> None:
    tab = Tab(browser, address, viewport=PHONE, is_mobile=True, has_touch=True)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    tab.page.locator("#gallery button").first.tap()
    assert tab.page.evaluate("document.getElementById('detail').scrollWidth") <= PHONE["width"]
    sizes = tab.page.eval_on_selector_all(
        "button, nav a, summary",
        "all => all.map(each => each.getBoundingClientRect()).filter(box => box.width > 0).map(box => box.height)",
    )
    assert min(sizes) >= 44
    tab.close()


def test_it_follows_light_and_dark(browser: Any, address: str) -> None:
    tab = Tab(browser, address, viewport=DESKTOP, color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    ticks = "getComputedStyle(document.querySelector('#plot-recall .xtick text')).fill"
    dark = tab.page.evaluate(paper), tab.page.evaluate(ticks)
    tab.page.emulate_media(color_scheme="light")
    for _ in range(200):
        tab.page.wait_for_timeout(50)
        if tab.page.evaluate(ticks) != dark[1]:
            break
    assert tab.page.evaluate(ticks) != dark[1]
    assert tab.page.evaluate(paper) != dark[0]
    tab.close()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_voted_for_a_place_lies_over_both_pictures(
    browser: Any, full_run: Run, tmp_path: Path, viewport: dict[str, int]
) -> None:
    voted = dataclasses.replace(full_run, queries=tuple(map(_voted, full_run.queries)))
    tab = Tab(browser, write_report(tmp_path, voted).as_uri(), viewport=viewport)
    tab.page.get_by_role("button", name="Right (").click()
    tab.page.locator("#gallery button").first.click()
    drawn = tab.page.locator("#detail .votes svg")
    drawn.wait_for()
    assert drawn.locator("line").count() == 2 * 3  # each with its halo
    assert drawn.locator("image").count() == 4
    assert "3 strongest votes" in tab.text
    box = drawn.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= viewport["width"]
    assert box["height"] == pytest.approx(box["width"] * 75 / 203, rel=0.02)  # two pictures of 4:3
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("button", name="Said unknown").click()
    tab.page.locator("#gallery button").first.click()
    assert drawn.count() == 0
    tab.close()


def test_the_points_that_a_pose_stands_on_are_linked_instead(browser: Any, full_run: Run, tmp_path: Path) -> None:
    tab = Tab(browser, write_report(tmp_path, full_run).as_uri())
    tab.page.get_by_role("button", name="Right (").click()
    tab.page.locator("#gallery button").first.click()
    drawn = tab.page.locator("#detail .votes svg")
    drawn.wait_for()
    assert drawn.locator("line").count() == 2 * 30  # each with its halo
    assert drawn.locator("image").count() == 2
    assert "30 points agree with the pose, 30 of them are linked" in tab.text
    tab.close()


def _voted(query: Query) -> Query:
    """As if three cells had voted for the place that the query was taken for."""
    best = query.estimate.candidates.best
    if best is None:
        return query
    cells = np.array([17, 100, 200])
    votes = PatchVotes(best.place_id, cells, cells + 2, np.array([0.9, 0.8, 0.5], np.float32), (16, 16))
    return dataclasses.replace(query, estimate=dataclasses.replace(query.estimate, votes=votes, pose=None))


def test_hostile_names_run_nothing(browser: Any, full_run: Run, tmp_path: Path) -> None:
    hostile = dataclasses.replace(full_run, queries=tuple(map(_renamed, full_run.queries)), notes=(SCRIPT,))
    tab = Tab(browser, write_report(tmp_path, hostile).as_uri(), viewport=DESKTOP)
    for name in ("Wrong (", "Room or floor wrong ("):
        tab.page.locator(".chips button", has_text=name).first.click()
        tab.page.locator("#gallery button").first.click()
        assert SCRIPT in tab.text
        tab.page.keyboard.press("Escape")
    assert tab.page.evaluate("window.hacked") is None
    assert tab.page.locator("main a[href^=javascript], main [onerror]").count() == 0
    tab.close()


def _renamed(query: Query) -> Query:
    estimate = dataclasses.replace(query.estimate, source_name=SCRIPT, room=LabelGuess(SCRIPT, 1.0))
    truth = dataclasses.replace(query.truth, labels=Labels(room=f"{SCRIPT} 2", floor=SCRIPT))
    return dataclasses.replace(query, estimate=estimate, truth=truth)
