"""Where and how a network computes: device, precision, and images of equal shape together.

Only images of one shape share a batch, so nothing is padded and every image gets the answer it would get alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from vpr_ros.core.errors import GpuMemoryError, SettingsError
from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.records import Array, Features, FloatArray

if TYPE_CHECKING:
    import torch


class Movable(Protocol):
    """What can be taken to a device: a network."""

    def to(self, device: torch.device) -> Any: ...


Network = TypeVar("Network", bound=Movable)

CPU_PIXELS = 4 * 320 * 240
"""On a CPU more at once is slower again: what layers hand on outgrows caches, and memory is mapped anew each time."""
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class NetworkRunner:
    """Runs work of torch on the device, with the precision and in the batches that were set."""

    device: torch.device
    precision: torch.dtype
    batch: int

    def take(self, network: Network) -> Network:
        """The network on the device. Raises GpuMemoryError when its memory is too small."""
        with told_when_gpu_is_full("the GPU's memory is too small for the network; set features.device=cpu"):
            network.to(self.device)
        return network

    def describe(self, images: Sequence[Array], work: Callable[[torch.Tensor], Sequence[Features]]) -> list[Features]:
        """RGB uint8 images of any sizes -> the features of each, in order.

        `work` gets uint8 [B, H, W, 3] on the device, 1 <= B <= batch, under inference mode and autocast, and returns B
        features. On a CPU B stays small enough for caches, whatever `batch` says. Where the GPU's memory is too small
        for a batch, it is tried again in halves, once; raises GpuMemoryError when that is too much still.
        """
        import torch

        described: dict[int, Features] = {}
        reduced = self.precision != torch.float32
        with torch.inference_mode(), torch.autocast(self.device.type, self.precision, enabled=reduced):
            for rows in batches_by_shape([image.shape for image in images], self._most_at_once):
                described.update(zip(rows, self._work_in_memory([images[row] for row in rows], work), strict=True))
        return [described[row] for row in range(len(images))]

    def _work_in_memory(
        self, images: Sequence[Array], work: Callable[[torch.Tensor], Sequence[Features]]
    ) -> list[Features]:
        """Images of one shape at once, or in two halves where they do not fit."""
        try:
            return self._work(images, work)
        except GpuMemoryError:
            half = len(images) // 2
            if not half:
                raise
        free_gpu_cache()
        return [*self._work(images[:half], work), *self._work(images[half:], work)]

    def _work(self, images: Sequence[Array], work: Callable[[torch.Tensor], Sequence[Features]]) -> list[Features]:
        import torch

        stack = torch.from_numpy(np.stack(images))
        size = "x".join(map(str, stack.shape[:3]))
        with told_when_gpu_is_full(
            f"the GPU's memory is too small for a batch of {size} (images, height, width); lower features.batch or "
            "image.long_side_px"
        ):
            return list(work(stack.to(self.device)))

    def _most_at_once(self, shape: tuple[int, ...]) -> int:
        if self.device.type != "cpu":
            return self.batch
        return min(self.batch, max(1, CPU_PIXELS // (shape[0] * shape[1])))


@contextmanager
def told_when_gpu_is_full(message: str) -> Iterator[None]:
    """Raises GpuMemoryError with this message where what happens inside wants more memory than the GPU has."""
    import torch

    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        raise GpuMemoryError(message) from error


def free_gpu_cache() -> None:
    """Give back what torch keeps of the GPU's memory for later; others may need it, or a larger piece."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def make_runner(settings: FeatureSettings) -> NetworkRunner:
    """Device, precision and batch as set. Raises SettingsError for a GPU that is not there."""
    import torch

    device = choose_device(settings.device)
    precision = settings.precision
    if precision == "auto":
        # GPUs before Ampere compute bf16 by emulation, slower than fp32.
        precision = "bf16" if device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= 8 else "fp32"
    return NetworkRunner(device, torch.bfloat16 if precision == "bf16" else torch.float32, settings.batch)


def choose_device(name: str) -> torch.device:
    """auto, cpu or cuda -> torch's device. Raises SettingsError where cuda is asked for and is not there."""
    import torch

    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:  # a build without CUDA asserts, a missing driver raises
        reason = str(error).strip().partition("\n")[0]
        raise SettingsError(
            f"features.device={name}: torch {torch.__version__} cannot use a GPU here ({reason}); "
            "say --set features.device=cpu, or repair the driver"
        ) from error
    return torch.device("cuda")


def batches_by_shape(
    shapes: Sequence[tuple[int, ...]], most_at_once: Callable[[tuple[int, ...]], int]
) -> list[list[int]]:
    """Numbers of images, of one shape together and at most as many as that allows, in order of first appearance."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, shape in enumerate(shapes):
        groups.setdefault(shape, []).append(number)
    batches = []
    for shape, rows in groups.items():
        most = most_at_once(shape)
        batches += [rows[start : start + most] for start in range(0, len(rows), most)]
    return batches


def network_input(
    stack: torch.Tensor, mean: Sequence[float] = IMAGENET_MEAN, std: Sequence[float] = IMAGENET_STD
) -> torch.Tensor:
    """uint8 [B, H, W, 3] -> float32 [B, 3, H, W], (value / 255 - mean) / std of each channel."""
    import torch

    scale = torch.tensor([1 / (255 * s) for s in std], device=stack.device).view(3, 1, 1)
    shift = torch.tensor([m / s for m, s in zip(mean, std, strict=True)], device=stack.device).view(3, 1, 1)
    return stack.permute(0, 3, 1, 2).float() * scale - shift


def unit_rows(rows: torch.Tensor) -> tuple[FloatArray, FloatArray]:
    """[..., D] -> the same float32 with rows of unit length (zero rows stay zero), and the lengths [...] they had."""
    import torch

    rows = rows.float()
    lengths = torch.linalg.vector_norm(rows, dim=-1)
    unit = rows / lengths.clamp_min(1e-12)[..., None]
    return unit.cpu().numpy(), lengths.cpu().numpy()
