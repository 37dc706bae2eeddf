from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.core.message_fields import header_fields, transform_fields
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.static_transforms import TF_MESSAGE, StaticTransforms
from vpr_ros.sources.bags.message_cdr import serialize_message


def said(*rows: tuple[str, str, Matrix4]) -> bytes:
    transforms = [
        {"header": header_fields(0, parent), "child_frame_id": child, "transform": transform_fields(pose)}
        for parent, child, pose in rows
    ]
    return bytes(serialize_message(TF_MESSAGE, {"transforms": transforms}))


def test_a_chain_of_several_messages_and_publishers_is_followed_both_ways():
    transforms = StaticTransforms()
    mast, lens = planar_pose(0.2, 0.0, 0.5, 1.0), planar_pose(0.0, 0.1, -0.2)
    transforms.receive(said(("base_link", "mast", mast)))
    assert transforms.lookup("base_link", "camera_optical") is None
    transforms.receive(said(("/mast", "camera_optical", lens)))
    assert transforms.lookup("base_link", "/camera_optical") == pytest.approx(mast @ lens)
    assert transforms.lookup("camera_optical", "base_link") == pytest.approx(np.linalg.inv(mast @ lens))


def test_the_newest_counts():
    transforms = StaticTransforms()
    transforms.receive(said(("base_link", "camera", planar_pose(1.0, 0.0, 0.0))))
    assert transforms.lookup("base_link", "camera") is not None
    transforms.receive(said(("base_link", "camera", planar_pose(2.0, 0.0, 0.0))))
    found = transforms.lookup("base_link", "camera")
    assert found is not None
    assert found[0, 3] == 2.0


def test_what_is_not_joined_is_not_known_and_a_frame_is_where_it_is():
    transforms = StaticTransforms()
    assert transforms.lookup("base_link", "/base_link") == pytest.approx(np.eye(4))
    transforms.receive(said(("map", "dock", np.eye(4)), ("a", "b", np.eye(4)), ("b", "a", np.eye(4))))
    assert transforms.lookup("base_link", "camera") is None
    assert transforms.lookup("map", "a") is None


def test_frames_of_places_are_left_out_and_cost_no_new_tree():
    """The node publishes them itself, on the topic that it listens to, a new one with every new place."""
    transforms = StaticTransforms()
    transforms.receive(said(("base_link", "camera", planar_pose(1.0, 0.0, 0.0))))
    assert transforms.lookup("base_link", "camera") is not None
    built = transforms._tree
    transforms.receive(said(("map", "flat/place_3", np.eye(4)), ("map", "flat/place_70", np.eye(4))))
    assert transforms.lookup("map", "flat/place_3") is None
    assert transforms._tree is built is not None


def test_a_transform_that_is_none_is_left_out():
    transforms = StaticTransforms()
    broken = np.eye(4)
    broken[0, 3] = np.nan
    transforms.receive(said(("base_link", "camera", broken)))
    assert transforms.lookup("base_link", "camera") is None


def test_what_is_no_message_is_refused():
    with pytest.raises(SourceError):
        StaticTransforms().receive(b"\x00\x01\x00\x00\xff")


def test_a_copy_knows_what_was_known_and_goes_its_own_way():
    transforms, copy = StaticTransforms(), StaticTransforms()
    transforms.receive(said(("base_link", "mast", planar_pose(1.0, 0.0, 0.0))))
    copy.take_from(transforms)
    copy.receive(said(("mast", "camera", planar_pose(1.0, 0.0, 0.0))))
    found = copy.lookup("base_link", "camera")
    assert found is not None
    assert found[0, 3] == 2.0
    assert transforms.lookup("base_link", "camera") is None
