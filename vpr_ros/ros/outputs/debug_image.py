"""The query beside its match as a picture, for whoever looks: drawn in a thread of its own, the newest answer only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
from rclpy.lifecycle import LifecycleNode

from vpr_ros.core.draw_answer import draw_answer
from vpr_ros.core.errors import VprError
from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.outputs.topics import DEBUG_IMAGE, OutputMessage, message_on
from vpr_ros.core.records import Array, Estimate
from vpr_ros.ros.answer import Answer
from vpr_ros.ros.outputs.publishers import Publishers
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.mailbox import Mailbox

PERIOD_S = 0.5
"""Between pictures, at least: people look at them, and each costs some milliseconds of a core."""
JPEG_QUALITY = 80

Draw = Callable[[Array, Estimate, LocalizationMap], Array]


class DebugImage:
    """An AnswerListener. Nothing is drawn while nobody looks, and no thread runs before somebody does."""

    def __init__(self, node: LifecycleNode, draw: Draw = draw_answer, period_s: float = PERIOD_S) -> None:
        self._publishers = Publishers(node, [DEBUG_IMAGE])
        self._log = ThrottledLog(node.get_logger().warning)
        self._draw, self._period_s = draw, period_s
        self._mailbox: Mailbox[Answer] = Mailbox()
        self._thread: threading.Thread | None = None
        self._next_s = 0.0

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:  # noqa: ARG002
        """What waits is of another map."""
        self._mailbox.clear()

    def hear(self, answer: Answer) -> None:
        """Leave the answer for the thread, unless it is too early for another picture."""
        now_s = time.monotonic()
        if now_s < self._next_s or not self._publishers.wanted(DEBUG_IMAGE):
            return
        self._next_s = now_s + self._period_s
        self._mailbox.put(answer)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="vpr_debug_image", daemon=True)
            self._thread.start()

    def forget(self) -> None:
        """What waits is of another time."""
        self._mailbox.clear()

    def close(self) -> None:
        """Wait for the picture being drawn and take the topic down."""
        self._mailbox.close()
        if self._thread is not None:
            self._thread.join()
        self._publishers.close()

    def _run(self) -> None:
        while (answer := self._mailbox.take()) is not None:
            try:
                picture = self._draw(answer.frame.image, answer.estimate, answer.place_map)
                self._publishers.publish([debug_image(picture, answer.estimate.stamp_ns, answer.base_frame)])
            except VprError as error:
                self._log.say("debug image", f"no debug image: {error}")
            except Exception as error:  # a defect of ours: a picture must not end pictures for good
                self._log.say("debug image", f"no debug image, by a defect: {type(error).__name__}: {error}")


def debug_image(picture: Array, stamp_ns: int, frame_id: str) -> OutputMessage:
    """An RGB picture as JPEG. It is seen from nowhere: frame_id is there for displays that insist on one."""
    _, encoded = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    fields = {"header": header_fields(stamp_ns, frame_id), "format": "jpeg", "data": encoded.tobytes()}
    return message_on(DEBUG_IMAGE, fields)
