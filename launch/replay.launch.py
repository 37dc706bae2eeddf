"""Plays a bag to the node, records what it says, and ends with the bag.

ros2 launch vpr_ros replay.launch.py vpr_map:=~/maps/office image:=/camera/image_raw bag:=drive.mcap answers:=answers

Every argument of localize.launch.py holds here too.
"""

from pathlib import Path

from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
    TimerAction,
)
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown

from launch import LaunchDescription

LOCALIZE = Path(__file__).resolve().parent / "localize.launch.py"
# As localize.launch.py names the processes; launch adds a number. The node's executable is `localizer`.
PLAYER, NODE = "vpr_play", "localizer"
# For the answer to the last image.
GRACE_S = 3.0


def generate_launch_description():
    """The node, the player and the recorder, and what ends them."""
    return LaunchDescription(
        [
            DeclareLaunchArgument("bag", description="the bag to play"),
            DeclareLaunchArgument("answers", description="the new bag that is recorded into"),
            IncludeLaunchDescription(str(LOCALIZE)),
            RegisterEventHandler(OnProcessExit(target_action=_is(PLAYER), on_exit=_after_the_bag)),
            RegisterEventHandler(OnProcessExit(target_action=_is(NODE), on_exit=_without_the_node)),
        ]
    )


def _is(name):
    def matches(action):
        return action.process_details["name"].rpartition("-")[0] == name

    return matches


def _after_the_bag(event, _context):
    if event.returncode:
        return _fail(event, "the bag was not played to its end")
    return [TimerAction(period=GRACE_S, actions=[EmitEvent(event=Shutdown(reason="the bag is over"))])]


def _without_the_node(event, context):
    return None if context.is_shutdown else _fail(event, "the node ended before the bag")


def _fail(event, what):
    """launch says it in one line and ends everything; its own exit code is 1 then."""

    def tell(_context):
        raise RuntimeError(f"{what}; exit code {event.returncode}")

    return [OpaqueFunction(function=tell)]
