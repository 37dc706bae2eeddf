"""The node's health for /diagnostics, as fields. Knows no rclpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vpr_ros.core.message_fields import header_fields
from vpr_ros.core.outputs.status import ERROR, OK, WARN, status_fields
from vpr_ros.ros.inputs.camera_watch import CameraHealth
from vpr_ros.ros.worker.track_record import Record

# Of images whose stamps are at fault, by what they are counted as.
ADVICE = {
    "dropped: zero stamp": "images come without a stamp: set the header's stamp in the camera's driver",
    "dropped: old": "images come too old: compare the clocks of camera and robot, or raise node.max_age_s",
    "dropped: future": "images come from the future: compare the clocks of camera and robot, and use_sim_time",
    "dropped: no clock": "use_sim_time is true, and nothing publishes /clock",
}
# A camera at 1 Hz is slow but alive; one that is silent for ten seconds is not coming back by itself.
SILENT_WARN_S = 2.0
SILENT_ERROR_S = 10.0


@dataclass(frozen=True)
class Health:
    """What the node knows of itself. `silent_s`: since the last usable image, or since activation.

    `fault` is why the last image that was worked on could not be used; None when it could.
    """

    state: str
    problem: str | None = None
    map_id: str | None = None
    places: int = 0
    reranking: str | None = None
    poses: str | None = None
    stream: str | None = None
    silent_s: float | None = None
    fault: str | None = None
    image_age_s: float | None = None
    epoch: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    cameras: Sequence[CameraHealth] = ()
    odometry_fault: str | None = None
    record: Record = field(default_factory=Record)
    memory_mb: float | None = None
    why_on_cpu: str | None = None


def diagnostics_fields(health: Health, name: str, now_ns: int) -> dict[str, Any]:
    """The fields of a diagnostic_msgs/DiagnosticArray with one status."""
    level, message = _verdict(health)
    values: dict[str, Any] = {"state": health.state}
    if health.map_id is not None:
        values.update({"map id": health.map_id, "places": health.places})
    if health.reranking is not None:
        values["reranking"] = health.reranking
    if health.poses is not None:
        values["poses"] = health.poses
    if health.stream is not None:
        values.update({"image topic": health.stream, "epoch": health.epoch})
    if health.memory_mb is not None:
        values["memory MB"] = health.memory_mb
    if health.image_age_s is not None:
        values["image age s"] = health.image_age_s
    values.update({f"images {name}": count for name, count in sorted(health.counts.items())})
    values.update({f"{stage} ms": latency for stage, latency in health.latency_ms.items()})
    values.update(_record_values(health.record))
    if health.odometry_fault is not None:
        values["odometry not used"] = health.odometry_fault
    status = status_fields(level, f"{name}: localizer", message, "", values)
    cameras = [_camera_status(camera, name) for camera in health.cameras]
    return {"header": header_fields(now_ns, ""), "status": [status, *cameras]}


def _record_values(record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {
        f"{stage} ms of the last minute": f"p50 {times.p50:.1f}, p95 {times.p95:.1f}"
        for stage, times in record.lately.items()
    }
    if record.lately:
        values.update({"places told": record.places, "fixes published": record.fixes})
    for number, (reason, count) in enumerate(record.reasons, start=1):
        values[f"refused most {number}"] = f"{reason}: {count}"
    return values


def _camera_status(camera: CameraHealth, name: str) -> dict[str, Any]:
    values: dict[str, Any] = {"topic": camera.topic, "images received": camera.received}
    values["images unusable"] = camera.unusable
    if camera.without_poses is not None:
        values["no poses"] = camera.without_poses
    level, message = _heard(camera.silent_s, camera.fault)
    if level == OK and camera.fault is None:
        message = "no images yet" if camera.received == 0 else "images are used"
        if camera.without_poses is not None:
            level, message = WARN, f"no poses: {camera.without_poses}"
    return status_fields(level, f"{name}: camera {camera.name}", message, camera.name, values)


def _verdict(health: Health) -> tuple[int, str]:
    if health.problem is not None:
        return ERROR, health.problem
    if health.silent_s is None:
        return OK, health.state
    level, message = _heard(health.silent_s, health.fault)
    if level != OK:
        why = "" if health.fault is not None else _why_none(health.counts)
        return level, f"{message}; {why}" if why else message
    if health.fault is not None:
        return level, message
    message = "waiting for images" if health.image_age_s is None else "localizing"
    if health.why_on_cpu is not None:
        again = "free the GPU's memory and activate the node again"
        return WARN, f"{message}, on the CPU: {health.why_on_cpu}; {again}"
    return OK, message


def _why_none(counts: Mapping[str, int]) -> str:
    """What to look at when no image can be blamed."""
    if not counts.get("received"):
        return "none ever came: is the camera running, and `image` remapped to its topic?"
    dropped = {name: count for name, count in counts.items() if name in ADVICE}
    if not dropped:
        return "the camera went silent"
    return ADVICE[max(dropped, key=lambda name: dropped[name])]


def _heard(silent_s: float, fault: str | None) -> tuple[int, str]:
    """Of the whole node or of one camera; the message is empty where nothing is wrong."""
    why = "" if fault is None else f"; the last one: {fault}"
    if silent_s > SILENT_ERROR_S:
        return ERROR, f"no usable image for {silent_s:.0f} s{why}"
    if silent_s > SILENT_WARN_S:
        return WARN, f"no usable image for {silent_s:.1f} s{why}"
    return OK, "" if fault is None else f"waiting for a usable image{why}"
