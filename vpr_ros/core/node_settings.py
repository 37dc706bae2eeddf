"""The `node` settings: what only the ROS node asks for."""

from __future__ import annotations

from dataclasses import dataclass

from vpr_ros.core.setting import setting


@dataclass(frozen=True)
class NodeSettings:
    """The ROS node."""

    rate_hz: float = setting(5.0, "localizations a second at most", low=0.01, high=1000.0, live=True)
    max_age_s: float = setting(1.0, "older images are dropped and counted", low=0.01, high=3600.0, live=True)
    map_frame: str = setting("map", "frame that poses are published in")
    base_frame: str = setting("base_link", "the robot's frame")
    mounting: str = setting(
        "tf",
        "where the camera sits on the robot: tf, as /tf_static says; map, as the map's camera of the same name did (or "
        "its only one), for the robot that drove the map",
        choices=("tf", "map"),
    )
    active_floor: str = setting(
        "",
        "the floor that the robot is on: fixes on another one are told and not published; empty: any",
        may_be_empty=True,
        live=True,
    )
    min_motion_m: float = setting(
        0.25,
        "a fix is published after this much motion since the last one (or min_motion_deg)",
        low=0.0,
        high=100.0,
        live=True,
    )
    min_motion_deg: float = setting(
        15.0,
        "a fix is published after this much turning since the last one (or min_motion_m)",
        low=0.0,
        high=180.0,
        live=True,
    )
    repeat_after_s: float = setting(
        10.0, "a robot that stands publishes a fix again after this long", low=0.0, high=86400.0, live=True
    )
    publish_place_frames: bool = setting(
        True, "static TF from the map to places that were matched, where tf2_msgs is installed", live=True
    )
    rtabmap_global_pose: bool = setting(False, "fixes also on ~/rtabmap_global_pose, as rtabmap takes them")
    initialpose: str = setting(
        "service",
        "when the topic initialpose says where the robot is: service, when ~/relocalize or ~/reinitialize asks; "
        "startup, also once after activation; off, never",
        choices=("off", "service", "startup"),
        live=True,
    )
    initialpose_views: int = setting(
        2, "so many views in a row must agree on the pose before it is sent", low=1, high=100, live=True
    )
    initialpose_cooldown_s: float = setting(
        5.0, "not sent again before this long, whoever asks", low=0.0, high=86400.0, live=True
    )
    relocalize_timeout_s: float = setting(10.0, "~/relocalize gives up after this long", low=0.1, high=600.0, live=True)
    relocalize_images: int = setting(
        5, "~/relocalize gives up after this many images whose pose is refused", low=1, high=1000, live=True
    )
    rig_window_s: float = setting(
        0.15,
        "several cameras: images of the others are solved together with one that is at most this much newer",
        low=0.0,
        high=10.0,
    )
    use_depth: bool = setting(False, "subscribe to depth beside the images; see docs/topics.md for who uses it")
    allow_cpu: bool = setting(
        False, "when the GPU's memory does not suffice, go on with the CPU until the next activation", live=True
    )
