"""From radiance to the picture of an ordinary camera: automatic exposure, motion blur, lens, noise, eight bits."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.simulation.camera import PixelRays
from vpr_ros.simulation.setting import setting

BASE_EXPOSURE_S = 0.01


@dataclass(frozen=True)
class SensorSettings:
    """What the camera does to light."""

    target: float = setting(0.2, "mean linear brightness that automatic exposure aims at", low=0.01, high=1.0)
    adaptation: float = setting(0.85, "1 reaches the target, 0 ignores the scene", low=0.0, high=1.0)
    shortest_exposure_s: float = setting(0.002, "shutter time in bright light", low=1e-5, high=1.0)
    longest_exposure_s: float = setting(0.02, "shutter time in the dark", low=1e-5, high=1.0)
    highest_gain: float = setting(6.0, "amplification when the shutter alone is not enough", low=1.0, high=100.0)
    noise: float = setting(0.014, "deviation of a white pixel's shot noise at gain 1", low=0.0, high=1.0)
    read_noise: float = setting(0.0015, "deviation of a black pixel's noise at gain 1", low=0.0, high=1.0)
    vignetting: float = setting(0.25, "how much darker the corners are, 0 to 1", low=0.0, high=1.0)
    lens_blur_px: float = setting(0.45, "deviation of the lens's blur", low=0.0, high=20.0)
    white_balance: float = setting(0.6, "1 makes the mean grey, 0 leaves the light's colour", low=0.0, high=1.0)


@dataclass(frozen=True)
class Exposure:
    """Shutter time and amplification of one frame."""

    seconds: float
    gain: float

    @property
    def factor(self) -> float:
        """What radiance is multiplied by."""
        return self.seconds / BASE_EXPOSURE_S * self.gain


def meter(radiance: FloatArray, settings: SensorSettings) -> Exposure:
    """Choose shutter time first, amplification when that is not enough."""
    # Windows and lamps burn out rather than darken the room.
    mean = float(np.minimum(radiance[::4, ::4].mean(axis=2), 2.0).mean())
    wanted = BASE_EXPOSURE_S * (settings.target / max(mean, 1e-4)) ** settings.adaptation
    seconds = float(np.clip(wanted, settings.shortest_exposure_s, settings.longest_exposure_s))
    return Exposure(seconds, float(np.clip(wanted / seconds, 1.0, settings.highest_gain)))


def smear(radiance: FloatArray, depth_m: FloatArray, rays: PixelRays, twist: Array, seconds: float) -> FloatArray:
    """Blur along each pixel's own motion. twist: m/s and rad/s of the camera in its optical frame [6]."""
    x, y = rays.directions[0], rays.directions[1]
    vx, vy, vz, wx, wy, wz = (np.float32(value * seconds) for value in twist)
    nearness = 1 / depth_m
    flow_x = ((x * vz - vx) * nearness + x * y * wx - (1 + x * x) * wy + y * wz) * rays.flow_to_px[0]
    flow_y = ((y * vz - vy) * nearness + (1 + y * y) * wx - x * y * wy - x * wz) * rays.flow_to_px[1]
    longest = float(max(np.abs(flow_x).max(), np.abs(flow_y).max()))
    if longest < 0.3:
        return radiance
    taps = int(np.clip(np.ceil(longest / 1.5) + 1, 2, 9))
    height, width = depth_m.shape
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    total = np.zeros_like(radiance)
    for share in (np.arange(taps, dtype=np.float32) + 0.5) / taps - 0.5:
        at_x, at_y = columns + share * flow_x, rows + share * flow_y
        tap = cv2.remap(radiance, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        total += np.asarray(tap, dtype=np.float32)
    return np.asarray(total / taps, dtype=np.float32)


def develop(
    radiance: FloatArray, exposure: Exposure, rays: PixelRays, settings: SensorSettings, noise: np.random.Generator
) -> Array:
    """Radiance -> RGB uint8."""
    signal = radiance * np.float32(exposure.factor)
    if settings.lens_blur_px > 0:
        signal = np.asarray(cv2.GaussianBlur(signal, (0, 0), settings.lens_blur_px), dtype=np.float32)
    if settings.vignetting:
        x, y = rays.directions[0], rays.directions[1]
        falloff = 1 / (1 + np.minimum(x * x + y * y, 4.0)) ** np.float32(2)
        signal *= (1 - settings.vignetting * (1 - falloff))[..., None].astype(np.float32)
    signal *= _white_balance(signal, settings.white_balance)
    np.minimum(signal, 1.5, out=signal)
    gain = np.float32(exposure.gain)
    deviation = np.sqrt(signal * np.float32(settings.noise**2) * gain + np.float32((settings.read_noise * gain) ** 2))
    signal += deviation * noise.standard_normal(signal.shape, dtype=np.float32)
    np.clip(signal, 0.0, 1.0, out=signal)
    np.sqrt(signal, out=signal)
    signal *= np.float32(255)
    return np.asarray(np.rint(signal), dtype=np.uint8)


def _white_balance(signal: FloatArray, strength: float) -> FloatArray:
    """Half-way to a grey mean, as cameras do it; brightness stays."""
    means = np.minimum(signal[::4, ::4], 1.0).reshape(-1, 3).mean(axis=0) + 1e-4
    gains = (means.mean() / means) ** np.float32(strength)
    return np.asarray(gains / gains.mean(), dtype=np.float32)
