"""Starts the node that says where the robot is, and what people want beside it.

ros2 launch vpr_ros localize.launch.py vpr_map:=~/maps/office image:=/camera/image_raw
"""

import re
from pathlib import Path

import yaml
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import ExecutableInPackage
from launch_ros.utilities import make_namespace_absolute, prefix_namespace

from launch import LaunchDescription

# Beside this file in the source tree and in share/vpr_ros alike.
CONFIG = Path(__file__).resolve().parent.parent / "config"
# Of an installation: <prefix>/share/vpr_ros/launch/localize.launch.py.
PREFIX = Path(__file__).resolve().parents[3]

ARGUMENTS = {
    "vpr_map": ("", "directory of the map; ~ is the home directory"),
    "image": ("image", "topic of the images; compressed ones beside it are found"),
    "camera_info": ("", "topic of the calibration; empty: camera_info beside the images"),
    "odom": ("odom", "topic of the odometry (nav_msgs/Odometry), where there is one"),
    "base_frame": ("", "the robot's frame; empty: what params_file says"),
    "odom_frame": ("", "frame of the odometry, for map_to_odom; empty: odom"),
    "map_frame": ("", "frame that poses are published in; empty: the map's"),
    "params_file": (str(CONFIG / "localizer.yaml"), "parameters of the node; the other arguments prevail over it"),
    "namespace": ("", "namespace of the node and of relative topics"),
    "use_sim_time": ("false", "take the time from /clock: for simulators, and for bags played with --clock"),
    "autostart": ("true", "configure and activate at start; false under a lifecycle manager"),
    "device": ("", "where networks run: auto, cpu or cuda; empty: what params_file says"),
    "map_to_odom": ("false", "publish map -> odom from the poses, where nobody else does"),
    "rviz": ("false", "open RViz with config/localize.rviz"),
    "bag": ("", "a bag to play, with its clock: use_sim_time is true then"),
    "bag_rate": ("1.0", "play the bag so many times as fast"),
    "answers": ("", "a bag to record what the node says into; empty: none"),
}
DEVICES = ("", "auto", "cpu", "cuda")
PLAYER, RECORDER = "vpr_play", "vpr_record"
# A map of thousands of places on a slow disk, and a network on its way to a GPU.
WAIT_FOR_NODE_S = "60"


def generate_launch_description():
    """The arguments and the processes made from them."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_processes)])


def _processes(context):
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    _check(given)
    namespace = _absolute_namespace(context, given["namespace"])
    simulated = bool(given["bag"]) or _truth(given, "use_sim_time")
    processes = [_localizer(given, simulated)]
    if _truth(given, "map_to_odom"):
        processes.append(_map_to_odom(given, simulated))
    if given["answers"]:
        processes.append(_recorder(given, namespace, simulated))
    if given["bag"]:
        processes.append(_player(given, namespace))
    if _truth(given, "rviz"):
        processes.append(_rviz(given, namespace, simulated))
    return processes


def _localizer(given, simulated):
    parameters = {"use_sim_time": simulated, "autostart": _truth(given, "autostart")}
    return Node(
        **_program("localizer"),
        name="vpr",
        namespace=given["namespace"],
        parameters=[
            str(_existing(given, "params_file")),
            {
                **parameters,
                **_named(
                    given,
                    vpr_map="map.path",
                    base_frame="node.base_frame",
                    map_frame="node.map_frame",
                    device="features.device",
                ),
            },
        ],
        remappings=[
            ("image", given["image"]),
            ("camera_info", given["camera_info"] or _beside(given["image"], "camera_info")),
            ("odom", given["odom"]),
        ],
        output="screen",
    )


def _map_to_odom(given, simulated):
    """Poses do not say which frame they are of: it must be told the one that the node is told."""
    base_frame = given["base_frame"] or _base_frame(yaml.safe_load(_existing(given, "params_file").read_text()))
    told = {**given, "base_frame": base_frame}
    frames = _named(told, map_frame="map_frame", odom_frame="odom_frame", base_frame="base_frame")
    return Node(
        **_program("map_to_odom"),
        name="map_to_odom",
        namespace=given["namespace"],
        parameters=[{"use_sim_time": simulated, **frames}],
        remappings=[("pose", "vpr/pose"), ("odom", given["odom"])],
        output="screen",
    )


def _base_frame(parameters):
    """What a file of parameters says of node.base_frame, under whatever node's name; empty where it says nothing."""
    if not isinstance(parameters, dict):
        return ""
    said = parameters.get("ros__parameters")
    if isinstance(said, dict):
        group = said.get("node")
        return str(said.get("node.base_frame") or (group.get("base_frame") if isinstance(group, dict) else "") or "")
    return next((found for found in map(_base_frame, parameters.values()) if found), "")


def _player(given, namespace):
    """Begins when the node has subscribed to the images, and the recorder to the answers."""
    image = prefix_namespace(namespace, given["image"])
    recorded = ["--until-heard", prefix_namespace(namespace, "vpr/match")] if given["answers"] else []
    return ExecuteProcess(
        cmd=[
            *_command("vpr"),
            *("play", str(_existing(given, "bag")), "--clock", "--rate", given["bag_rate"]),
            *("--wait", WAIT_FOR_NODE_S, "--wait-for", image, *recorded),
        ],
        name=PLAYER,
        output="screen",
    )


def _recorder(given, namespace, simulated):
    node = prefix_namespace(namespace, "vpr")
    into = str(Path(given["answers"]).expanduser())
    return ExecuteProcess(
        cmd=[*_command("vpr"), "record", "-o", into, "--node", node, *(["--clock"] if simulated else [])],
        name=RECORDER,
        output="screen",
    )


def _rviz(given, namespace, simulated):
    config = CONFIG / "localize.rviz"
    fixed = ["-f", given["map_frame"]] if given["map_frame"] else []
    # The file names the topics of a node without a namespace.
    topics = sorted(set(re.findall(r"Value: (/vpr/\S+)", config.read_text(encoding="utf-8"))))
    return Node(
        package="rviz2",
        executable="rviz2",
        name="rviz",
        arguments=["-d", str(config), *fixed],
        parameters=[{"use_sim_time": simulated}],
        remappings=[(topic, prefix_namespace(namespace, topic[1:])) for topic in topics if namespace != "/"],
        output="log",
    )


def _check(given):
    if given["device"] not in DEVICES:
        raise ValueError(f"device:={given['device']} is none of {', '.join(DEVICES[1:])}")
    try:
        possible = float(given["bag_rate"]) > 0
    except ValueError:
        possible = False
    if not possible:
        raise ValueError(f"bag_rate:={given['bag_rate']} is no number above 0")


def _truth(given, name):
    if given[name].lower() not in ("true", "false"):
        raise ValueError(f"{name}:={given[name]} is neither true nor false")
    return given[name].lower() == "true"


def _existing(given, name):
    """The shell does not expand ~ after `:=`."""
    path = Path(given[name]).expanduser()
    if not path.exists():
        raise ValueError(f"{name}:={given[name]}: there is no {path}")
    return path


def _named(given, **parameter_of):
    """Parameters for the arguments that are not empty. A map named 7 or true stays a name."""
    return {
        parameter: ParameterValue(given[argument], value_type=str)
        for argument, parameter in parameter_of.items()
        if given[argument]
    }


def _beside(image, name):
    """/camera/image_raw[/compressed] -> /camera/camera_info, where drivers publish it."""
    parts = image.removesuffix("/compressed").rpartition("/")
    return f"{parts[0]}{parts[1]}{name}"


def _absolute_namespace(context, namespace):
    """Below the one that somebody who includes this file has pushed."""
    pushed = context.launch_configurations.get("ros_namespace", "")
    return make_namespace_absolute(prefix_namespace(pushed, namespace))


def _program(name):
    """colcon installs programs where ROS looks for them, pip into bin/."""
    in_bin = PREFIX / "bin" / name
    if in_bin.is_file() and not (PREFIX / "lib" / "vpr_ros" / name).is_file():
        return {"executable": str(in_bin)}
    return {"package": "vpr_ros", "executable": name}


def _command(name):
    program = _program(name)
    return [ExecutableInPackage(**program) if "package" in program else program["executable"]]
