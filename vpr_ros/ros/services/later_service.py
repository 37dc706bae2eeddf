"""A service that answers later, and meanwhile blocks nobody.

rclpy wants the response when the callback returns. A callback that waits holds a thread of the executor; one that
awaits is resumed again and again, as fast as the processor can (rclpy of Humble and Jazzy).
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.exceptions import InvalidHandle
from rclpy.node import Node
from rclpy.service import Service

Reply = Callable[[Any], None]
"""Takes the response; from any thread. Only the first one counts."""


def create_later_service(
    node: Node, kind: Any, name: str, ask: Callable[[Any, Reply], None], fallback: Any, group: CallbackGroup
) -> Service:
    """A service whose `ask(request, reply)` returns soon, and whose `reply` is called then or later.

    fallback: the response where `ask` fails by a defect, which is logged and ends nothing.
    """
    service = node.create_service(kind, name, lambda request, _response: request, callback_group=group)
    send = service.send_response

    def answer_later(request: Any, header: Any) -> None:
        """rclpy calls this with what the callback returned, which is the request."""
        reply = _once(lambda response: _send(send, response, header))
        try:
            ask(request, reply)
        except Exception:
            node.get_logger().error(f"{name} failed: {traceback.format_exc()}")
            reply(fallback)

    service.send_response = answer_later  # type: ignore[method-assign,assignment]
    return service


def _once(reply: Reply) -> Reply:
    """The first response is sent, others are not."""
    first = threading.Lock()

    def answer(response: Any) -> None:
        if first.acquire(blocking=False):
            reply(response)

    return answer


def _send(send: Callable[[Any, Any], None], response: Any, header: Any) -> None:
    try:
        send(response, header)
    except InvalidHandle:  # the node was destroyed under a request that waited: nobody is there to be told
        return
