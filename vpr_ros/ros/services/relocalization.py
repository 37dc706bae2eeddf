"""Those who asked where the robot is, and wait for images that are taken from then on. Knows no rclpy; any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vpr_ros.core.records import Rejected, VerifiedPose
from vpr_ros.ros.answer import Answer

Tell = Callable[[bool, str], None]
"""Whether the robot knows where it is, and where or why not, in one line."""


@dataclass(eq=False)
class _Asked:
    tell: Tell
    since_ns: int
    views: int
    timer: threading.Timer | None = None
    refused: list[str] = field(default_factory=list)


class Relocalization:
    """A request ends with the first image whose pose is sound, after `views` that are not, or when time is up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[_Asked] = []

    @property
    def waiting(self) -> bool:
        """Whether anybody waits for an answer."""
        return bool(self._asked)

    def ask(self, tell: Tell, since_ns: int, timeout_s: float, views: int, why_none: Callable[[], str]) -> None:
        """Wait for images stamped `since_ns` and later. why_none: what to say when not one was localized in time."""
        asked = _Asked(tell, since_ns, views)

        def give_up() -> None:
            refused = asked.refused
            why = f"the last image was refused: {refused[-1]}" if refused else why_none()
            self._finish([asked], f"no position within {timeout_s:g} s; {why}")

        asked.timer = threading.Timer(timeout_s, give_up)
        asked.timer.daemon = True
        with self._lock:
            self._asked.append(asked)
        asked.timer.start()

    def hear(self, answer: Answer) -> None:
        """An image was localized."""
        objection = objection_to(answer)
        with self._lock:
            fresh = [asked for asked in self._asked if answer.frame.stamp_ns >= asked.since_ns]
        for asked in fresh:
            if objection is None:
                self._finish([asked], where(answer), success=True)
                continue
            asked.refused.append(objection)
            if len(asked.refused) >= asked.views:
                self._finish([asked], f"refused {asked.views} times, at last: {objection}")

    def forget(self) -> None:
        """The clock jumped back: all images that come are taken after the request."""
        with self._lock:
            for asked in self._asked:
                asked.since_ns = 0

    def end(self, why: str) -> None:
        """No more images: everybody is told."""
        self._finish(list(self._asked), why)

    def _finish(self, ended: list[_Asked], text: str, success: bool = False) -> None:
        for asked in ended:
            with self._lock:
                if asked not in self._asked:
                    continue
                self._asked.remove(asked)
            if asked.timer is not None:
                asked.timer.cancel()
            asked.tell(success, text)


def objection_to(answer: Answer) -> str | None:
    """Why the answer tells no position; None when it does. Where no poses are sought, a place is one."""
    estimate = answer.estimate
    if estimate.refusal is not None:
        return str(estimate.refusal)
    if isinstance(estimate.pose, Rejected):
        return f"pose refused: {estimate.pose}"
    if estimate.pose is not None and answer.sound is None:
        return answer.held_back or "the pose is not sound"
    return None


def where(answer: Answer) -> str:
    """The position for a person."""
    estimate, place_map = answer.estimate, answer.place_map
    best = estimate.candidates.best
    told = [] if best is None else [f"place {place_map.map_id}/place_{best.place_id}"]
    told += [f"{kind} {guess.label}" for kind, guess in (("room", estimate.room), ("floor", estimate.floor))]
    if isinstance(estimate.pose, VerifiedPose):
        pose = estimate.pose.map_from_base
        yaw_deg = np.degrees(np.arctan2(pose[1, 0], pose[0, 0]))
        told.insert(0, f"x {pose[0, 3]:.2f} m, y {pose[1, 3]:.2f} m, yaw {yaw_deg:.0f} deg in {place_map.map_frame}")
    else:
        told.append("no pose: none is sought")
    return "; ".join(told)
