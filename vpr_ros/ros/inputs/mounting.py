"""Where one camera sits on the robot: as its parameter says, or TF, or the map. Knows no rclpy."""

from __future__ import annotations

from typing import Protocol

from vpr_ros.core.localize import LocalizationMap
from vpr_ros.core.records import Matrix4
from vpr_ros.ros.inputs.camera_parameters import ONLY_CAMERA, CameraSetup
from vpr_ros.sources.images.camera_intrinsics import camera_name


class Frames(Protocol):
    """The part of RobotFrames that is used here."""

    def lookup(self, target: str, source: str) -> Matrix4 | None:
        """target_from_source; None where that is not known."""

    def why_not(self, target: str, source: str) -> str:
        """Why it is not."""


class Mounting:
    """Of one camera. is_wanted: whether poses are sought, which alone need it."""

    def __init__(
        self,
        setup: CameraSetup,
        frames: Frames | None,
        base_frame: str,
        place_map: LocalizationMap,
        *,
        is_only: bool,
        is_wanted: bool,
    ) -> None:
        """frames: where TF is to be asked; None asks the map. is_only: the node has no other camera."""
        self.is_wanted = is_wanted
        self._setup, self._frames, self._base_frame = setup, frames, base_frame
        self._place_map, self._is_only = place_map, is_only
        self._why_not: str | None = None

    def base_from_camera(self, frame_id: str, topic: str) -> Matrix4 | None:
        """For an image of this frame that came on this topic; None where it is not known."""
        if self._setup.base_from_camera is not None:
            return self._setup.base_from_camera
        if self._frames is None:
            return self._of_map(topic)
        found = self._frames.lookup(self._base_frame, frame_id) if self.is_wanted else None
        self._why_not = None
        if found is None:
            empty = "the images name no frame: their header.frame_id is empty"
            self._why_not = self._frames.why_not(self._base_frame, frame_id) if frame_id else empty
        return found

    def why_not(self) -> str | None:
        """For a person: why the last image's was not known."""
        return self._why_not

    def _of_map(self, topic: str) -> Matrix4 | None:
        """Cameras of a rig must be called as in the map: any of them could be its only one."""
        names = [camera_name(topic)]
        if self._setup.name not in (ONLY_CAMERA, *names):  # what nobody named is called so too
            names.append(self._setup.name)
        found = (self._place_map.mounting(name, exactly=not self._is_only) for name in names)
        known = next((each for each in found if each is not None), None)
        told = f"the map knows no camera {' or '.join(map(repr, names))}"
        self._why_not = None if known is not None else f"{told}; say where it sits by parameter or node.mounting:=tf"
        return known
