from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from vpr_ros.config_files import find_config
from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import describe_settings
from vpr_ros.simulation.flat_config import (
    CameraConfig,
    FlatConfig,
    base_from_camera,
    flat_config_from,
    load_flat_config,
)


@pytest.mark.parametrize("name", ["benchmark", "demo"])
def test_shipped_flats_load(name: str) -> None:
    config = load_flat_config(find_config(f"flats/{name}.yaml"))
    assert config.drives.mapping.light == "day"
    assert config.drives.second_visit.light == "dusk"
    assert config.drives.second_visit.people > 0
    assert config.drives.mapping.variant != config.drives.second_visit.variant


def test_benchmark_keeps_seeds_apart() -> None:
    seeds = load_flat_config().seeds
    assert len(seeds.development) >= 3
    assert len(seeds.acceptance) >= 3
    assert not set(seeds.development) & set(seeds.acceptance)


def test_benchmark_writes_every_value_out() -> None:
    written = set(_keys(yaml.safe_load(find_config("flats/benchmark.yaml").read_text())))
    unsaid = {"camera.distortion"}  # a lens without distortion has no coefficients
    assert written == set(describe_settings(FlatConfig)) - unsaid


def _keys(mapping: dict, prefix: str = "") -> list[str]:
    found = []
    for name, value in mapping.items():
        found += _keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]
    return found


def test_what_a_second_visit_leaves_out_is_still_a_second_visit() -> None:
    config = flat_config_from({"drives": {"second_visit": {"stops": 1}}})
    assert (config.drives.second_visit.stops, config.drives.second_visit.light) == (1, "dusk")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"camera": {"widht": 320}}, "camera.width"),
        ({"camera": {"width": 3}}, "camera.width=3 is outside 16..4096"),
        ({"drives": {"mapping": {"light": "noon"}}}, "drives.mapping.light='noon' is not one of day, dusk, night"),
        ({"floors": ["attic"]}, "attic"),
        ({"floors": ["ground", "ground"]}, "twice"),
        ({"seeds": {"development": [1], "acceptance": [1]}}, "share"),
        ({"difference": {"prints": 1.5}}, "difference.prints=1.5"),
        ({"sensor": {"target": -1.0}}, "sensor.target"),
    ],
)
def test_wrong_values_are_named(mapping: dict, message: str) -> None:
    with pytest.raises(SettingsError, match=message.replace("[", r"\[").replace("'", ".")):
        flat_config_from(mapping)


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "camera: 3"])
def test_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "flat.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"flat\.yaml"):
        load_flat_config(path)
    with pytest.raises(SettingsError, match="absent"):
        load_flat_config(tmp_path / "absent.yaml")


def test_camera_looks_forward_and_a_pitch_looks_down() -> None:
    level, tilted = (base_from_camera(CameraConfig(pitch_deg=pitch)) for pitch in (0.0, 30.0))
    np.testing.assert_allclose(level[:3, 2], [1, 0, 0], atol=1e-12)  # optical z is forward
    np.testing.assert_allclose(level[:3, 0], [0, -1, 0], atol=1e-12)  # optical x is right
    np.testing.assert_allclose(level[:3, 3], [0.1, 0, 1.0])
    np.testing.assert_allclose(tilted[:3, 2], [np.cos(np.pi / 6), 0, -0.5], atol=1e-12)
