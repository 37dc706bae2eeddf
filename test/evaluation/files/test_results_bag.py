from __future__ import annotations

from pathlib import Path

import pytest
from rosbags.interfaces import QosDurability
from rosbags.rosbag2 import Reader
from sample_run import BLANK

from vpr_ros.core.outputs.topics import OUTPUT_TOPICS
from vpr_ros.core.records import LabelGuess
from vpr_ros.evaluation.answered_pose import accepted_pose
from vpr_ros.evaluation.files.results_bag import published_name, results_bag
from vpr_ros.evaluation.records import Run
from vpr_ros.sources.bags.message_cdr import deserialize_message


def write(run: Run, folder: Path) -> Path:
    path = folder / "results.mcap"
    with results_bag(path, run.place_map) as bag:
        for query in run.queries:
            bag.write(query.estimate)
    return path


def test_a_lone_file_with_what_the_node_publishes_under_the_images_stamps(full_run: Run, tmp_path: Path):
    run = full_run
    path = write(run, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.mcap"]
    with Reader(path) as reader:
        assert {connection.topic for connection in reader.connections} == {
            published_name(topic.name) for topic in OUTPUT_TOPICS
        }
        rows = [(connection.topic, stamp, bytes(cdr)) for connection, stamp, cdr in reader.messages()]
        offered = {each.topic: each.ext.offered_qos_profiles[0].durability for each in reader.connections}
    assert offered["/vpr/room"] == QosDurability.TRANSIENT_LOCAL
    assert offered["/vpr/match"] == QosDurability.VOLATILE
    places = [(stamp, cdr) for topic, stamp, cdr in rows if topic == "/vpr/place_id"]
    assert [stamp for stamp, _ in places] == [query.estimate.stamp_ns for query in run.queries]
    said = [deserialize_message("std_msgs/msg/String", cdr).data for _, cdr in places]
    assert said[0] == "map/place_0"
    assert said[BLANK] == "unknown"
    coarse = [stamp for topic, stamp, _ in rows if topic == "/vpr/coarse_pose"]
    assert len(coarse) == len(run.queries) - 1
    fixes = [query for query in run.queries if accepted_pose(query.estimate) is not None]
    for topic in ("/vpr/pose", "/vpr/relative_pose"):
        assert [stamp for each, stamp, _ in rows if each == topic] == [query.estimate.stamp_ns for query in fixes]
    (relative, *_) = [cdr for topic, _, cdr in rows if topic == "/vpr/relative_pose"]
    read = deserialize_message("nav_msgs/msg/Odometry", relative)
    assert (read.header.frame_id, read.child_frame_id) == ("map/place_0", run.place_map.base_frame)


def test_the_match_tells_the_hostile_names(run: Run, tmp_path: Path):
    with Reader(write(run, tmp_path)) as reader:
        matches = [bytes(cdr) for connection, _, cdr in reader.messages() if connection.topic == "/vpr/match"]
    status = deserialize_message("diagnostic_msgs/msg/DiagnosticArray", matches[0]).status
    assert (status[0].message, status[1].name) == ("accepted", "candidate 1")
    assert "<b>Küche" in [pair.value for pair in status[0].values]


def test_an_error_leaves_no_file(run: Run, tmp_path: Path):
    with pytest.raises(ValueError, match="boom"), results_bag(tmp_path / "results.mcap", run.place_map):
        raise ValueError("boom")
    assert list(tmp_path.iterdir()) == []


def test_a_room_whose_name_is_no_text(run: Run, tmp_path: Path):
    import dataclasses

    room = LabelGuess(b"\xff".decode("utf-8", "surrogateescape"), 1.0)
    with results_bag(tmp_path / "results.mcap", run.place_map) as bag:
        bag.write(dataclasses.replace(run.queries[0].estimate, room=room))
    with Reader(tmp_path / "results.mcap") as reader:
        (said,) = [bytes(cdr) for connection, _, cdr in reader.messages() if connection.topic == "/vpr/room"]
    assert deserialize_message("std_msgs/msg/String", said).data == "\\udcff"
