"""The worker: newest image only, nothing old, nothing after a stop, alive after bad images."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from vpr_ros.core.errors import ImageError, SourceError
from vpr_ros.core.records import Candidates, Estimate, Frame, LabelGuess, Rejected
from vpr_ros.ros.inputs.judge_stamp import judge_stamp
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker import mailbox
from vpr_ros.ros.worker.live_localizer import LiveLocalizer, ReceivedImage

NOW_NS = 10**18


class SlowLocalizer:
    """Holds every frame until `go` is set, and says which it got."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.stamps: list[int] = []

    def localize(self, frame: Frame, further: Sequence[Frame] = ()) -> Estimate:
        assert not further
        self.stamps.append(frame.stamp_ns)
        self.began.set()
        assert self.go.wait(10)
        refusal = Rejected("blank") if frame.stamp_ns % 2 else None
        unknown = LabelGuess()
        return Estimate(frame.stamp_ns, "camera", "image", Candidates(()), refusal, unknown, unknown, None, {})


class Bench:
    """A LiveLocalizer with a clock that stands where it is put."""

    def __init__(self, rate_hz: float = 1000.0, log_period_s: float = 10.0) -> None:
        self.now_ns = NOW_NS
        self.localizer = SlowLocalizer()
        self.published: list[int] = []
        self.decoded: list[str] = []
        self.lines: list[str] = []
        self.live = LiveLocalizer(
            self.localizer,
            self.decode,
            lambda _frame, estimate: self.published.append(estimate.stamp_ns),
            lambda stamp_ns: judge_stamp(stamp_ns, self.now_ns, max_age_s=1.0, simulated=False),
            lambda: rate_hz,
            ThrottledLog(self.lines.append, log_period_s),
        )
        self.live.start()

    def decode(self, image: ReceivedImage) -> list[Frame]:
        self.decoded.append(image.topic)
        if image.cdr == b"broken":
            raise ImageError("/image: cut off")
        if image.cdr == b"headless":
            raise SourceError("the message is cut off")
        if image.cdr == b"defect":
            raise ZeroDivisionError("a defect")
        return [Frame(np.zeros((1, 1, 3), np.uint8), image.stamp_ns, "camera", "image")]

    def receive(self, stamp_ns: int, cdr: bytes = b"fine", topic: str = "/image") -> None:
        self.live.receive(topic, "sensor_msgs/msg/Image", stamp_ns, cdr)

    def wait_for(self, reached: Callable[[], bool]) -> None:
        give_up = time.monotonic() + 10
        while not reached():
            assert time.monotonic() < give_up
            time.sleep(0.002)

    def counts(self) -> dict[str, int]:
        return self.live.tally.snapshot()


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.localizer.go.set()
    bench.live.stop()


def test_under_flood_only_the_newest_is_localized(bench: Bench) -> None:
    bench.receive(NOW_NS)
    bench.localizer.began.wait(10)
    for later in range(2, 102, 2):  # fifty images while one is worked on
        bench.receive(NOW_NS + later)
    bench.localizer.go.set()
    bench.wait_for(lambda: len(bench.published) == 2)
    assert bench.localizer.stamps == [NOW_NS, NOW_NS + 100]
    assert bench.counts() == {"received": 51, "dropped: newer came": 49, "localized": 2}


def test_old_zero_and_future_stamps_are_dropped_and_counted(bench: Bench) -> None:
    bench.localizer.go.set()
    for stamp_ns in (0, NOW_NS - 2 * 10**9, NOW_NS + 10**9):
        bench.receive(stamp_ns)
    bench.receive(NOW_NS)
    bench.wait_for(lambda: bench.published == [NOW_NS])
    assert bench.counts() == {
        "received": 4,
        "dropped: zero stamp": 1,
        "dropped: old": 1,
        "dropped: future": 1,
        "localized": 1,
    }
    assert len(bench.lines) == 3


def test_an_image_that_grew_old_while_it_waited_is_not_localized(bench: Bench) -> None:
    bench.receive(NOW_NS)
    bench.localizer.began.wait(10)
    bench.receive(NOW_NS + 2)
    bench.now_ns += 5 * 10**9
    bench.localizer.go.set()
    bench.wait_for(lambda: bench.counts().get("dropped: old") == 1)
    assert bench.localizer.stamps == [NOW_NS]


def test_refusals_are_published_and_counted_apart(bench: Bench) -> None:
    bench.localizer.go.set()
    bench.receive(NOW_NS + 1)
    bench.wait_for(lambda: bench.counts().get("refused") == 1)
    assert bench.published == [NOW_NS + 1]


def test_unusable_images_do_not_flood_the_log_and_the_next_one_works(bench: Bench) -> None:
    bench.localizer.go.set()
    for expected in (1, 2):
        bench.receive(NOW_NS, b"broken")
        bench.wait_for(lambda expected=expected: bench.counts().get("unusable") == expected)
    bench.receive(NOW_NS)
    bench.wait_for(lambda: bench.published == [NOW_NS])
    assert len(bench.lines) == 1
    assert bench.lines[0].startswith("/image: cut off (")


def test_another_lasting_fault_after_a_broken_image_is_said_too() -> None:
    bench = Bench(log_period_s=0.0)
    for number, cdr in enumerate((b"broken", b"headless"), start=1):
        bench.receive(NOW_NS, cdr)
        bench.wait_for(lambda number=number: bench.counts().get("unusable") == number)
    bench.live.stop()
    assert [line.partition(" (")[0] for line in bench.lines] == ["/image: cut off", "/image: the message is cut off"]


@pytest.mark.parametrize(
    ("cdr", "outcome", "said"), [(b"broken", "unusable", "/image: cut off"), (b"defect", "failed", "ZeroDivisionError")]
)
def test_images_that_cannot_be_used_are_silence_with_a_reason(
    bench: Bench, cdr: bytes, outcome: str, said: str
) -> None:
    bench.localizer.go.set()
    for number in range(1, 6):  # the camera is as lively as can be
        bench.receive(NOW_NS, cdr)
        bench.wait_for(lambda number=number: bench.counts().get(outcome) == number)
        time.sleep(0.03)
    silent_s = bench.live.silent_s()
    assert silent_s > 0.1
    assert said in bench.live.fault
    bench.receive(NOW_NS)
    bench.wait_for(lambda: bench.published == [NOW_NS])
    assert bench.live.fault is None
    assert bench.live.silent_s() < silent_s


def test_images_that_wait_for_a_slow_rate_are_no_silence() -> None:
    bench = Bench(rate_hz=0.01)
    bench.localizer.go.set()
    bench.receive(NOW_NS)
    bench.wait_for(lambda: bench.published == [NOW_NS])
    time.sleep(0.2)
    silent_s = bench.live.silent_s()
    bench.receive(NOW_NS)
    assert bench.live.silent_s() < silent_s
    bench.live.stop()


def test_images_without_a_header_are_counted_too(bench: Bench) -> None:
    bench.live.refuse("/image", ImageError("no header"))
    assert bench.counts() == {"received": 1, "unusable": 1}
    assert len(bench.lines) == 1


def test_a_defect_does_not_end_the_worker(bench: Bench) -> None:
    bench.localizer.go.set()
    bench.receive(NOW_NS, b"defect")
    bench.wait_for(lambda: bench.counts().get("failed") == 1)
    bench.receive(NOW_NS)
    bench.wait_for(lambda: bench.published == [NOW_NS])
    assert "ZeroDivisionError" in bench.lines[0]


def test_a_clock_jump_drops_what_waits_and_what_is_worked_on(bench: Bench) -> None:
    bench.receive(NOW_NS)
    bench.localizer.began.wait(10)
    bench.receive(NOW_NS + 2)
    bench.live.forget()
    bench.now_ns -= 10 * 10**9
    bench.localizer.go.set()
    bench.wait_for(lambda: bench.counts().get("dropped: outdated while worked on") == 1)
    assert bench.counts()["dropped: clock jumped"] == 1
    bench.receive(bench.now_ns)
    bench.wait_for(lambda: bench.published == [bench.now_ns])
    assert bench.live.epoch == 1


def test_stop_waits_for_the_worker_and_nothing_is_published_after_it(bench: Bench) -> None:
    bench.receive(NOW_NS)
    bench.localizer.began.wait(10)
    stopping = threading.Thread(target=bench.live.stop)
    stopping.start()
    stopping.join(0.05)
    assert stopping.is_alive()
    bench.localizer.go.set()
    stopping.join(10)
    assert not stopping.is_alive()
    assert bench.published == []


def test_rate_is_a_limit() -> None:
    bench = Bench(rate_hz=10.0)
    bench.localizer.go.set()
    began = time.monotonic()
    while len(bench.published) < 4:
        bench.receive(NOW_NS)
        time.sleep(0.001)
    took_s = time.monotonic() - began
    bench.live.stop()
    assert took_s >= 0.29  # the first at once, the fourth after three pauses


def test_cameras_take_turns(bench: Bench) -> None:
    bench.receive(NOW_NS)
    assert bench.localizer.began.wait(10)
    for step in range(1, 5):  # while the first one is worked on
        bench.receive(NOW_NS + 2 * step, topic="/fast")
    bench.receive(NOW_NS + 20, topic="/slow")
    bench.localizer.go.set()
    bench.wait_for(lambda: len(bench.published) == 3)
    assert bench.published == [NOW_NS, NOW_NS + 8, NOW_NS + 20]
    assert bench.counts()["dropped: newer came"] == 3


def test_a_camera_that_sends_garbage_lets_the_others_go_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "DOUBT_S", 1000.0)
    bench.localizer.go.set()
    bench.receive(NOW_NS, b"broken", "/broken")
    bench.wait_for(lambda: bench.counts().get("unusable", 0) == 1)
    bench.localizer.go.clear()
    bench.receive(NOW_NS, topic="/good")
    bench.wait_for(lambda: bool(bench.localizer.stamps))
    bench.receive(NOW_NS, b"broken", "/broken")  # before the other's next one
    bench.receive(NOW_NS + 2, topic="/good")
    bench.localizer.go.set()
    bench.wait_for(lambda: len(bench.published) == 2 and bench.counts().get("unusable", 0) == 2)
    assert bench.decoded == ["/broken", "/good", "/good", "/broken"]


def test_every_image_that_waited_when_the_clock_jumped_is_counted(bench: Bench) -> None:
    bench.receive(NOW_NS)
    assert bench.localizer.began.wait(10)
    bench.receive(NOW_NS + 2, topic="/left")
    bench.receive(NOW_NS + 4, topic="/right")
    bench.live.forget()
    bench.localizer.go.set()
    bench.wait_for(lambda: bench.counts().get("dropped: outdated while worked on", 0) == 1)
    assert bench.counts()["dropped: clock jumped"] == 2
    assert bench.published == []
