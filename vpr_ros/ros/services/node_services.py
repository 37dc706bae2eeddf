"""The services of the node: in every state an answer with a reason, never an exception, and nobody is blocked."""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.lifecycle import LifecycleNode
from std_srvs.srv import Empty, SetBool, Trigger

from vpr_ros.core.errors import VprError
from vpr_ros.ros.localization import Localization
from vpr_ros.ros.services.later_service import Reply, create_later_service
from vpr_ros.ros.services.relocalization import Tell

NOT_ACTIVE = "the node is not active; activate it first"
NOT_CONFIGURED = "the node is not configured; configure loads the map"
PAUSED = "the node is paused; call ~/enable with true first"
BUSY = "a transition or another such request is under way; try again"
DEFECT = "failed by a defect; its traceback is in the log"
# A moment: whatever lasts longer than this is a map being loaded or an image being worked on.
MOMENT_S = 0.02
# An image being worked on, by a large network on a small processor.
PATIENCE_S = 20.0


class RequestError(VprError):
    """What a service was asked for cannot be done now; the reason goes to the caller."""


class NodeServices:
    """Made with the node, and there as long as it is. changing: held while somebody changes what the node holds."""

    def __init__(self, node: LifecycleNode, localization: Localization, changing: threading.Lock) -> None:
        self._node = node
        self._localization = localization
        self._changing = changing
        self._reloading = threading.Lock()
        group = ReentrantCallbackGroup()
        asked = Trigger.Response(success=False, message=f"~/relocalize {DEFECT}")
        create_later_service(node, Trigger, "~/relocalize", self._relocalize, asked, group)
        node.create_service(Empty, "~/reinitialize", self._reinitialize, callback_group=group)
        for kind, name, action in (
            (SetBool, "~/enable", lambda request: self._enable(request.data)),
            (Trigger, "~/reload_map", lambda _: self._reload_map()),
            (Trigger, "~/reset", lambda _: self._reset()),
        ):
            node.create_service(kind, name, self._told(name, action), callback_group=group)

    def _told(self, name: str, action: Callable[[Any], str]) -> Callable[[Any, Any], Any]:
        """A callback that does it and says what came of it."""

        def answer(request: Any, response: Any) -> Any:
            try:
                response.success, response.message = True, action(request)
            except VprError as error:
                response.success, response.message = False, str(error)
            except Exception:
                self._node.get_logger().error(f"{name} failed: {traceback.format_exc()}")
                response.success, response.message = False, f"{name} {DEFECT}"
            self._log(name, response.success, response.message)
            return response

        return answer

    def _relocalize(self, _request: Any, reply: Reply) -> None:
        def tell(success: bool, text: str) -> None:
            self._log("~/relocalize", success, text)
            reply(Trigger.Response(success=success, message=text))

        self._ask(tell)

    def _reinitialize(self, _request: Any, response: Any) -> Any:
        """The caller learns nothing: nav2's behaviour trees wait for a pose elsewhere."""
        try:
            self._ask(lambda success, text: self._log("~/reinitialize", success, text))
        except Exception:
            self._node.get_logger().error(f"~/reinitialize failed: {traceback.format_exc()}")
        return response

    def _ask(self, tell: Tell) -> None:
        localization = self._localization
        looking = localization.looking
        if looking is None or looking.paused:
            tell(False, NOT_ACTIVE if looking is None else PAUSED)
            return
        now_ns, settings = int(self._node.get_clock().now().nanoseconds), localization.settings.node
        localization.relocalization.ask(
            tell, now_ns, settings.relocalize_timeout_s, settings.relocalize_images, looking.why_silent
        )
        localization.ask()
        if localization.looking is not looking:  # deactivated between the two
            localization.relocalization.end(NOT_ACTIVE)

    def _enable(self, wanted: bool) -> str:
        with self._changes(MOMENT_S):
            looking = self._localization.looking
            if looking is None:
                raise RequestError(NOT_ACTIVE)
            if looking.paused != wanted:
                return "localizing already" if wanted else "paused already"
            if wanted:
                looking.resume()
                return "localizing"
            looking.pause()
        self._localization.relocalization.end(PAUSED)
        return "paused; nothing is subscribed to or worked on until ~/enable says true"

    def _reset(self) -> str:
        with self._changes(MOMENT_S):
            if self._localization.looking is None:
                return "nothing is remembered while the node is not active"
            self._localization.forget()
        return "forgotten: what was heard and said before"

    def _reload_map(self) -> str:
        if not self._reloading.acquire(blocking=False):
            raise RequestError("a map is being loaded already")
        try:
            return self._reload()
        finally:
            self._reloading.release()
            gc.collect()  # the old map is large, and what is left of it may lie in a cycle

    def _reload(self) -> str:
        """Loading takes its time: transitions go on meanwhile, and may leave nothing to replace."""
        before = self._localization.loaded
        if before is None:
            raise RequestError(NOT_CONFIGURED)
        try:
            loaded = self._localization.load()
            with self._changes(PATIENCE_S):
                if self._localization.loaded is not before:
                    raise RequestError("the node was cleaned up or configured meanwhile; nothing was replaced")
                self._localization.replace(loaded)
        except RequestError:
            raise
        except VprError as error:
            raise RequestError(f"{error}; map {before.localizer.place_map.map_id} goes on") from error
        return loaded.told

    @contextmanager
    def _changes(self, patience_s: float) -> Iterator[None]:
        """The right to change what the node holds. Raises RequestError where somebody else has it for longer."""
        if not self._changing.acquire(timeout=patience_s):
            raise RequestError(BUSY)
        try:
            yield
        finally:
            self._changing.release()

    def _log(self, name: str, success: bool, text: str) -> None:
        logger = self._node.get_logger()
        if success:
            logger.info(f"{name}: {text}")
        else:
            logger.warning(f"{name}: {text}")
