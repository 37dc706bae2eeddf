"""Starts the node that says where the robot is.

ros2 launch vpr_ros localize.launch.py vpr_map:=~/maps/office image:=/camera/image_raw
"""

from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import LaunchDescription

# Beside this file in the source tree and in share/vpr_ros alike.
DEFAULT_PARAMETERS = Path(__file__).resolve().parent.parent / "config" / "localizer.yaml"

ARGUMENTS = {
    "vpr_map": ("", "directory of the map; ~ is the home directory"),
    "image": ("image", "topic of the images; compressed ones beside it are found"),
    "camera_info": ("", "topic of the calibration; empty: camera_info beside the images"),
    "base_frame": ("", "the robot's frame; empty: what params_file says"),
    "map_frame": ("", "frame that poses are published in; empty: what params_file says"),
    "params_file": (str(DEFAULT_PARAMETERS), "parameters of the node; the other arguments prevail over it"),
    "namespace": ("", "namespace of the node and of relative topics"),
    "use_sim_time": ("false", "take the time from /clock: for simulators, and for bags played with --clock"),
    "autostart": ("true", "configure and activate at start; false under a lifecycle manager"),
}


def generate_launch_description():
    """The arguments and the node made from them."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_localizer)])


def _localizer(context):
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    parameters = {"use_sim_time": _truth(given, "use_sim_time"), "autostart": _truth(given, "autostart")}
    for argument, parameter in (
        ("vpr_map", "map.path"),
        ("base_frame", "node.base_frame"),
        ("map_frame", "node.map_frame"),
    ):
        if given[argument]:
            # A map named 7 or true stays a name.
            parameters[parameter] = ParameterValue(given[argument], value_type=str)
    return [
        Node(
            package="vpr_ros",
            executable="localizer",
            name="vpr",
            namespace=given["namespace"],
            # The shell does not expand ~ after `:=`.
            parameters=[str(Path(given["params_file"]).expanduser()), parameters],
            remappings=[
                ("image", given["image"]),
                ("camera_info", given["camera_info"] or _beside(given["image"], "camera_info")),
            ],
            output="screen",
        )
    ]


def _truth(given, name):
    if given[name].lower() not in ("true", "false"):
        raise ValueError(f"{name}:={given[name]} is neither true nor false")
    return given[name].lower() == "true"


def _beside(image, name):
    """/camera/image_raw[/compressed] -> /camera/camera_info, where drivers publish it."""
    parts = image.removesuffix("/compressed").rpartition("/")
    return f"{parts[0]}{parts[1]}{name}"
