"""Through the door of the stage: a scene, keyframes and a query in, a pose or its refusal out."""

from __future__ import annotations

from pose_scene import (
    ON_ROBOT,
    PINHOLE,
    Eyes,
    Points,
    ranked,
    robot_at,
    table_of,
)

from vpr_ros.core.describe_image import StageClock
from vpr_ros.core.gate_settings import GateSettings
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.verify_pose import Verifier
from vpr_ros.features.matchers.mutual_ratio import MutualRatio

QUERY = robot_at(0.2, 0.1, 4)
BASES = (robot_at(0, 0, 0), robot_at(0.5, 0, 2), robot_at(-0.5, 0.3, -3))
NO_ROBOT = GateSettings(robot="off")


def verify(frames, told, keyframes, *, settings=None, candidates=None):
    """Through the stage's own door; candidates are the keyframes in order."""
    bases = [QUERY if each is None else each.map_from_base for each in keyframes]
    verifier = Verifier(
        Points(*keyframes), table_of(*bases), Eyes(*told), MutualRatio(0.85), settings or PoseSettings(gates=NO_ROBOT)
    )
    candidates = candidates or ranked(*range(len(keyframes)))
    return verifier.verify(frames, candidates, StageClock())


def ask(world, at=QUERY, *, lens=PINHOLE, mount=ON_ROBOT, bases=BASES, frame=None, **others):
    keyframes = others.pop("keyframes", None) or [world.keyframe(i, base) for i, base in enumerate(bases)]
    told, _ = world.see(at, lens, mount)
    return verify([frame or world.frame(lens, mount)], [told], keyframes, **others).pose
