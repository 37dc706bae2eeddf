"""The map's localizer as a robot needs it: it obeys settings while it runs, and survives a full GPU. Knows no rclpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vpr_ros.core.errors import GpuMemoryError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.records import Estimate, Frame
from vpr_ros.core.settings import Settings


class ServingLocalizer:
    """A FrameLocalizer; one thread at a time.

    settings: asked before every image. on_cpu: makes the localizer that computes without the GPU; free: gives back what
    is kept of its memory. tell: of what a person should know.
    """

    def __init__(
        self,
        localizer: Localizer,
        settings: Callable[[], Settings],
        on_cpu: Callable[[], Localizer],
        free: Callable[[], None],
        tell: Callable[[str], object],
    ) -> None:
        self._localizer = localizer
        self._settings = settings
        self._obeyed: Settings | None = None
        self._on_cpu = on_cpu
        self._free = free
        self._tell = tell
        # Why the GPU was left for the CPU; None while it was not.
        self.why_on_cpu: str | None = None

    def localize(self, frame: Frame, further: Sequence[Frame] = ()) -> Estimate:
        """As the core's, tried once more when the GPU's memory is too small, then on the CPU where that is allowed.

        Raises GpuMemoryError when neither helps: the next image may fit again, for others give memory back.
        """
        self._obey(self._settings())
        try:
            return self._localizer.localize(frame, further)
        except GpuMemoryError as error:
            told = str(error)
        self._free()
        try:
            return self._localizer.localize(frame, further)
        except GpuMemoryError as error:
            if self.why_on_cpu is not None or not self._settings().node.allow_cpu:
                raise GpuMemoryError(f"{told}; or set node.allow_cpu, which is slower") from error
        self._leave_gpu(told)
        return self._localizer.localize(frame, further)

    def _obey(self, settings: Settings) -> None:
        if settings is not self._obeyed:
            self._localizer = self._localizer.under(settings)
            self._obeyed = settings

    def _leave_gpu(self, told: str) -> None:
        """For good: what did not fit twice would fail image after image."""
        self._localizer = self._on_cpu().under(self._settings())
        self.why_on_cpu = told
        self._free()
        self._tell(f"localizing on the CPU until the node is activated or its map loaded again: {told}")
