"""Logs that neither flood nor hide."""

from __future__ import annotations

from vpr_ros.ros.plumbing.throttled_log import ThrottledLog


def test_every_key_has_its_own_pace() -> None:
    lines: list[str] = []
    log = ThrottledLog(lines.append, period_s=3600)
    for _ in range(5):
        log.say("a", "first")
        log.say("b", "second")
    assert lines == ["first", "second"]


def test_says_again_after_the_period() -> None:
    lines: list[str] = []
    log = ThrottledLog(lines.append, period_s=0.0)
    log.say("a", "one")
    log.say("a", "two")
    assert lines == ["one", "two"]


def test_once_is_once_even_without_a_period() -> None:
    lines: list[str] = []
    log = ThrottledLog(lines.append, period_s=0.0)
    for _ in range(3):
        log.once("a", "said")
    log.once("b", "another")
    assert lines == ["said", "another"]
