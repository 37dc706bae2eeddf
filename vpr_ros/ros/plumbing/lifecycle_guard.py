"""Keeps a lifecycle node alive through requests for transitions that its state does not allow.

rclpy lets the error of such a request escape from the service's callback, which ends the executor, and with it the
node; nav2's manager and `ros2 lifecycle set` send such requests. Two transitions at once are refused as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rclpy.lifecycle import LifecycleNode

# What a service holds the lock for, at most.
MOMENT_S = 0.2


def guard_transitions(node: LifecycleNode) -> threading.Lock:
    """Wrap the node's change_state service; the lock returned is held while one is under way."""
    under_way = threading.Lock()
    service = node._service_change_state
    service.callback = _guarded(service.callback, under_way, node.get_logger())
    return under_way


def _guarded(change_state: Callable[..., Any], under_way: threading.Lock, logger: Any) -> Callable[..., Any]:
    def answer(request: Any, response: Any) -> Any:
        if not under_way.acquire(timeout=MOMENT_S):
            logger.warning("transition refused: another one is under way")
            response.success = False
            return response
        try:
            return change_state(request, response)
        except RuntimeError:  # rclpy's RCLError; rcl has logged which transition and which state
            response.success = False
            return response
        finally:
            under_way.release()

    return answer
