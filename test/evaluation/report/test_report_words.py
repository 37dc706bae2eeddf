"""Numbers and names as people read them; hostile ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.core.spread import spread
from vpr_ros.evaluation.report.assemble_page import embed_json
from vpr_ros.evaluation.report.words import (
    count_of,
    degrees,
    markup,
    metres,
    milliseconds,
    percent,
    plot_text,
    positives_text,
    rate,
    shown,
    table,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # half characters of odd file names among them


@given(ANY_TEXT)
def test_no_name_can_leave_its_element_or_its_attribute(text: str) -> None:
    told = markup(text)
    assert not set("<>\"'") & set(told)
    assert told.isprintable()
    told.encode("utf-8")


@given(ANY_TEXT)
def test_no_name_is_markup_in_a_plot(text: str) -> None:
    assert not set("<>") & set(plot_text(text))


@given(st.recursive(ANY_TEXT | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_data_in_a_script_element_comes_back_and_cannot_end_it(value: object) -> None:
    text = embed_json(value)
    assert "<" not in text
    assert json.loads(text) == value


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "0%"), (1.0, "100%"), (0.9753, "97.5%"), (0.9996, "99.96%"), (0.0004, "0.04%"), (0.5, "50%")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, told: str) -> None:
    assert percent(share) == told


def test_quantities_say_their_unit() -> None:
    assert metres(0.234) == "0.23 m"
    assert [metres(value) for value in (0.0345, 0.0996, 0.00996, 0.0023, 0.0)] == [
        "3.5 cm",
        "10.0 cm",
        "1.0 cm",
        "2.3 mm",
        "0.00 m",
    ]
    assert [degrees(value) for value in (6.24, 0.996, 0.066, 0.0)] == ["6.2°", "1.0°", "0.07°", "0.0°"]
    assert metres(float("inf")) == "no pose"
    assert milliseconds(13.84) == "13.8 ms"
    assert milliseconds(1234) == "1.23 s"
    assert rate(1234.5) == "1,234"
    assert count_of(1, "image") == "1 image"
    assert count_of(12000, "query", "queries") == "12,000 queries"


@pytest.mark.parametrize(
    ("positives", "told"),
    [
        ("distance=0.5,angle=30", "it was seen from within 0.5 m of the query and is turned by less than 30° from it"),
        (
            "overlap=0.25,angle=45",
            "its view overlaps the query's by more than 25% and is turned by less than 45° from it",
        ),
        ("label=room", "it carries the same room label as the query"),
        ("a<b>=1.json", "the file a&lt;b&gt;=1.json lists it for the query"),
    ],
)
def test_the_criterion_is_told_in_words(positives: str, told: str) -> None:
    assert positives_text(positives) == told


def test_controls_in_names_are_shown_as_escapes() -> None:
    assert shown("a\nb\x00\udcff") == "a\\nb\\x00\\udcff"


def test_a_table_escapes_its_cells() -> None:
    assert "<b>" not in table(("a<b>",), [("<b>",)], "<b>")


@given(st.lists(st.integers(), max_size=50), st.integers(2, 20))
def test_some_of_many_keep_first_and_last(items: list[int], most: int) -> None:
    some = spread(items, most)
    assert len(some) == min(len(items), most)
    if items:
        assert (some[0], some[-1]) == (items[0], items[-1])
