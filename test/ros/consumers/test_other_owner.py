"""Ours comes back to us and is ours; anybody else's is not."""

from __future__ import annotations

import pytest
from driving_robot import START_NS, tf_cdr

from vpr_ros.core.errors import SourceError
from vpr_ros.core.geometry import planar_pose
from vpr_ros.ros.consumers.other_owner import OtherOwner

OURS = planar_pose(0.1, 0.2, 0.3)


def _after_ours() -> OtherOwner:
    owner = OtherOwner()
    owner.sent("odom", START_NS, tuple(OURS[:3, 3].tolist()))
    owner.hear(tf_cdr("map", "odom", START_NS, OURS))
    return owner


def test_our_own_is_nobody_elses() -> None:
    assert _after_ours().parent_of("odom") is None


@pytest.mark.parametrize(("stamp_ns", "x"), [(START_NS + 1, 0.1), (START_NS, 0.1000001)])
def test_another_stamp_or_place_is(stamp_ns: int, x: float) -> None:
    owner = _after_ours()
    owner.hear(tf_cdr("/map", "/odom", stamp_ns, planar_pose(x, 0.2, 0.3)))
    assert owner.parent_of("odom") == owner.parent_of("/odom") == "map"


def test_other_frames_are_no_matter_until_they_are_asked_for() -> None:
    owner = OtherOwner()
    owner.hear(tf_cdr("odom", "base_link"))
    assert owner.parent_of("odom") is None
    assert owner.parent_of("base_link") == "odom"


def test_garbage_is_refused() -> None:
    with pytest.raises(SourceError):
        OtherOwner().hear(b"\0\1\0\0garbage")
