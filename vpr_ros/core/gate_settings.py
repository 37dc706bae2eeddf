"""The `pose.gates` settings: what a solved pose must withstand before it is called a fix."""

from __future__ import annotations

from dataclasses import dataclass

from vpr_ros.core.setting import setting

ROBOT_GATES = ("auto", "on", "off")


@dataclass(frozen=True)
class GateSettings:
    """Each gate refuses on its own; what is refused has no pose at all, never another one."""

    max_error_px: float = setting(
        6.0,
        "points that miss by more are no inliers; for an image 640 wide, wider ones in proportion",
        low=0.1,
        high=100.0,
    )
    min_inliers: int = setting(20, "points that agree with the pose at least", low=4, high=100000)
    min_ratio: float = setting(0.1, "share of the matched points that agree at least", low=0.0, high=1.0)
    min_cells: int = setting(5, "of the image's 4x4 cells, those that inliers lie in at least", low=1, high=16)
    min_confirmed: float = setting(
        0.4, "share of the picture's cells in which what should be seen is found at least", low=0.0, high=1.0
    )
    min_seen: float = setting(
        0.04,
        "share of the points that should be in the picture which is found there beyond chance, times the share of "
        "cells, at least; of poses with fewer than 50 inliers more, in proportion",
        low=0.0,
        high=1.0,
    )
    max_rival: float = setting(
        0.7,
        "a clearly different pose with more than this share of the inliers makes the answer ambiguous",
        low=0.0,
        high=1.0,
    )
    max_position_sigma_m: float = setting(0.25, "an axis less certain than this is not observed", low=0.001, high=100.0)
    max_angle_sigma_deg: float = setting(3.0, "the same for turns", low=0.01, high=90.0)
    robot: str = setting(
        "auto",
        "gates of a robot that drives on floors, learned from the map: height, tilt, nearness to where it drove; auto: "
        "where the map's poses stand on floors",
        choices=ROBOT_GATES,
    )
    max_height_m: float = setting(
        0.15, "higher or lower than the nearest keyframes' bases by more is not on their floor", low=0.0, high=100.0
    )
    max_tilt_deg: float = setting(5.0, "tilted against the nearest keyframe's base by more", low=0.0, high=180.0)
    max_away_m: float = setting(4.0, "further from where robots drove", low=0.0, high=100000.0)
