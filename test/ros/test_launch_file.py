"""The launch files: their arguments everywhere, their processes where launch_ros is installed."""

from __future__ import annotations

import ast
import re
import runpy
import shutil
from pathlib import Path

import pytest
import yaml
from launch_stage import LAUNCH_FILE, REPLAY_FILE, ROOT, Stage, declared_arguments

from vpr_ros.assemble import RECIPE_GROUPS
from vpr_ros.core.parse_settings import describe_settings, flatten_settings, settings_from_flat
from vpr_ros.core.settings import Settings


def _documented() -> list[str]:
    """The arguments of the table in docs/topics.md, in its order."""
    section = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8").partition("## Launch arguments")[2]
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


def test_arguments_are_those_of_the_documentation() -> None:
    assert list(declared_arguments()) == _documented()


def test_devices_are_those_of_the_settings() -> None:
    told = next(line for line in LAUNCH_FILE.read_text(encoding="utf-8").splitlines() if line.startswith("DEVICES"))
    devices = ast.literal_eval(told.partition("=")[2].strip())
    assert devices == ("", *describe_settings()["features.device"]["choices"])


def _flat(group: dict, prefix: str = "") -> dict:
    flat = {}
    for name, value in group.items():
        flat.update(_flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value})
    return flat


def test_shipped_parameters_are_the_defaults() -> None:
    loaded = yaml.safe_load((ROOT / "config" / "localizer.yaml").read_text(encoding="utf-8"))
    given = _flat(loaded["/**"]["ros__parameters"])
    assert (given.pop("map.path"), given.pop("image_transport")) == ("", "auto")
    assert settings_from_flat(given) == Settings()
    assert set(given) <= set(flatten_settings(Settings()))


def test_shipped_parameters_name_nothing_that_a_map_decides() -> None:
    """What a file names must be the map's: every map but one of the defaults would be refused."""
    loaded = yaml.safe_load((ROOT / "config" / "localizer.yaml").read_text(encoding="utf-8"))
    given = _flat(loaded["/**"]["ros__parameters"])
    assert not [name for name in given if name.split(".")[0] in RECIPE_GROUPS or name == "node.map_frame"]


@pytest.fixture
def launch_file() -> dict:
    pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
    return runpy.run_path(str(LAUNCH_FILE))


def test_every_argument_is_declared_with_a_description(launch_file: dict) -> None:
    declared = launch_file["generate_launch_description"]().get_launch_arguments()
    assert [argument.name for argument in declared] == list(declared_arguments())
    assert all(argument.description for argument in declared)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
    monkeypatch.setenv("HOME", str(tmp_path))
    return Stage(tmp_path, monkeypatch)


def test_topics_parameters_and_home_reach_the_node(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "mine.yaml").write_text("/**: {ros__parameters: {node: {rate_hz: 2.0}}}\n", encoding="utf-8")
    given = {"vpr_map": "~/maps/7", "params_file": "~/mine.yaml", "namespace": "r1", "use_sim_time": "True"}
    assert stage.launch(stage.include(image="/front/image_raw/compressed", device="cuda", odom="/wheels", **given)) == 0
    assert stage.programs() == {"localizer_ros-args"}
    arguments, parameters = stage.told("localizer_ros-args")
    assert {"__node:=vpr", "__ns:=/r1", "image:=/front/image_raw/compressed", "odom:=/wheels"} <= set(arguments)
    assert "camera_info:=/front/camera_info" in arguments
    assert "rate_hz: 2.0" in parameters
    assert "map.path: ~/maps/7" in parameters
    assert "features.device: cuda" in parameters
    assert "use_sim_time: true" in parameters
    assert "map_frame" not in parameters  # not given, so what the map says


def test_named_frames_and_calibration_prevail_over_the_shipped_parameters(stage: Stage) -> None:
    given = {"map_frame": "building", "base_frame": "base", "camera_info": "/k", "autostart": "false"}
    assert stage.launch(stage.include(**given)) == 0
    arguments, parameters = stage.told("localizer_ros-args")
    assert {"image:=image", "camera_info:=/k", "odom:=odom"} <= set(arguments)
    shipped, ours = parameters.index("base_frame: base_link"), parameters.index("node.base_frame: base")
    assert shipped < ours
    assert "node.map_frame: building" in parameters
    assert "autostart: false" in parameters


def test_the_transform_is_published_by_a_process_of_its_own(stage: Stage) -> None:
    frames = {"map_frame": "building", "odom_frame": "o", "base_frame": "base"}
    assert stage.launch(stage.include(map_to_odom="true", namespace="/r1", odom="wheels", **frames)) == 0
    arguments, parameters = stage.told("map_to_odom_ros-args")
    assert {"__ns:=/r1", "pose:=vpr/pose", "odom:=wheels"} <= set(arguments)
    assert {"map_frame: building", "odom_frame: o", "base_frame: base"} <= {
        line.strip() for line in parameters.splitlines()
    }


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/**: {ros__parameters: {node: {base_frame: base_footprint}}}", "base_footprint"),
        ("r1: {vpr: {ros__parameters: {node.base_frame: chassis}}}", "chassis"),
        ("/**: {ros__parameters: {autostart: true}}", None),
        ("", None),
    ],
)
def test_the_transform_is_of_the_base_that_the_nodes_parameters_name(
    tmp_path: Path, stage: Stage, said: str, told: str | None
) -> None:
    """Poses do not name it: moved by another frame's odometry they would make a false transform, silently."""
    (tmp_path / "mine.yaml").write_text(f"{said}\n", encoding="utf-8")
    assert stage.launch(stage.include(map_to_odom="true", params_file="~/mine.yaml")) == 0
    parameters = stage.told("map_to_odom_ros-args")[1]
    assert f"base_frame: {told}" in parameters if told else "base_frame" not in parameters


def test_a_bag_brings_its_time_and_its_end_is_the_recorders_business(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "drive").mkdir()
    given = {"bag": "~/drive", "bag_rate": "2", "answers": "~/answers", "image": "camera/image_raw", "namespace": "r1"}
    assert stage.launch(stage.include(**given)) == 0
    assert "use_sim_time: true" in stage.told("localizer_ros-args")[1]
    played, recorded = stage.told("vpr_play")[0], stage.told("vpr_record")[0]
    assert played[:5] == ["play", f"{tmp_path}/drive", "--clock", "--rate", "2"]
    assert played[-4:] == ["--wait-for", "/r1/camera/image_raw", "--until-heard", "/r1/vpr/match"]
    assert recorded == ["record", "-o", f"{tmp_path}/answers", "--node", "/r1/vpr", "--clock"]


def test_rviz_looks_at_the_node_wherever_it_is(stage: Stage) -> None:
    assert stage.launch(stage.include(rviz="true", map_frame="building", namespace="/r1")) == 0
    arguments, _ = stage.told("rviz2_d")
    assert Path(arguments[1]).samefile(ROOT / "config" / "localize.rviz")
    assert arguments[2:4] == ["-f", "building"]
    assert {"/vpr/pose:=/r1/vpr/pose", "/vpr/debug_image/compressed:=/r1/vpr/debug_image/compressed"} <= set(arguments)


def test_somebody_elses_launch_file_can_put_it_into_a_group(stage: Stage) -> None:
    """A pushed namespace and remappings hold, and the arguments of one group are not those of the next."""
    from launch.actions import GroupAction
    from launch_ros.actions import PushRosNamespace, SetRemap

    first = [PushRosNamespace("fleet"), SetRemap("/tf", "tf"), stage.include(namespace="r1", map_frame="building")]
    assert stage.launch(GroupAction(first)) == 0
    arguments, parameters = stage.told("localizer_ros-args")
    assert {"__ns:=/fleet/r1", "/tf:=tf"} <= set(arguments)
    assert "building" in parameters


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"use_sim_time": "maybe"}, "use_sim_time:=maybe is neither true nor false"),
        ({"rviz": "1"}, "rviz:=1 is neither true nor false"),
        ({"device": "gpu"}, "device:=gpu is none of auto, cpu, cuda"),
        ({"params_file": "~/nowhere.yaml"}, "params_file:=~/nowhere.yaml: there is no "),
        ({"bag": "nowhere.mcap"}, "bag:=nowhere.mcap: there is no nowhere.mcap"),
        ({"bag_rate": "fast"}, "bag_rate:=fast is no number above 0"),
        ({"bag_rate": "0"}, "bag_rate:=0 is no number above 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    stage: Stage, caplog: pytest.LogCaptureFixture, given: dict[str, str], said: str
) -> None:
    assert stage.launch(stage.include(**given)) == 1
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert said in errors[0]
    assert not stage.programs()


def test_programs_are_found_where_pip_puts_them(tmp_path: Path, stage: Stage) -> None:
    """<prefix>/bin, while ROS looks in lib/<package>."""
    prefix = tmp_path / "venv"
    shutil.copytree(ROOT / "launch", prefix / "share/vpr_ros/launch")
    shutil.copytree(ROOT / "config", prefix / "share/vpr_ros/config")
    (prefix / "bin").mkdir()
    shutil.move(tmp_path / "prefix/lib/vpr_ros/localizer", prefix / "bin/localizer")
    shutil.move(tmp_path / "prefix/lib/vpr_ros/vpr", prefix / "bin/vpr")
    file = prefix / "share/vpr_ros/launch/localize.launch.py"
    assert stage.launch(stage.include(file, answers="a")) == 0
    assert stage.programs() == {"localizer_ros-args", "vpr_record"}


UNTIL_TOLD = "signal.pause()"


@pytest.mark.parametrize(
    ("node", "player", "said"),
    [
        (UNTIL_TOLD, "3", "the bag was not played to its end; exit code 3"),
        ("2", UNTIL_TOLD, "the node ended before the bag; exit code 2"),
    ],
)
def test_a_replay_that_fails_says_so_and_ends(
    tmp_path: Path, stage: Stage, caplog: pytest.LogCaptureFixture, node: str, player: str, said: str
) -> None:
    (tmp_path / "drive").mkdir()
    stage.install("vpr_ros", "localizer", node)
    stage.install("vpr_ros", "vpr", f'{player} if "play" in sys.argv else {UNTIL_TOLD}')
    assert stage.launch(stage.include(REPLAY_FILE, bag="~/drive", answers="~/answers")) == 1
    errors = [record.getMessage() for record in caplog.records if record.name == "launch"]
    assert [error for error in errors if said in error]


def test_a_replay_ends_with_its_bag(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "drive").mkdir()
    stage.install("vpr_ros", "localizer", UNTIL_TOLD)
    stage.install("vpr_ros", "vpr", f'0 if "play" in sys.argv else {UNTIL_TOLD}')
    assert stage.launch(stage.include(REPLAY_FILE, bag="~/drive", answers="~/answers")) == 0
    assert stage.programs() == {"localizer_ros-args", "vpr_play", "vpr_record"}


def test_a_replay_wants_a_bag_and_a_name_for_the_answers(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    assert stage.launch(stage.include(REPLAY_FILE, answers="~/answers")) == 1
    assert "bag" in caplog.text
    assert not stage.programs()
