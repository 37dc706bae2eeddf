"""The one-slot mailbox between the executor and the worker."""

from __future__ import annotations

import threading

from vpr_ros.ros.worker.mailbox import Mailbox


def test_take_gets_the_newest_only() -> None:
    mailbox: Mailbox[int] = Mailbox()
    assert mailbox.put(1) is False
    assert mailbox.put(2) is True
    assert mailbox.take() == 2
    assert mailbox.put(3) is False


def test_take_waits_for_a_put_from_another_thread() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    assert taken == []
    mailbox.put("image")
    thread.join(5)
    assert taken == ["image"]


def test_close_sends_the_waiting_away_and_hides_what_lies_there() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    thread = threading.Thread(target=lambda: taken.append(mailbox.take()))
    thread.start()
    mailbox.close()
    thread.join(5)
    mailbox.put("late")
    assert taken == [None]
    assert mailbox.take() is None


def test_clear_says_whether_something_was_thrown_away() -> None:
    mailbox: Mailbox[str] = Mailbox()
    assert mailbox.clear() is False
    mailbox.put("old")
    assert mailbox.clear() is True
    assert mailbox.put("new") is False
