"""A drive through the flat as frames with exact pose, depth and labels; both cores draw, the order stays.

Every frame depends on the job and its own number only, so that the pictures are the same for any number of workers.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.records import Array, FloatArray, Intrinsics, Matrix4
from vpr_ros.simulation.camera import pixel_rays
from vpr_ros.simulation.crowd import Crowd
from vpr_ros.simulation.drive import Drive, floor_of
from vpr_ros.simulation.expose import SensorSettings
from vpr_ros.simulation.flat import FLOOR_NAMES, Floor, build_floor
from vpr_ros.simulation.render import FloorRenderer
from vpr_ros.simulation.shade import Light
from vpr_ros.simulation.style import Difference

_WAITING_FRAMES = 12
"""Frames drawn ahead of the one that is asked for; more would only fill memory when writing is slow."""


@dataclass(frozen=True, eq=False)
class Job:
    """Everything that decides the pictures of a drive. `people` walk about on each floor that the drive visits."""

    seed: int
    variant: int
    drive: Drive
    light: str
    people: int
    intrinsics: Intrinsics
    base_from_camera: Matrix4
    rate_hz: float
    sensor: SensorSettings
    difference: Difference


@dataclass(frozen=True, eq=False)
class SimulatedFrame:
    """One frame and the truth about it. depth_m: float32 [H, W] along the optical axis, 0 for sky."""

    number: int
    stamp_ns: int
    image: Array
    depth_m: FloatArray
    map_from_base: Matrix4
    room: str
    floor: str


def frame_stamps(job: Job) -> Array:
    """Stamps of the frames: the camera's ticks, those in the lift left out."""
    stamps = job.drive.ticks(job.rate_hz)
    return np.asarray(stamps[~job.drive.in_lift(stamps)])


def simulate_drive(job: Job, workers: int = 2, max_frames: int | None = None) -> Iterator[SimulatedFrame]:
    """Frames in order. Closing the iterator (or Ctrl-C) ends the workers."""
    stamps = frame_stamps(job)[:max_frames]
    if not len(stamps):
        raise SettingsError(f"a drive of {job.drive.seconds:.2f} s holds no frame at {job.rate_hz} Hz")
    pixel_rays(job.intrinsics)  # a lens that cannot be inverted is refused here, before any work
    if workers <= 1:
        studio = _Studio(job, _lit_floors(job, stamps, None))
        for number, stamp in enumerate(stamps.tolist()):
            yield studio.draw(number, stamp)
        return
    with closing(_draw_in_parallel(job, stamps, workers)) as frames:
        yield from frames


class _Studio:
    """What a worker keeps between frames."""

    def __init__(self, job: Job, lit: dict[int, tuple[Floor, Light]]) -> None:
        self.job = job
        self.floors = [floor for floor, _ in lit.values()]
        self.renderers = {
            index: FloorRenderer(floor, light, job.intrinsics, job.sensor) for index, (floor, light) in lit.items()
        }
        self.crowd = Crowd(self.floors, job.drive, job.people, (job.seed, job.variant, 11))

    def draw(self, number: int, stamp_ns: int) -> SimulatedFrame:
        job = self.job
        map_from_base, twist = job.drive.twist_at(stamp_ns)
        floor = floor_of(map_from_base, len(FLOOR_NAMES))
        noise = np.random.default_rng([job.seed, job.variant, number, 13])
        view = self.renderers[floor].render(
            map_from_base @ job.base_from_camera,
            noise,
            _camera_twist(twist, job.base_from_camera),
            self.crowd.at(stamp_ns),
        )
        renderer = self.renderers[floor]
        room = renderer.floor.plan.room_at(float(map_from_base[0, 3]), float(map_from_base[1, 3])).name
        return SimulatedFrame(number, stamp_ns, view.image, view.depth_m, map_from_base, room, renderer.floor.name)


def _camera_twist(twist: Array, base_from_camera: Matrix4) -> Array:
    """The base's velocity (linear, angular) seen from the camera, in its optical frame."""
    linear, angular = twist[:3], twist[3:]
    at_camera = linear + np.cross(angular, base_from_camera[:3, 3])
    turn = base_from_camera[:3, :3].T
    return np.concatenate([turn @ at_camera, turn @ angular])


def _light_floor(seed: int, index: int, difference: Difference, light: str) -> tuple[Floor, Light]:
    floor = build_floor(seed, index, difference)
    return floor, floor.lit(light)


def _lit_floors(job: Job, stamps: Array, pool: ProcessPoolExecutor | None) -> dict[int, tuple[Floor, Light]]:
    poses = job.drive.poses_at(stamps)
    indices = sorted({floor_of(pose, len(FLOOR_NAMES)) for pose in poses})
    if pool is None:
        return {index: _light_floor(job.seed, index, job.difference, job.light) for index in indices}
    futures = {index: pool.submit(_light_floor, job.seed, index, job.difference, job.light) for index in indices}
    return {index: future.result() for index, future in futures.items()}


_studio: _Studio | None = None


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets Ctrl-C and ends us
    cv2.setNumThreads(1)


def _start_studio(job: Job, lit: dict[int, tuple[Floor, Light]]) -> None:
    global _studio
    _start_worker()
    _studio = _Studio(job, lit)


def _draw(number: int, stamp_ns: int) -> SimulatedFrame:
    assert _studio is not None
    return _studio.draw(number, stamp_ns)


def _draw_in_parallel(job: Job, stamps: Array, workers: int) -> Generator[SimulatedFrame, None, None]:
    spawn = multiprocessing.get_context("spawn")  # forking a process that has threads may hang it
    with ProcessPoolExecutor(workers, spawn, _start_worker) as builders:
        lit = _lit_floors(job, stamps, builders)
    pool = ProcessPoolExecutor(workers, spawn, _start_studio, (job, lit))
    waiting: deque[Future[SimulatedFrame]] = deque()
    try:
        for number, stamp in enumerate(stamps.tolist()):
            waiting.append(pool.submit(_draw, number, stamp))
            if len(waiting) > _WAITING_FRAMES:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
