from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vpr_ros.maps.checked_json import Fields, loads_strictly

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(plain_json)
def test_plain_json_is_read_as_it_is(value: Any) -> None:
    assert loads_strictly(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "key 'c' stands twice"),
        ('{"a": NaN}', "NaN is not finite"),
        ("[-Infinity]", "not finite"),
        ("[1e999]", "not finite"),
        ("[" * 200_000, "nested too deeply"),
        ("{", "Expecting"),
        ("", "Expecting"),
    ],
)
def test_what_is_no_proper_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        loads_strictly(text)


def test_fields_are_named_by_their_path() -> None:
    fields = Fields({"a": {"b": "text"}, "c": [[1, 2], [3, "x"]], "d": 7, "e": True}, "top")
    with pytest.raises(ValueError, match=r"field top\.a\.b is a text, expected a whole number"):
        fields.fields("a").whole("b", 0)
    with pytest.raises(ValueError, match=r"field top\.c\[1\]\[1\] is not a usable number"):
        fields.numbers("c", (2, 2))
    with pytest.raises(ValueError, match=r"field top\.e is true/false, expected a whole number"):
        fields.whole("e", 0)
    with pytest.raises(ValueError, match=r"top\.d=7 is outside 0\.\.5"):
        fields.whole("d", 0, 5)
    with pytest.raises(ValueError, match=r"field top\.missing is missing"):
        fields.text("missing")


def test_a_field_nobody_asked_for_is_refused() -> None:
    fields = Fields({"a": "x", "b": None}, "")
    assert fields.text("a") == "x"
    with pytest.raises(ValueError, match="field b is unknown"):
        fields.done()
    assert fields.is_null("b")
    fields.done()


@given(plain_json, plain_json)
def test_nothing_but_value_error_comes_out(value: Any, other: Any) -> None:
    fields = {"a": value, "b": other}
    for take in (
        lambda f: f.text("a"),
        lambda f: f.whole("a", 0),
        lambda f: f.texts("a"),
        lambda f: f.numbers("a", (-1,)),
        lambda f: f.numbers("a", (2, 2)),
        lambda f: f.objects("a"),
        lambda f: f.fields("a").text("b"),
    ):
        with suppress(ValueError):
            take(Fields(fields, ""))
