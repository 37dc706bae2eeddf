"""What an active node does: images in, localized in a thread of their own, answers out."""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.node import Node

from vpr_ros.assemble import free_gpu_cache
from vpr_ros.core.publish_policy import PublishPolicy
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.ros.answer import Answer, AnswerListener
from vpr_ros.ros.diagnostics import SILENT_ERROR_S, Health
from vpr_ros.ros.inputs.judge_stamp import BadStamp, judge_stamp
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.inputs.senses import Senses
from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.load_map import LoadedMap
from vpr_ros.ros.parameters import camera_setups
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.services.relocalization import Relocalization
from vpr_ros.ros.worker.live_localizer import LiveLocalizer, ReceivedImage
from vpr_ros.ros.worker.serving_localizer import ServingLocalizer
from vpr_ros.ros.worker.track_record import TrackRecord

MOST_HZ = 1000.0


class Looking:
    """Begins when made, ends with `close`. relocalization: hears every answer, after the listener."""

    def __init__(
        self,
        node: Node,
        loaded: LoadedMap,
        settings: LiveSettings,
        listener: AnswerListener,
        odometry: OdometryBuffer,
        relocalization: Relocalization,
        epoch: int = 0,
    ) -> None:
        self._node = node
        self._loaded = loaded
        self._settings = settings
        self._place_map = loaded.localizer.place_map
        self._listener = listener
        self._odometry = odometry
        self._relocalization = relocalization
        self._policy = PublishPolicy()
        self._withdrawn, self._tended_ns = False, -1
        self._record = TrackRecord()
        tell = node.get_logger().warning
        self._log = ThrottledLog(tell)
        by_tf = loaded.localizer.solves_poses and settings.node.mounting == "tf"
        self._base_frame = loaded.base_frame if by_tf else self._place_map.base_frame
        # Images come in through the senses as soon as they are made, so the worker must be there before them.
        self._serving = ServingLocalizer(
            loaded.localizer, lambda: settings.settings, loaded.without_gpu, free_gpu_cache, tell
        )
        self._live = LiveLocalizer(
            self._serving, self._frames, self._tell, self._judge, self._rate_hz, self._log, epoch
        )
        listener.serve(self._place_map, self._base_frame)
        self._senses: Senses | None = self._make_senses()
        self._live.start()

    def close(self) -> None:
        """Unsubscribe, wait for the image being worked on and have the answers withdrawn."""
        self._unsubscribe()
        self._live.stop()
        self._listener.forget()

    def forget(self) -> None:
        """The clock jumped back: what was heard before it is dropped, what was said of it withdrawn."""
        senses = self._senses
        self._live.forget()
        if senses is not None:
            senses.forget()
        self._policy.forget()
        self._listener.forget()

    @property
    def epoch(self) -> int:
        """How often everything was forgotten."""
        return self._live.epoch

    @property
    def paused(self) -> bool:
        """Whether it looks away."""
        return self._senses is None

    def pause(self) -> None:
        """Look away: nothing is received and nothing is worked on until `resume`."""
        self._unsubscribe()
        self.forget()

    def resume(self) -> None:
        """Look again."""
        if self._senses is None:
            self._live.expect_images()
            self._senses = self._make_senses()

    def tend(self) -> None:
        """Now and then: when images have ceased to come, what was said of the last ones is withdrawn, once.

        Whoever comes later would read a latched room, or see an arrow, of a robot that has driven on blind.
        """
        now_ns, before_ns = self._now_ns(), self._tended_ns
        self._tended_ns = now_ns
        if now_ns == before_ns:  # a bag that was paused, to look at what it shows
            return
        silent = self._senses is not None and self._live.silent_s() > SILENT_ERROR_S
        if silent and not self._withdrawn:
            self._listener.forget()
        self._withdrawn = silent

    def hurry(self) -> None:
        """Somebody waits: take the next image at once, whatever the rate."""
        self._live.hurry()

    def why_silent(self) -> str:
        """Why no image is localized, for somebody who waits for one."""
        fault = self._live.fault
        return "no image that was taken since was localized" + ("" if fault is None else f"; the last one: {fault}")

    def health(self) -> Health:
        """How it goes."""
        stamp_ns, last, senses = self._live.newest_stamp_ns, self._live.last_estimate, self._senses
        if senses is None:
            return Health("paused", epoch=self._live.epoch, counts=self._live.tally.snapshot())
        return Health(
            state="active",
            stream=senses.stream,
            silent_s=self._live.silent_s(),
            fault=self._live.fault,
            image_age_s=None if stamp_ns is None else (self._now_ns() - stamp_ns) / 1e9,
            epoch=self._live.epoch,
            counts=self._live.tally.snapshot(),
            latency_ms={} if last is None else last.latency_ms,
            cameras=senses.cameras(),
            odometry_fault=senses.odometry_fault,
            record=self._record.snapshot(),
            why_on_cpu=self._serving.why_on_cpu,
        )

    def _make_senses(self) -> Senses:
        return Senses(
            self._node,
            self._settings.settings,
            camera_setups(self._node),
            self._base_frame,
            self._place_map,
            self._loaded.localizer.solves_poses,
            self._log,
            self._live.receive,
            self._live.refuse,
            self._odometry,
        )

    def _unsubscribe(self) -> None:
        senses, self._senses = self._senses, None
        if senses is not None:
            senses.close()

    def _frames(self, image: ReceivedImage) -> Sequence[Frame]:
        senses = self._senses
        return () if senses is None else senses.frames(image)

    def _rate_hz(self) -> float:
        """While somebody waits for an answer every image may be it."""
        return MOST_HZ if self._relocalization.waiting else self._settings.node.rate_hz

    def _tell(self, frame: Frame, estimate: Estimate) -> None:
        place_map, moved = self._place_map, self._odometry.moved
        verdict = self._policy.judge(estimate, place_map.table, self._settings.node, moved)
        fix, held_back, sound = verdict.fix, verdict.held_back, verdict.sound
        answer = Answer(frame, estimate, place_map, self._base_frame, fix, held_back, sound, self._live.epoch)
        self._listener.hear(answer)
        self._record.hear(answer, (self._now_ns() - frame.stamp_ns) / 1e6)
        self._relocalization.hear(answer)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _judge(self, stamp_ns: int) -> BadStamp | None:
        simulated = bool(self._node.get_parameter("use_sim_time").value)
        return judge_stamp(stamp_ns, self._now_ns(), self._settings.node.max_age_s, simulated=simulated)
