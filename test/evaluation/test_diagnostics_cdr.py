from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.outputs import DIAGNOSTICS, status_fields
from vpr_ros.evaluation.diagnostics_cdr import serialize_diagnostics
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
STATUS = st.builds(
    status_fields, st.integers(0, 3), TEXT, TEXT, TEXT, st.dictionaries(TEXT, TEXT | st.floats(), max_size=4)
)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**31 - 1), st.integers(0, 10**9 - 1), TEXT, st.lists(STATUS, max_size=4))
def test_the_bytes_are_those_of_the_one_serializer(sec, nanosec, frame, statuses):
    fields = {"header": {"stamp": {"sec": sec, "nanosec": nanosec}, "frame_id": frame}, "status": statuses}
    assert serialize_diagnostics(fields) == bytes(serialize_message(DIAGNOSTICS, fields))


def test_names_that_are_no_text_are_written_as_escapes():
    name = b"\xff.png".decode("utf-8", "surrogateescape")
    header = {"stamp": {"sec": 1, "nanosec": 2}, "frame_id": ""}
    cdr = serialize_diagnostics({"header": header, "status": [status_fields(0, name, "", "", {})]})
    assert deserialize_message(DIAGNOSTICS, cdr).status[0].name == "\\udcff.png"
