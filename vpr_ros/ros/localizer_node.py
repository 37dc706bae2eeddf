"""The node `vpr`: configure loads the map, activate looks at images, deactivate stops, cleanup frees."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup, ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType, JumpThreshold
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleNodeMixin, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node

from vpr_ros.core.errors import VprError
from vpr_ros.core.outputs.topics import DIAGNOSTICS
from vpr_ros.ros.diagnostics import diagnostics_fields
from vpr_ros.ros.localization import Localization
from vpr_ros.ros.outputs.publishers import RELIABLE
from vpr_ros.ros.parameters import declare_parameters
from vpr_ros.ros.plumbing.lifecycle_guard import guard_transitions
from vpr_ros.ros.plumbing.messages import message_class, message_from_fields
from vpr_ros.ros.plumbing.one_line import one_line
from vpr_ros.ros.plumbing.process_memory import resident_mb
from vpr_ros.ros.services.node_services import NodeServices

NODE_NAME = "vpr"
SUCCESS, FAILURE, ERROR = (
    TransitionCallbackReturn.SUCCESS,
    TransitionCallbackReturn.FAILURE,
    TransitionCallbackReturn.ERROR,
)


class LocalizerNode(LifecycleNode):
    """Wants an executor of several threads, so that parameters answer while a map is loaded.

    Raises SettingsError when made with an unknown parameter or a wrong value.
    """

    def __init__(self, **kwargs: Any) -> None:
        # As LifecycleNode.__init__ does, which does not let the services have a callback group of their own.
        Node.__init__(self, NODE_NAME, **kwargs)
        LifecycleNodeMixin.__init__(self, callback_group=ReentrantCallbackGroup())
        self._under_way = guard_transitions(self)
        self._ending = False
        self._state = "unconfigured"
        self._problem: str | None = None
        self._localization = Localization(self, declare_parameters(self))
        self._on_request = NodeServices(self, self._localization, self._under_way)
        self._watch_health_and_clock()
        if self.get_parameter("autostart").value:
            self._autostart = self.create_timer(0.0, self._start, ReentrantCallbackGroup(), self._steady)

    def close(self) -> None:
        """Free everything, whatever the state; before the node is destroyed. A map may still be loading meanwhile."""
        self._ending = True
        self._localization.free()

    def on_configure(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Load the map. FAILURE with the reason logged when it cannot be used; configure can be asked for again."""
        return self._attempt("configure", "inactive", self._localization.configure)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe and start to localize."""
        super().on_activate(state)  # switches the publishers on
        result = self._attempt("activate", "active", self._localization.look)
        if result != SUCCESS:
            super().on_deactivate(state)
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop working; the map stays loaded."""
        result = self._attempt("deactivate", "inactive", self._localization.stop_looking)
        super().on_deactivate(state)
        return result

    def on_cleanup(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Free the map and take the topics down."""
        return self._attempt("clean up", "unconfigured", self._localization.free)

    def on_shutdown(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """Stop and free; the process goes on until it is told to end."""
        return self._attempt("shut down", "finalized", self._localization.free)

    def on_error(self, _state: LifecycleState) -> TransitionCallbackReturn:
        """After a defect: free everything and be ready for configure again."""
        problem = self._problem
        result = self._attempt("recover", "unconfigured", self._localization.free)
        self._problem = problem
        return result

    def _attempt(self, what: str, then: str, action: Callable[[], None]) -> TransitionCallbackReturn:
        """rclpy swallows what a transition raises; people need to read it."""
        try:
            action()
        except VprError as error:
            self._problem = f"cannot {what}: {error}"
            self.get_logger().error(self._problem)
            return FAILURE
        except Exception:
            if self._ending:  # destroyed under this transition's hands, which is no defect
                return FAILURE
            self._problem = f"{what} failed by a defect; its traceback is in the log"
            self.get_logger().error(f"{what} failed: {traceback.format_exc()}")
            return ERROR
        self._problem, self._state = None, then
        return SUCCESS

    def _start(self) -> None:
        self._autostart.cancel()
        with self._under_way:
            try:
                if self.trigger_configure() == SUCCESS:
                    self.trigger_activate()
            except RuntimeError as error:  # rclpy's: the node was destroyed, or somebody else was quicker
                if not self._ending:
                    self.get_logger().warning(f"autostart: {one_line(error)}; somebody else changes the state")

    def _watch_health_and_clock(self) -> None:
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)  # simulated time may stand still
        self._diagnostics = self.create_publisher(message_class(DIAGNOSTICS), "/diagnostics", RELIABLE)
        self.create_timer(1.0, self._publish_health, MutuallyExclusiveCallbackGroup(), self._steady)
        threshold = JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True)
        self._jumps = self.get_clock().create_jump_callback(threshold, post_callback=self._on_clock_jump)

    def _on_clock_jump(self, _jump: Any) -> None:
        self._localization.forget()

    def _publish_health(self) -> None:
        self._localization.tend()
        health = self._localization.health(self._state)
        health = replace(health, problem=self._problem, memory_mb=resident_mb())
        fields = diagnostics_fields(health, self.get_fully_qualified_name()[1:], self.get_clock().now().nanoseconds)
        self._diagnostics.publish(message_from_fields(DIAGNOSTICS, fields))
