"""Whether images come, of one kind that can be read, regularly and without gaps."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import distance_m
from vpr_ros.core.records import Array
from vpr_ros.doctor.finding import Finding, fail, ok, per_cent, skip, warn
from vpr_ros.doctor.look_at_bag import image_stamps
from vpr_ros.doctor.recording import Recording
from vpr_ros.sources.bags.bag_topics import IMAGE
from vpr_ros.sources.images.image_message import IMAGE_ENCODINGS
from vpr_ros.sources.pose_track import PoseTrack

PAUSE_S = 2.0
"""The node warns after as long without an image; shorter gaps are images that were lost on the way."""
LOST_SHARE = 0.02
"""Every fiftieth image lost harms nobody; a transport that drops more is set up wrongly."""
MOVED_M = 0.25
"""As far apart as keyframes are (map.keyframe_distance_m): a pause in which the robot drove that far leaves a hole."""
MAX_GAP_S = 0.5
_BEST_EFFORT = (
    "they are sent best effort, which loses large messages: let the driver publish reliably, or give both ends the "
    "Fast DDS profile config/fastdds_large_images.xml"
)


def check_images(recording: Recording) -> list[Finding]:
    """What is published, and whether it can be decoded."""
    log, camera = recording.images, recording.camera
    if camera is None:
        return [fail("images", recording.no_camera, "record the camera's images, raw or compressed")]
    if not len(log.stamps_ns):
        return [fail("images", f"{camera.image.name} holds no images", "start the camera, and record again")]
    raw = camera.image.type_name == IMAGE
    kinds, sizes = sorted(set(log.encodings)), {size for size in log.sizes if size is not None}
    unknown = [kind for kind in kinds if raw and kind not in IMAGE_ENCODINGS]
    told = "/".join(kinds) + "".join(f" {width}x{height}" for width, height in sorted(sizes))
    found = f"{camera.image.name}: {len(log.stamps_ns)} images, {told}"
    if unknown:
        todo = f"let the driver publish one of {', '.join(IMAGE_ENCODINGS[:5])}, or record the compressed topic"
        return [fail("images", f"{found}; encoding {', '.join(unknown)} is not supported", todo)]
    if len(kinds) > 1 or len(sizes) > 1:
        todo = "keep the driver's settings (or the other publisher of this topic) away while it runs"
        return [warn("images", f"{found}; size or encoding changes on the way", todo)]
    return [ok("images", found)]


def check_rate(recording: Recording, reference: PoseTrack | None) -> list[Finding]:
    """Rate, images lost, and pauses in which the robot drove on."""
    stamps = np.unique(image_stamps(recording)[image_stamps(recording) > 0])
    if len(stamps) < 3:
        return [skip("rate", f"{len(stamps)} images are too few")]
    steps = np.diff(stamps) / 1e9
    usual_s = float(np.median(steps))
    pauses = np.flatnonzero(steps > max(PAUSE_S, 1.5 * usual_s))
    gaps = (steps > 1.5 * usual_s) & (steps <= max(PAUSE_S, 1.5 * usual_s))
    lost = float(np.sum(np.round(steps[gaps] / usual_s) - 1))
    share = lost / (lost + len(stamps))
    kept = steps[steps <= 1.5 * usual_s]
    jitter_s = float(np.percentile(np.abs(kept - usual_s), 95)) if len(kept) else 0.0
    numbers = {"rate_hz": 1 / usual_s, "lost_share": share, "jitter_s": jitter_s, "pauses": float(len(pauses))}
    found = f"{1 / usual_s:.3g} images a second, {per_cent(share)} lost, {jitter_s * 1e3:.0f} ms jitter"
    findings = []
    if share > LOST_SHARE:
        findings.append(warn("rate", found, _why_lost(recording), **numbers))
    else:
        findings.append(ok("rate", f"{found}{_how_sent(recording)}", **numbers))
    return findings + _pauses(stamps, pauses, reference)


def _how_sent(recording: Recording) -> str:
    sent = _reliabilities(recording)
    return "" if not sent else ", sent reliably" if all(sent) else ", sent best effort"


def _why_lost(recording: Recording) -> str:
    if not all(_reliabilities(recording)):
        return _BEST_EFFORT
    size = recording.images.bytes_mean
    if size > 1e6:
        return f"{size / 1e6:.1f} MB an image: record the compressed topic, or a faster disk and a larger cache"
    return "the driver skips them (exposure, USB bandwidth, load), or the recorder did not keep up"


def _reliabilities(recording: Recording) -> list[bool]:
    camera = recording.camera
    return [offer.reliable for offer in recording.offers if camera is not None and offer.topic == camera.image.name]


def _pauses(stamps: Array, pauses: Array, reference: PoseTrack | None) -> list[Finding]:
    """A pause while the robot stands costs nothing."""
    if not len(pauses) or reference is None:
        return []
    around, known = reference.at(np.concatenate([stamps[pauses], stamps[pauses + 1]]), MAX_GAP_S)
    count = len(pauses)
    moved = distance_m(around[:count], around[count:]) * (known[:count] & known[count:])
    if not (moved > MOVED_M).any():
        return []
    worst = int(np.argmax(moved))
    seconds = (stamps[pauses[worst] + 1] - stamps[pauses[worst]]) / 1e9
    times = int((moved > MOVED_M).sum())
    found = f"{times} times no images while the robot drove on, once {moved[worst]:.1f} m in {seconds:.1f} s"
    return [warn("pauses", found, "what lies there is not in the map: drive it again, and look why the camera stopped")]
