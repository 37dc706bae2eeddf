"""What the node has found out about one image, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.records import Estimate, Frame, VerifiedPose


@dataclass(frozen=True, eq=False)
class Answer:
    """An estimate with all that belongs to it.

    frame: the image that it is about. base_frame: the ROS frame whose pose was solved. fix: the pose that may be
    published and fused, None where there is none or where it is held back, for which `held_back` is the reason.
    sound: the same, also while the robot stands: what a person who asks is told. epoch: how often time began anew.
    """

    frame: Frame
    estimate: Estimate
    place_map: LocalizationMap
    base_frame: str
    fix: VerifiedPose | None = None
    held_back: str | None = None
    sound: VerifiedPose | None = None
    epoch: int = 0


class AnswerListener(Protocol):
    """One who says something of answers: a topic, a transform, a service that waits. Made by configure.

    `hear` and `forget` come from the worker's and the executor's threads, never two of them at once.
    """

    def serve(self, place_map: LocalizationMap, base_frame: str) -> None:
        """Answers are of this map from here on: when the node begins to look, and again whenever
        another map is loaded.
        """

    def hear(self, answer: Answer) -> None:
        """An image was localized while the node is active."""

    def forget(self) -> None:
        """What was heard is of another time: the node was deactivated, the clock jumped back, the map changed."""

    def close(self) -> None:
        """Take down what was made on the node; nothing is heard after it."""


@runtime_checkable
class AskedListener(Protocol):
    """A listener that has something to say only when it was asked: by ~/relocalize or ~/reinitialize."""

    def ask(self) -> None:
        """Say it of the next answers, once."""
