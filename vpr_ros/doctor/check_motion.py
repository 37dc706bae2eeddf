"""Whether images, stamps and mounting agree with how the robot moved, by the images alone."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.records import Array, Matrix4
from vpr_ros.doctor.finding import Finding, fail, ok, skip, warn
from vpr_ros.doctor.fit_mounting import Mounting, fit_mounting
from vpr_ros.doctor.reference_track import Reference
from vpr_ros.doctor.time_offset import Offset, find_offset, rotation_vectors
from vpr_ros.doctor.watch_frames import Watched

LATE_S, VERY_LATE_S = 0.03, 0.1
"""At 1 rad/s a map's keyframe turns by 1.7 and 5.7 degrees meanwhile: as much as poses err, and half of a false fix."""
UNSURE_S = 0.05
LEAST_ALIKE = 0.7
SCALE = 0.15
"""Near walls make turns on the spot look up to a tenth larger; a K of another image size errs by a third and more."""
TILTED_DEG, ASIDE_DEG = 3.0, 5.0
"""What is 5 m away seems 0.26 m (0.44 m) from where it is. Aside is less sure: wheels slip."""
WRONG_DEG = 20.0
"""Nobody mounts a camera with such an error: a sign or a convention is wrong."""
SURE = 3.0
"""Standard deviations."""
BODY_FROM_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def check_motion(watched: Watched, reference: Reference | None, base_from_camera: Matrix4 | None) -> list[Finding]:
    """Time offset, scale of turns, and the mounting."""
    if reference is None:
        return [
            skip("time offset", "there is no odometry to compare the images with", "record /odom, or TF odom -> base")
        ]
    if watched.lens:
        return [skip("time offset", watched.lens, "a calibration makes motion of pictures")]
    offset = find_offset(watched.motions, reference.track)
    if offset is None:
        todo = "record 30 s in which the robot turns left and right, with odometry"
        return [
            skip(
                "time offset", f"{len(watched.motions)} motions were seen in the images, too few beside odometry", todo
            )
        ]
    findings = [_judge_offset(offset, reference.name)]
    late_s = offset.late_s if offset.alike >= LEAST_ALIKE and offset.deviation_s < UNSURE_S else 0.0
    if late_s == offset.late_s:
        findings += _judge_scale(offset, reference.name)
    if base_from_camera is None:
        return [*findings, skip("mounting", "TF does not say where the camera sits")]
    findings += check_mounting(watched, reference, late_s, base_from_camera)
    return findings


def check_mounting(watched: Watched, reference: Reference, late_s: float, base_from_camera: Matrix4) -> list[Finding]:
    """What TF says against what the images show."""
    if watched.lens:
        return [skip("mounting", watched.lens)]
    mounting = fit_mounting(watched.motions, reference.track, late_s, base_from_camera)
    if mounting is None:
        todo = "record 30 s in which the robot turns and drives"
        return [
            skip("mounting", "the robot hardly moves while the camera looks", todo),
            *_by_rotation(base_from_camera),
        ]
    return [_judge_mounting(mounting, base_from_camera)]


def _judge_offset(offset: Offset, name: str) -> Finding:
    late, unsure = offset.late_s, SURE * offset.deviation_s
    numbers = {
        "late_s": late,
        "deviation_s": offset.deviation_s,
        "alike": offset.alike,
        "motions": float(offset.motions),
    }
    if offset.alike < LEAST_ALIKE:
        found = f"the images turn otherwise than {name} says, at any offset up to 1 s (correlation {offset.alike:.2f})"
        todo = "wrong odometry, the wrong camera's calibration, or a clock that is off by more"
        return fail("time offset", found, todo, **numbers)
    if offset.deviation_s > UNSURE_S:
        return skip("time offset", f"the robot turns too evenly: {late * 1e3:+.0f} ms, give or take {unsure * 1e3:.0f}")
    how = "late" if late > 0 else "early"
    found = f"images are stamped {abs(late) * 1e3:.0f} ms {how} by {name}, give or take {unsure * 1e3:.0f} ms"
    if abs(late) <= max(LATE_S, unsure):
        return ok("time offset", found, **numbers)
    todo = "let the driver stamp when it exposes" if late > 0 else "let odometry be stamped when wheels are read"
    judge = fail if abs(late) > max(VERY_LATE_S, unsure) else warn
    return judge(
        "time offset",
        found,
        f"poses of turning robots are wrong by that much: {todo}, and synchronise clocks",
        **numbers,
    )


def _judge_scale(offset: Offset, name: str) -> list[Finding]:
    if abs(offset.scale - 1) <= SCALE:
        return []
    found = f"the images turn {offset.scale:.2f} times as far as {name} says"
    todo = "K is of another image size or lens, or odometry's turns are scaled wrongly (track width, gyro)"
    return [warn("turns", found, todo, scale=offset.scale)]


def _judge_mounting(mounting: Mounting, base_from_camera: Matrix4) -> Finding:
    off, deviation = np.degrees(mounting.off), np.degrees(mounting.deviation)
    told = [
        f"{name} {angle:+.1f}"
        for name, angle, unsure in zip(("roll", "pitch", "yaw"), off, deviation, strict=True)
        if unsure < ASIDE_DEG
    ]
    numbers = {f"{name}_off_deg": float(angle) for name, angle in zip(("roll", "pitch", "yaw"), off, strict=True)}
    shown = f"{mounting.turns} turns and {mounting.drives} drives"
    against = [each for each in (mounting.agrees_turns, mounting.agrees_drives) if each is not None and each < 0.5]
    if against or _total_deg(off, deviation) > WRONG_DEG:
        return fail(
            "mounting",
            f"{shown} of the images contradict TF: {_convention(mounting, base_from_camera)}",
            _MEND,
            **numbers,
        )
    limits = np.array([TILTED_DEG, TILTED_DEG, ASIDE_DEG])
    wrong = (np.abs(off) > limits) & (np.abs(off) > SURE * deviation) & (deviation < ASIDE_DEG)
    if wrong.any():
        words = ", ".join(_words(axis, float(off[axis])) for axis in np.flatnonzero(wrong).tolist())
        return warn(
            "mounting",
            f"by {shown} the camera looks {words} than TF says",
            "measure it again, mend the URDF",
            **numbers,
        )
    axes = f"TF is right to {', '.join(told)} degrees" if told else "nothing contradicts TF"
    return ok("mounting", f"{shown}: {axes}", **numbers)


_MEND = "mend the URDF; an optical frame has z forward, x right, y down, and is what images must name"


def _total_deg(off: Array, deviation: Array) -> float:
    return float(np.linalg.norm(off[deviation < ASIDE_DEG]))


def _words(axis: int, degrees: float) -> str:
    """Of REP-103's axes: x forward, y left, z up."""
    word = (("rolled to the right", "rolled to the left"), ("lower", "higher"), ("further left", "further right"))[axis]
    return f"{abs(degrees):.1f} degrees {word[0] if degrees > 0 else word[1]}"


def _convention(mounting: Mounting, base_from_camera: Matrix4) -> str:
    """Which mistake it is."""
    said, true = base_from_camera[:3, :3], mounting.base_from_camera
    upside_down = np.diag([-1.0, -1.0, 1.0])
    for mistake, words in (
        (BODY_FROM_OPTICAL, "the images name the camera's body frame (x forward), not its optical one"),
        (BODY_FROM_OPTICAL.T, "the optical rotation is applied twice"),
        (upside_down, "the camera is upside down"),
        (np.diag([-1.0, 1.0, -1.0]), "the camera looks the other way"),
    ):
        # An angle that no motion shows is not held against a mistake.
        left = rotation_vectors((true @ (said @ mistake).T)[None])[0]
        if _total_deg(np.degrees(left), np.degrees(mounting.deviation)) < WRONG_DEG:
            return words
    return f"the camera is turned by {np.degrees(np.linalg.norm(mounting.off)):.0f} degrees"


def _by_rotation(base_from_camera: Matrix4) -> list[Finding]:
    """Without motion only the look of it: a camera at the ceiling is rare, a body frame for an optical one is not."""
    if base_from_camera[2, 2] < 0.7 or np.array_equal(base_from_camera, np.eye(4)):
        return []  # the identity: poses are the camera's own, and there is no mounting
    found = "by TF the camera looks at the ceiling"
    todo = f"if it does not, the images name its body frame (x forward): {_MEND}"
    return [warn("mounting", found, todo)]
