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


def test_senders_take_turns_however_fast_one_of_them_sends() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken = []
    mailbox.put("slow 0", "slow")
    for number in range(9):
        mailbox.put(f"fast {number}", "fast")
        mailbox.put(f"fast {number} again", "fast")
        if number == 4:
            mailbox.put("slow 1", "slow")
        taken.append(mailbox.take())
    assert taken[0] == "slow 0"
    assert taken[4] == "slow 1"
    assert all(each and each.endswith("again") for each in taken if each and each.startswith("fast"))


def test_all_at_the_same_rate_come_equally_often() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken = []
    for _ in range(30):
        for sender in "abc":
            mailbox.put(sender, sender)
        taken.append(mailbox.take())
    assert [taken.count(sender) for sender in "abc"] == [10, 10, 10]


def test_whose_last_item_was_of_no_use_waits_while_others_have_some() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken = []
    for _ in range(5):
        mailbox.put("good", "good")
        mailbox.put("bad", "bad")
        taken.append(mailbox.take())
        if taken[-1] == "bad":
            mailbox.complain("bad")
    assert taken.count("bad") <= 1
    mailbox.clear()
    mailbox.put("bad", "bad")
    assert mailbox.take() == "bad"


def test_clearing_says_how_many_were_there() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1, "a")
    mailbox.put(2, "b")
    assert mailbox.clear() == 2
    assert mailbox.clear() == 0
