"""The picture of an answer: only for those who look, and in nobody's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("rclpy")

from output_stage import OutputStage, answer_of
from robot import Client, stamp_of, wait_until
from two_places import STAMP_NS

from vpr_ros.core.errors import MapError
from vpr_ros.ros.outputs.debug_image import DebugImage

TOPIC, KIND = "/vpr/debug_image/compressed", "sensor_msgs/msg/CompressedImage"


class Artist:
    """Draws a grey picture, or does what the test wants first."""

    def __init__(self) -> None:
        self.drawn = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails: Exception | None = None

    def __call__(self, image: np.ndarray, *_: Any) -> np.ndarray:
        self.drawn += 1
        assert self.go_on.wait(20.0)
        if self.fails is not None:
            raise self.fails
        return image


@pytest.fixture
def artist() -> Artist:
    return Artist()


@pytest.fixture
def stage(domain: int, artist: Artist) -> Iterator[OutputStage]:
    with OutputStage(domain, lambda node: DebugImage(node, draw=artist, period_s=0.0)) as stage:
        yield stage


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "vpr_debug_image"]


def test_nothing_is_drawn_while_nobody_looks(stage: OutputStage, artist: Artist) -> None:
    for _ in range(20):
        stage.listener.hear(answer_of())
    assert artist.drawn == 0
    assert _threads() == []


def test_who_looks_sees_the_query_beside_its_match(domain: int) -> None:
    with OutputStage(domain, DebugImage) as stage, Client(domain) as client:
        heard = client.listen(TOPIC, KIND)
        stage.wait_for_listener(TOPIC)

        def seen() -> bool:
            stage.listener.hear(answer_of())
            time.sleep(0.01)
            return bool(heard)

        wait_until(seen, "a picture")
        assert stamp_of(heard[0]) == STAMP_NS
        assert heard[0].format == "jpeg"
        picture = cv2.imdecode(np.frombuffer(heard[0].data, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (360 + 6 + 4 * 18 + 6, 2 * 480 + 8 + 6, 3)
    assert _threads() == []


def test_pictures_have_a_pace(domain: int, artist: Artist) -> None:
    with (
        OutputStage(domain, lambda node: DebugImage(node, draw=artist, period_s=1000.0)) as stage,
        Client(domain) as client,
    ):
        heard = client.listen(TOPIC, KIND)
        stage.wait_for_listener(TOPIC)
        for _ in range(50):
            stage.listener.hear(answer_of())
        wait_until(lambda: heard, "the picture")
        assert artist.drawn == 1


def test_who_answers_never_waits_for_the_picture(stage: OutputStage, artist: Artist, domain: int) -> None:
    with Client(domain) as client:
        heard = client.listen(TOPIC, KIND)
        stage.wait_for_listener(TOPIC)
        artist.go_on.clear()

        def being_drawn() -> int:
            stage.listener.hear(answer_of())
            return artist.drawn

        wait_until(being_drawn, "a picture to be begun")
        for number in range(2, 10):  # none of these waits, and the newest is the next picture
            stage.listener.hear(answer_of(stamp_ns=number))
        assert artist.drawn == 1
        artist.go_on.set()
        wait_until(lambda: len(heard) == 2, "two pictures")
        assert [stamp_of(each) for each in heard] == [STAMP_NS, 9]


@pytest.mark.parametrize("error", [MapError("the thumbnail is no image"), ValueError("a defect")])
def test_a_picture_that_cannot_be_drawn_does_not_end_pictures(
    stage: OutputStage, artist: Artist, domain: int, error: Exception
) -> None:
    with Client(domain) as client:
        heard = client.listen(TOPIC, KIND)
        stage.wait_for_listener(TOPIC)
        artist.fails = error

        def tried() -> int:
            stage.listener.hear(answer_of())
            return artist.drawn

        wait_until(tried, "a try")
        artist.fails = None

        def seen() -> bool:
            stage.listener.hear(answer_of())
            time.sleep(0.01)
            return bool(heard)

        wait_until(seen, "a picture")


def test_what_waits_is_forgotten_when_the_clock_jumps_or_another_map_serves(
    stage: OutputStage, artist: Artist, domain: int
) -> None:
    with Client(domain) as client:
        heard = client.listen(TOPIC, KIND)
        stage.wait_for_listener(TOPIC)
        artist.go_on.clear()

        def being_drawn() -> int:
            stage.listener.hear(answer_of())
            return artist.drawn

        wait_until(being_drawn, "a picture to be begun")
        stage.listener.hear(answer_of(stamp_ns=5))
        stage.listener.forget()
        artist.go_on.set()
        wait_until(lambda: heard, "the first picture")
        stage.listener.close()
        assert artist.drawn == 1
