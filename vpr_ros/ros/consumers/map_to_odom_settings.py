"""The parameters of `map_to_odom`."""

from __future__ import annotations

from dataclasses import dataclass

from vpr_ros.core.setting import setting


@dataclass(frozen=True)
class MapToOdomSettings:
    """All are read at start."""

    rate_hz: float = setting(20.0, "transforms a second", low=1.0, high=200.0)
    future_s: float = setting(
        0.1,
        "stamps lie so far ahead, so that whoever asks for the pose of now finds it between two transforms",
        low=0.0,
        high=5.0,
    )
    listen_s: float = setting(
        3.0, "before the first transform: time to hear whether somebody else publishes it", low=0.5, high=60.0
    )
    base_frame: str = setting("base_link", "the frame whose pose `pose` is; odometry of another is moved to it")
    map_frame: str = setting("", "poses in another frame are refused; empty: that of the poses", may_be_empty=True)
    odom_frame: str = setting("", "odometry in another is refused; empty: that of the odometry", may_be_empty=True)
    planar: bool = setting(True, "x, y and yaw only, for a robot on a floor")
    views: int = setting(
        3, "so many poses in a row that contradict the transform and agree with each other replace it", low=1, high=100
    )
    drift_m: float = setting(0.05, "what odometry is off by after a metre, in metres", low=0.0, high=1.0)
    drift_deg: float = setting(1.7, "what its heading is off by after a metre", low=0.0, high=90.0)
    drift_turn_deg: float = setting(2.9, "what its heading is off by after turning by a radian", low=0.0, high=90.0)
