"""What an active node does: images in, localized in a thread of their own, answers out."""

from __future__ import annotations

from rclpy.node import Node

from vpr_ros.core.errors import SourceError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.publish_policy import PublishPolicy
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.ros.answer import Answer, AnswerListener
from vpr_ros.ros.diagnostics import Health
from vpr_ros.ros.inputs.judge_stamp import BadStamp, judge_stamp
from vpr_ros.ros.inputs.odometry_buffer import OdometryBuffer
from vpr_ros.ros.inputs.senses import Senses
from vpr_ros.ros.live_settings import LiveSettings
from vpr_ros.ros.plumbing.throttled_log import ThrottledLog
from vpr_ros.ros.worker.live_localizer import LiveLocalizer
from vpr_ros.sources.bags.cdr_header import read_stamped_header


class Looking:
    """Begins when made, ends with `close`. base_frame: what poses are of, unless the mounting is the map's."""

    def __init__(
        self,
        node: Node,
        localizer: Localizer,
        settings: LiveSettings,
        listener: AnswerListener,
        base_frame: str,
        odometry: OdometryBuffer,
    ) -> None:
        self._node = node
        self._settings = settings
        self._place_map = localizer.place_map
        self._listener = listener
        self._odometry = odometry
        self._policy = PublishPolicy()
        log = ThrottledLog(node.get_logger().warning)
        by_tf = localizer.solves_poses and settings.node.mounting == "tf"
        self._base_frame = base_frame if by_tf else localizer.place_map.base_frame
        # Images come in through the senses as soon as they are made, so the worker must be there before them.
        self._live = LiveLocalizer(
            localizer,
            lambda image: self._senses.frames(image),
            self._tell,
            self._judge,
            lambda: settings.node.rate_hz,
            log,
        )
        self._senses = Senses(
            node, settings.settings, base_frame, localizer.place_map, by_tf, log, self._receive, odometry
        )
        listener.serve(self._place_map, self._base_frame)
        self._live.start()

    def close(self) -> None:
        """Unsubscribe, wait for the image being worked on and have the answers withdrawn."""
        self._senses.close()
        self._live.stop()
        self._listener.forget()

    def forget(self) -> None:
        """The clock jumped back: what was heard before it is dropped, what was said of it withdrawn."""
        self._live.forget()
        self._senses.forget()
        self._policy.forget()
        self._listener.forget()

    def health(self) -> Health:
        """How it goes."""
        stamp_ns, last = self._live.newest_stamp_ns, self._live.last_estimate
        return Health(
            state="active",
            stream=self._senses.stream,
            silent_s=self._live.silent_s(),
            fault=self._live.fault,
            image_age_s=None if stamp_ns is None else (self._now_ns() - stamp_ns) / 1e9,
            epoch=self._live.epoch,
            counts=self._live.tally.snapshot(),
            latency_ms={} if last is None else last.latency_ms,
        )

    def _receive(self, topic: str, type_name: str, cdr: bytes) -> None:
        try:
            stamp_ns = read_stamped_header(cdr).stamp_ns
        except SourceError as error:
            self._live.refuse(topic, error)
            return
        self._live.receive(topic, type_name, stamp_ns, cdr)

    def _tell(self, frame: Frame, estimate: Estimate) -> None:
        place_map, moved = self._place_map, self._odometry.moved
        verdict = self._policy.judge(estimate, place_map.table, self._settings.node, moved)
        fix, held_back, sound = verdict.fix, verdict.held_back, verdict.sound
        answer = Answer(frame, estimate, place_map, self._base_frame, fix, held_back, sound, self._live.epoch)
        self._listener.hear(answer)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _judge(self, stamp_ns: int) -> BadStamp | None:
        simulated = bool(self._node.get_parameter("use_sim_time").value)
        return judge_stamp(stamp_ns, self._now_ns(), self._settings.node.max_age_s, simulated=simulated)
