"""Whether there is something to see in the pictures."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import distance_m, rotation_between_rad
from vpr_ros.doctor.finding import Finding, fail, ok, per_cent, warn
from vpr_ros.doctor.look_at_bag import image_stamps
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.watch_frames import Watched
from vpr_ros.sources.pose_track import PoseTrack

BLANK = 5.0
"""Grey values: their noise alone spreads them by 1 to 3."""
BLURRED = 0.6
"""Of `blur_of`: 99% of a walk with a hand-held camera stay below 0.5; moved by 5% of its width, none is below 0.6."""
LOST_PIXELS = 0.5
"""With half of the pixels black or white, half of what was there cannot be recognised."""
FEW, MANY = 0.05, 0.5
"""A blank wall now and then belongs to every drive; every twentieth picture is worth a look, every second fails."""
MOVED_M, TURNED_RAD = 0.02, np.radians(1.0)


def check_pictures(watched: Watched) -> list[Finding]:
    """Undecodable, blank, dark, overexposed and blurred ones, counted."""
    if not watched.looked:
        return []
    findings = []
    broken = len(watched.undecodable)
    if broken:
        judge = fail if broken > MANY * watched.looked else warn
        found = f"{broken} of {watched.looked} cannot be decoded, the first: {watched.undecodable[0]}"
        findings.append(
            judge("pictures", found, "mend the driver or the cable; a map leaves such frames out by --frames")
        )
    decoded = watched.looked - broken
    if not decoded:
        return findings
    kinds = (
        ("blank", watched.contrast < BLANK, "the lens is covered, or the camera sends nothing but noise"),
        ("half black", watched.dark > LOST_PIXELS, "more light, or a longer exposure"),
        ("half white", watched.bright > LOST_PIXELS, "shorten the exposure, or look away from the windows"),
        (
            "blurred",
            (watched.blur > BLURRED) & (watched.contrast >= BLANK),
            "clean and focus the lens, shorten the exposure, turn slower",
        ),
    )
    for name, which, todo in kinds:
        share = float(which.mean())
        if share > FEW:
            judge = fail if share > MANY else warn
            findings.append(judge("pictures", f"{per_cent(share)} of {decoded} are {name}", todo, share=share))
    return findings or [
        ok("pictures", f"{decoded} looked at: lit, in focus, not blank", blur=float(np.median(watched.blur)))
    ]


def check_frozen(recording: Recording, reference: PoseTrack | None) -> list[Finding]:
    """The same picture again while the robot moves. A camera's noise makes even pictures of one wall differ."""
    stamps, checksums = image_stamps(recording), recording.images.checksums
    if len(stamps) < 2 or reference is None:
        return []
    again = np.flatnonzero(checksums[1:] == checksums[:-1])
    if not len(again):
        return []
    poses, known = reference.at(np.concatenate([stamps[again], stamps[again + 1]]), 0.5)
    count = len(again)
    before, after = poses[:count], poses[count:]
    moves = (distance_m(before, after) > MOVED_M) | (rotation_between_rad(before, after) > TURNED_RAD)
    frozen = int((moves & known[:count] & known[count:]).sum())
    if not frozen:
        return []
    share = frozen / len(stamps)
    judge = fail if share > FEW else warn
    found = f"{frozen} of {len(stamps)} images show the picture before once more, and the robot moved"
    return [judge("frozen", found, "the driver repeats old pictures with new stamps: restart or mend it", share=share)]
