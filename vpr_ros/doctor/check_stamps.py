"""Whether images are stamped, in order, by the clock that everything else is stamped by, and how old they arrive."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.doctor.finding import Finding, fail, ok, skip, warn
from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.bags.pose_clock import LARGEST_DIFFERENCE_S, clock_offset_s
from vpr_ros.sources.bags.scan_bag import usable_stamps
from vpr_ros.sources.bags.transform_tree import frame_name

AHEAD_S = 0.2
"""As the node has it: images that are further in the future are dropped."""
OLD_S = 0.3
"""A consumer that takes a pose of then for one of now is 0.3 m off at 1 m/s."""
OTHER_CLOCK_S = 60.0
"""No image takes a minute: one of the two clocks is another one (simulated time, a replay)."""
_SYNCHRONISE = "synchronise the machines' clocks (chrony or PTP), or let the driver stamp with the host's time"


def check_stamps(recording: Recording) -> list[Finding]:
    """Present and in order."""
    stamps = recording.images.stamps_ns
    if not len(stamps):
        return []
    zero = int((stamps == 0).sum())
    if zero == len(stamps):
        return [fail("stamps", "no image has a stamp, the node drops them all", "let the driver set header.stamp")]
    steps = np.diff(stamps[stamps > 0]) / 1e9
    back, repeated = int((steps < 0).sum()), int((steps == 0).sum())
    if zero:
        return [
            warn("stamps", f"{zero} of {len(stamps)} images have no stamp", "the node drops those; mend the driver")
        ]
    if back:
        todo = "two publishers on one topic, a bag that loops, or a clock that was set: let one clock stamp, onwards"
        return [fail("stamps", f"{back} of {len(stamps)} images are stamped earlier than the one before", todo)]
    if repeated:
        todo = "they are left out; two publishers on one topic, or a driver that sends a picture twice"
        return [warn("stamps", f"{repeated} of {len(stamps)} images repeat the stamp before", todo)]
    return [ok("stamps", "every image has one, in order")]


def check_age(recording: Recording) -> list[Finding]:
    """From the stamp of an image to its recording."""
    log = recording.images
    stamped = log.stamps_ns > 0
    if not stamped.any():
        return []
    offset_s = clock_offset_s(log.stamps_ns[stamped], log.bag_ns[stamped])
    if offset_s is None or abs(offset_s) > OTHER_CLOCK_S:
        return [skip("image age", "the recorder's clock is not the one that stamps (a converted bag, simulated time)")]
    ages = _ages_s(log.stamps_ns[stamped], log.bag_ns[stamped])
    middle, late = (float(each) for each in np.percentile(ages, [50, 95]))
    numbers = {"median_s": middle, "p95_s": late}
    found = f"images arrive {middle * 1e3:.0f} ms after their stamp, 95% of them within {late * 1e3:.0f} ms"
    if middle < -AHEAD_S:
        return [
            fail("image age", f"images are stamped {-middle:.2f} s ahead of their arrival", _SYNCHRONISE, **numbers)
        ]
    if late > recording.max_age_s:
        todo = "the node drops images older than node.max_age_s: lower the load, compress images, synchronise clocks"
        return [fail("image age", found, todo, **numbers)]
    if middle > OLD_S:
        todo = "poses come that late: raise the consumer's history, send smaller or compressed images, check the clocks"
        return [warn("image age", found, todo, **numbers)]
    return [ok("image age", found, **numbers)]


def check_clocks(recording: Recording) -> list[Finding]:
    """Images, odometry and TF of the chain, each by stamp against recording: one clock, or the poses of others."""
    log = recording.images
    stamped = log.stamps_ns > 0
    images_s = clock_offset_s(log.stamps_ns[stamped], log.bag_ns[stamped])
    others = dict(_other_offsets(recording))
    if images_s is None or not others:
        return []
    may_be_ahead = {
        f"TF {edge.parent} -> {child}"
        for child, edge in recording.scan.tree.edges.items()
        if edge.parent == frame_name(recording.options.map_frame)
    }
    findings = []
    for name, offset_s in others.items():
        ahead_s = offset_s - images_s
        # Localizers stamp map -> odom ahead of time, so that TF can be looked up until then.
        if abs(ahead_s) > LARGEST_DIFFERENCE_S and not (name in may_be_ahead and ahead_s > 0):
            found = f"stamps of {name} lie {ahead_s:+.2f} s from the images', by when both were recorded"
            findings.append(fail("clocks", found, _SYNCHRONISE, seconds=ahead_s))
    return findings or [ok("clocks", f"one clock stamps images and {', '.join(others)}")]


def _other_offsets(recording: Recording) -> list[tuple[str, float]]:
    found = []
    for topic, rows in recording.scan.poses.items():
        stamps, usable, _ = usable_stamps(rows, topic)
        found.append((topic, clock_offset_s(stamps[usable], np.array(rows.bag_ns, np.int64)[usable])))
    for child, edge in recording.scan.tree.edges.items():
        if not edge.is_static:
            found.append((f"TF {edge.parent} -> {child}", edge.clock_s))
    return [(name, offset_s) for name, offset_s in found if offset_s is not None]


def _ages_s(stamps_ns: Array, bag_ns: Array) -> Array:
    # Subtracted as integers: floats of nanoseconds since 1970 are good to a quarter of a microsecond only.
    return np.asarray((bag_ns - stamps_ns) / 1e9)
