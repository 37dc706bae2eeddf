"""Localizes the newest image in a thread of its own. Knows no rclpy: bytes in on any thread, estimates out on its own.

`receive` is called by the executor and does next to nothing, so that services answer whatever the localizer does.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vpr_ros.core.errors import VprError
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.ros.inputs.judge_stamp import BadStamp
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.mailbox import Mailbox
from vpr_ros.ros.worker.tally import Tally


@dataclass(frozen=True)
class ReceivedImage:
    """An image message as it came over the wire. `epoch` counts the jumps of the clock before it."""

    topic: str
    type_name: str
    stamp_ns: int
    cdr: bytes
    epoch: int = 0


class FrameLocalizer(Protocol):
    """The part of the core's Localizer that is used here."""

    def localize(self, frame: Frame, further: Sequence[Frame] = ()) -> Estimate:
        """One frame in, what may be believed out; `further` is what other cameras saw."""


class LiveLocalizer:
    """From `start` to `stop`: takes the newest image at most `rate_hz` times a second and hands on its estimate.

    `decode` makes the image's frame, and after it those of other cameras that go with it; none where the image is not
    wanted any more. `judge` says of a stamp why it is not of now; `rate_hz` is asked anew after every image.
    """

    def __init__(
        self,
        localizer: FrameLocalizer,
        decode: Callable[[ReceivedImage], Sequence[Frame]],
        publish: Callable[[Frame, Estimate], None],
        judge: Callable[[int], BadStamp | None],
        rate_hz: Callable[[], float],
        log: ThrottledLog,
        epoch: int = 0,
    ) -> None:
        self._localizer = localizer
        self._decode = decode
        self._publish = publish
        self._judge = judge
        self._rate_hz = rate_hz
        self._log = log
        self._mailbox: Mailbox[ReceivedImage] = Mailbox()
        self._stopping = False
        self._paced = threading.Event()
        self._epoch_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="vpr_localize", daemon=True)
        self.tally = Tally()
        self.epoch = epoch
        self.newest_stamp_ns: int | None = None
        self.last_estimate: Estimate | None = None
        # Why the last image that was worked on could not be used; None when it could.
        self.fault: str | None = None
        self._usable_at_s = time.monotonic()

    def start(self) -> None:
        """Begin to work; once."""
        self._thread.start()

    def stop(self) -> None:
        """Publish nothing from here on and wait for the thread, which may be in the middle of an image."""
        with self._epoch_lock:
            self._stopping = True
        self._paced.set()
        self._mailbox.close()
        if self._thread.is_alive():
            self._thread.join()

    def silent_s(self) -> float:
        """Since the last usable image, or since this was made.

        An image that waits for its turn passes for usable as long as the last one was: a low rate is no silence.
        """
        return time.monotonic() - self._usable_at_s

    def receive(self, topic: str, type_name: str, stamp_ns: int, cdr: bytes) -> None:
        """An image came in: leave it for the worker, or drop it. Never blocks."""
        self.tally.count("received")
        image = ReceivedImage(topic, type_name, stamp_ns, cdr, self.epoch)
        if not self._is_of_now(image):
            return
        self.newest_stamp_ns = stamp_ns
        if self.fault is None:
            self._usable_at_s = time.monotonic()
        if self._mailbox.put(image, topic):
            self.tally.count("dropped: newer came")

    def refuse(self, topic: str, why: VprError) -> None:
        """An image came in that cannot even be looked at; said once, for those that follow are like it."""
        self.tally.count("received")
        self._count_unusable(topic, why)
        self._log.once(("refused", topic, str(why)), f"{self.fault} (said once; counted in /diagnostics)")

    def forget(self) -> None:
        """The clock jumped back: what came before is of another time, also the image being worked on."""
        with self._epoch_lock:
            self.epoch += 1
        self.newest_stamp_ns = None
        for _ in range(self._mailbox.clear()):
            self.tally.count("dropped: clock jumped")

    def hurry(self) -> None:
        """Take the next image at once."""
        self._paced.set()

    def expect_images(self) -> None:
        """Silence counts from now on: nobody was listening."""
        self.fault, self._usable_at_s = None, time.monotonic()

    def _run(self) -> None:
        while (image := self._mailbox.take()) is not None:
            began = time.monotonic()
            try:
                self._localize(image)
            except VprError as error:
                self._say_unusable(image.topic, error)
            except Exception as error:  # a defect of ours: one bad image must not silence the robot for good
                self.fault = f"localization failed by a defect ({type(error).__name__}); its traceback is in the log"
                self.tally.count("failed")
                self._mailbox.complain(image.topic)
                self._log.once(("failed", type(error)), f"localization failed (said once):\n{traceback.format_exc()}")
            self._wait(began)

    def _wait(self, began: float) -> None:
        """Keep the pace, unless hurried or stopped."""
        self._paced.wait(1 / self._rate_hz() - (time.monotonic() - began))
        if not self._stopping:
            self._paced.clear()

    def _localize(self, image: ReceivedImage) -> None:
        if not self._is_of_now(image):  # it may have grown old while the image before it was worked on
            return
        frames = self._decode(image)
        if not frames:
            self.tally.count("dropped: outdated while worked on")
            return
        frame, *further = frames
        estimate = self._localizer.localize(frame, further)
        self.fault, self._usable_at_s = None, time.monotonic()
        with self._epoch_lock:
            if self._stopping or image.epoch != self.epoch:
                self.tally.count("dropped: outdated while worked on")
                return
            self._publish(frame, estimate)
        self.last_estimate = estimate
        self.tally.count("localized" if estimate.refusal is None else "refused")

    def _say_unusable(self, topic: str, why: VprError) -> None:
        self._count_unusable(topic, why)
        self._mailbox.complain(topic)
        self._log.say(("unusable", topic), f"{self.fault} (said now and then; counted in /diagnostics)")

    def _count_unusable(self, topic: str, why: VprError) -> None:
        self.fault = f"{topic}: {str(why).removeprefix(f'{topic}: ')}"
        self.tally.count("unusable")

    def _is_of_now(self, image: ReceivedImage) -> bool:
        bad = self._judge(image.stamp_ns)
        if bad is None:
            return True
        self.tally.count(f"dropped: {bad.reason}")
        self._log.say((bad.reason, image.topic), f"{image.topic}: dropped: {bad.advice}")
        return False
