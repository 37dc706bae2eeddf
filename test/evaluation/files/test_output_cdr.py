from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.message_fields import header_fields, pose_fields
from vpr_ros.core.outputs.answer_messages import messages_of
from vpr_ros.core.outputs.status import status_fields
from vpr_ros.core.outputs.topics import DIAGNOSTICS, ODOMETRY, POSE, POSES, STRING
from vpr_ros.core.records import VerifiedPose
from vpr_ros.evaluation.files.output_cdr import serialize_output
from vpr_ros.evaluation.records import Run
from vpr_ros.sources.bags.message_cdr import deserialize_message, serialize_message

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
VALUES = st.dictionaries(TEXT, TEXT | st.floats(), max_size=4)
STATUS = st.builds(status_fields, st.integers(0, 3), TEXT, TEXT, TEXT, VALUES)
STAMPS = st.integers(0, 2**62)


@settings(deadline=None, max_examples=60)
@given(STAMPS, TEXT, st.lists(STATUS, max_size=4))
def test_diagnostics_are_those_of_the_one_serializer(stamp_ns, frame, statuses):
    fields = {"header": header_fields(stamp_ns % (2**31 * 10**9), frame), "status": statuses}
    assert serialize_output(DIAGNOSTICS, fields) == bytes(serialize_message(DIAGNOSTICS, fields))


@settings(deadline=None, max_examples=40)
@given(STAMPS, TEXT, st.floats(-1e6, 1e6), st.floats(-3, 3), st.lists(st.floats(), min_size=36, max_size=36))
def test_poses_are_those_of_the_one_serializer(stamp_ns, frame, x, yaw, covariance):
    pose = {"pose": pose_fields(planar_pose(x, -x, yaw)), "covariance": np.array(covariance)}
    fields = {"header": header_fields(stamp_ns % (2**31 * 10**9), frame), "pose": pose}
    assert serialize_output(POSE, fields) == bytes(serialize_message(POSE, fields))


@settings(deadline=None, max_examples=40)
@given(STAMPS, TEXT, st.lists(st.floats(-1e6, 1e6), max_size=3))
def test_lists_of_poses_are_those_of_the_one_serializer(stamp_ns, frame, along):
    poses = [pose_fields(planar_pose(x, -x, x)) for x in along]
    fields = {"header": header_fields(stamp_ns % (2**31 * 10**9), frame), "poses": poses}
    assert serialize_output(POSES, fields) == bytes(serialize_message(POSES, fields))


@settings(deadline=None, max_examples=40)
@given(STAMPS, TEXT, TEXT, st.floats(-1e6, 1e6), st.lists(st.floats(), min_size=36, max_size=36))
def test_odometry_is_that_of_the_one_serializer(stamp_ns, frame, child, x, covariance):
    pose = {"pose": pose_fields(planar_pose(x, -x, 1.0)), "covariance": np.array(covariance)}
    moving = {"linear": dict.fromkeys("xyz", x), "angular": dict.fromkeys("xyz", 0.5)}
    twist = {"twist": moving, "covariance": np.array(covariance[::-1])}
    header = header_fields(stamp_ns % (2**31 * 10**9), frame)
    fields = {"header": header, "child_frame_id": child, "pose": pose, "twist": twist}
    assert serialize_output(ODOMETRY, fields) == bytes(serialize_message(ODOMETRY, fields))


@settings(deadline=None, max_examples=40)
@given(TEXT)
def test_texts_are_those_of_the_one_serializer(text):
    assert serialize_output(STRING, {"data": text}) == bytes(serialize_message(STRING, {"data": text}))


def test_so_is_everything_that_a_run_says(full_run: Run):
    run = full_run
    for query in run.queries:
        pose = query.estimate.pose
        fix = pose if isinstance(pose, VerifiedPose) else None
        for message in messages_of(query.estimate, run.place_map, "base_link", fix):
            one = bytes(serialize_output(message.type_name, message.fields))
            assert one == bytes(serialize_message(message.type_name, message.fields))


@pytest.mark.parametrize("type_name", [DIAGNOSTICS, STRING])
def test_names_that_are_no_text_are_written_as_escapes(type_name: str):
    name = b"\xff.png".decode("utf-8", "surrogateescape")
    status = {"header": header_fields(1, ""), "status": [status_fields(0, name, "", "", {})]}
    cdr = serialize_output(type_name, {"data": name} if type_name == STRING else status)
    read = deserialize_message(type_name, bytes(cdr))
    assert (read.data if type_name == STRING else read.status[0].name) == "\\udcff.png"


def test_other_types_go_the_common_way():
    fields = {"header": header_fields(5, "map")}
    one = serialize_output("geometry_msgs/msg/PoseStamped", fields)
    assert bytes(one) == bytes(serialize_message("geometry_msgs/msg/PoseStamped", fields))
