"""Whether an image is of now. Old pictures make wrong answers, and clocks that disagree make old pictures."""

from __future__ import annotations

from dataclasses import dataclass

# Another machine's clock may be ahead of ours by this much.
MAX_AHEAD_S = 0.2


@dataclass(frozen=True)
class BadStamp:
    """Why an image is dropped: `reason` for counting, `advice` for a person."""

    reason: str
    advice: str


def judge_stamp(stamp_ns: int, now_ns: int, max_age_s: float, *, simulated: bool) -> BadStamp | None:
    """None for an image of now. A clock at zero is simulated time that nobody publishes yet.

    Simulated time comes as messages, which may come later than the images: there they may be ahead by their age limit.
    """
    if stamp_ns == 0:
        return BadStamp("zero stamp", "images have no stamp; the camera driver must set header.stamp")
    if now_ns == 0:
        return BadStamp("no clock", "use_sim_time is set and nothing publishes /clock yet")
    age_s = (now_ns - stamp_ns) / 1e9
    if age_s > max_age_s:
        hint = "; for a bag, set use_sim_time and play it with --clock" if age_s > 60 else ""
        return BadStamp("old", f"images are {age_s:.1f} s old, node.max_age_s is {max_age_s:g}{hint}")
    if -age_s > (max_age_s if simulated else MAX_AHEAD_S):
        return BadStamp(
            "future", f"images are stamped {-age_s:.1f} s ahead of this node's clock; synchronise the clocks"
        )
    return None
