"""Whole evaluations through the production seams: ground truth of every kind, and what happens without."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sample_run import BLANK, LOST, MISTAKEN, QUICK, ROOMS, run_on, write_drive

from vpr_ros.cli.main import main
from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.core.geometry import distance_m, invert_pose, planar_pose, quaternion_from_matrix
from vpr_ros.core.records import Frame, Labels
from vpr_ros.evaluation.evaluate import Questions, evaluate
from vpr_ros.evaluation.positives.choose_positives import parse_positives
from vpr_ros.evaluation.records import Run
from vpr_ros.evaluation.summary.summarize_run import summarize_run
from vpr_ros.sources.source import FrameEntry, SourceOptions


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `mapped`, `asked` and `map`."""
    folder = tmp_path_factory.mktemp("drive")
    write_drive(folder)
    assert main(["map", "build", str(folder / "mapped"), "-o", str(folder / "map"), *QUICK]) == 0
    return folder


def asked_elsewhere(drive: Path, folder: Path, change=lambda pose: pose) -> Path:
    """A copy of the queries whose poses are changed."""
    copy = folder / "asked"
    shutil.copytree(drive / "asked", copy)
    lines = []
    for number, query in enumerate(run_on(drive / "map", drive / "asked", Questions()).queries):
        pose = change(query.truth.map_from_base)
        lines.append(" ".join(f"{value:.9g}" for value in [number, *pose[:3, 3], *quaternion_from_matrix(pose)]))
    (copy / "groundtruth.txt").write_text("\n".join(lines))
    return copy


class ChangedSource:
    """A source whose frames are changed on the way: what a bag may hold that folders cannot."""

    name, kind, notes = "changed", "test", ()

    def __init__(self, run: Run, headings: bool = True, **changes: object) -> None:
        self._source, self._headings, self._changes = run.source, headings, changes

    def entries(self) -> Sequence[FrameEntry]:
        known = {key: value for key, value in self._changes.items() if key in ("map_from_base", "stamp_ns", "labels")}
        entries = self._source.entries()
        stamped = "stamp_ns" in known  # the sample's own names are no stamps
        told = {"has_heading": self._headings, "has_stamp": stamped, **known}
        return [dataclasses.replace(entry, **told) for entry in entries]

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        for frame in self._source.frames(numbers):
            yield dataclasses.replace(frame, **self._changes)


def evaluate_changed(run: Run, drive: Path, questions: Questions = Questions(), **changes: object) -> Run:  # noqa: B008
    from vpr_ros.assemble import make_localizer
    from vpr_ros.core.settings import Settings
    from vpr_ros.evaluation.evaluate import Replayed
    from vpr_ros.maps.open_map import open_map

    place_map = open_map(drive / "map")
    replayed = Replayed(place_map, make_localizer(place_map, Settings()), run.settings)
    return evaluate(ChangedSource(run, **changes), replayed, questions, lambda _: None, lambda items, *_: iter(items))


def test_estimates_are_heard_in_order_and_kept(run: Run):
    assert [query.number for query in run.queries] == list(range(16))
    assert run.queries[BLANK].estimate.refusal is not None
    assert run.queries[MISTAKEN].place_right is False
    assert run.queries[0].coarse_error.distance_m == pytest.approx(np.hypot(0.1, 0.1), abs=1e-6)
    assert run.cost.localize_s < run.cost.total_s


def test_frames_choose_the_queries_and_cut_sequences(drive: Path):
    run = run_on(drive / "map", drive / "asked", Questions(frames="0:3,5,8:10"))
    assert [query.number for query in run.queries] == [0, 1, 2, 5, 8, 9]
    assert [query.sequence for query in run.queries] == [0, 0, 0, 1, 2, 2]
    assert summarize_run(run)["source"]["selection"] == "0:3,5,8:10"


def test_without_a_word_poses_judge_by_five_metres(drive: Path):
    run = run_on(drive / "map", drive / "asked", Questions())
    assert (run.ground_truth.positives, run.ground_truth.chosen) == ("distance=5", True)


def test_the_criterion_is_chosen_by_the_first_query_that_has_a_pose(drive: Path, tmp_path: Path):
    copy = tmp_path / "asked"
    shutil.copytree(drive / "asked", copy)
    lines = (copy / "groundtruth.txt").read_text().splitlines()
    for number, path in enumerate(
        sorted(copy.rglob("*.png"), key=lambda p: (p.parent.name, int(p.name.split("=")[0].split(".")[0])))
    ):
        path.rename(path.with_name(f"{1_700_000_000 + number}.png"))
    dated = [f"{1_700_000_000 + number} {line.partition(' ')[2]}" for number, line in enumerate(lines)]
    (copy / "groundtruth.txt").write_text("\n".join(dated[4:]))
    run = run_on(drive / "map", copy, Questions())
    assert run.ground_truth.positives == "distance=5"
    assert [query.right is None for query in run.queries] == [True] * 4 + [False] * 12
    assert any("4 of 16 queries not judged" in note for note in run.notes)


def test_labels_judge_where_there_are_no_poses(drive: Path, tmp_path: Path):
    copy = tmp_path / "asked"
    shutil.copytree(drive / "asked", copy)
    (copy / "groundtruth.txt").unlink()
    run = run_on(drive / "map", copy, Questions())
    assert run.ground_truth.positives == "label=room"
    told = summarize_run(run)
    assert told["recall"]["1"] == pytest.approx(14 / 16)  # refused and mistaken
    assert "coarse_pose" in told
    assert "median_m" not in told["coarse_pose"]


def test_no_ground_truth_says_what_can_be_said(drive: Path, tmp_path: Path):
    copy = tmp_path / "asked"
    copy.mkdir()
    for path in (drive / "asked" / ROOMS[0]).iterdir():
        shutil.copy(path, copy / path.name)
    run = run_on(drive / "map", copy, Questions())
    told = summarize_run(run)
    assert run.ground_truth.positives is None
    assert any("nobody can say which place is right" in note for note in told["notes"])
    assert "recall" not in told
    assert told["place"]["answered"] == pytest.approx(7 / 8)
    assert told["latency_ms"]["total"]["p95"] > 0


def test_a_named_criterion_that_the_source_cannot_meet_judges_nothing(drive: Path, tmp_path: Path):
    copy = tmp_path / "asked"
    shutil.copytree(drive / "asked", copy)
    (copy / "groundtruth.txt").unlink()
    run = run_on(drive / "map", copy, Questions(positives=parse_positives("distance=1")))
    assert summarize_run(run)["ground_truth"]["judged"] == 0
    assert any("16 of 16 queries not judged, for lack of what distance=1 needs" in note for note in run.notes)


def test_index_lists_judge_without_poses(drive: Path, tmp_path: Path):
    (tmp_path / "right.json").write_text(json.dumps({"0": [0], "1": [3], "2": []}))
    chosen = parse_positives(str(tmp_path / "right.json"))
    run = run_on(drive / "map", drive / "asked", Questions("1:4", chosen))
    assert [query.place_right for query in run.queries] == [True, False, False]
    assert [query.truth.has_positive for query in run.queries] == [True, True, False]
    sha256 = hashlib.sha256((tmp_path / "right.json").read_bytes()).hexdigest()
    assert summarize_run(run)["ground_truth"]["positives_sha256"] == sha256


def test_no_overlap_of_bag_and_map_is_noted_and_all_miss(drive: Path, tmp_path: Path):
    far = asked_elsewhere(drive, tmp_path, lambda pose: planar_pose(9000.0, 0.0, 1.0) @ pose)
    told = summarize_run(run_on(drive / "map", far, Questions()))
    assert "recall" not in told
    assert told["recall_of_all"]["20"] == 0
    assert any("source and map do not overlap" in note and "--align" in note for note in told["notes"])


def test_alignment_brings_another_frame_of_reference_home(drive: Path, tmp_path: Path):
    pytest.importorskip("evo")
    offset = planar_pose(40.0, -3.0, 2.0)
    copy = asked_elsewhere(drive, tmp_path, lambda pose: offset @ pose)
    run = run_on(drive / "map", copy, Questions(positives=parse_positives("distance=1"), align=True))
    found = run.ground_truth.alignment
    assert found is not None
    assert distance_m(found.map_from_source @ offset, np.eye(4)) < 1
    assert found.map_from_source[:3, :3] == pytest.approx(invert_pose(offset)[:3, :3], abs=0.05)
    assert summarize_run(run)["recall"]["1"] == pytest.approx(13 / 15)
    assert summarize_run(run)["ground_truth"]["alignment"]["answers"] == 15


def test_alignment_from_too_few_answers_is_refused(drive: Path):
    pytest.importorskip("evo")
    with pytest.raises(UsageError, match="--align: 3 of 3 frames have both"):
        run_on(drive / "map", drive / "asked", Questions(frames="0:3", align=True))


def test_a_single_frame_is_a_run(drive: Path):
    told = summarize_run(run_on(drive / "map", drive / "asked", Questions(frames="0")))
    assert (told["queries"], told["recall"]["1"], told["sequences"]["count"]) == (1, 1.0, 1)
    assert "recall_interval" not in told


def test_poses_that_are_not_finite_are_unknown(run: Run, drive: Path):
    changed = evaluate_changed(run, drive, map_from_base=np.full((4, 4), np.nan))
    told = summarize_run(changed)
    assert any("16 of 16 frames have no usable pose" in note for note in told["notes"])
    assert told["ground_truth"]["poses"] == 0
    assert told["ground_truth"]["positives"] == "label=room"


def test_positions_without_headings_are_judged_by_distance_only(run: Run, drive: Path):
    changed = evaluate_changed(run, drive, headings=False)
    assert changed.ground_truth.positives == "distance=25"
    told = summarize_run(changed)
    assert told["coarse_pose"]["median_m"] > 0
    assert not {"median_deg", "within", "coverage"} & told["coarse_pose"].keys()
    json.dumps(told, allow_nan=False)
    with pytest.raises(UsageError, match="knows positions without headings; leave the angle out"):
        evaluate_changed(run, drive, Questions(positives=parse_positives("distance=5,angle=30")), headings=False)


def test_images_that_all_carry_one_stamp_are_a_run(run: Run, drive: Path):
    told = summarize_run(evaluate_changed(run, drive, stamp_ns=5))
    assert told["driven"]["seconds"] == 0
    assert told["queries"] == 16


def test_floors_that_differ_make_near_places_wrong(run: Run, drive: Path):
    told = summarize_run(evaluate_changed(run, drive, labels=Labels(floor="attic")))
    assert told["recall_of_all"]["1"] > 0.5  # the map names no floors: nothing is ruled out
    assert "floor" not in told


def test_a_source_without_frames_is_refused(run: Run):
    class Empty(ChangedSource):
        def entries(self) -> Sequence[FrameEntry]:
            return []

    from vpr_ros.evaluation.evaluate import Replayed

    with pytest.raises(SourceError, match="holds no frame to ask about"):
        evaluate(
            Empty(run), Replayed(run.place_map, None, run.settings), Questions(), id, lambda items, *_: iter(items)
        )


def test_clocks_hours_apart_are_refused_by_the_source(drive: Path, tmp_path: Path):
    copy = tmp_path / "asked"
    copy.mkdir()
    for number, path in enumerate(sorted((drive / "asked" / ROOMS[0]).iterdir())):
        shutil.copy(path, copy / f"{1_700_000_000 + number}.png")
    lines = [f"{1_700_000_000 + 7200 + number} 0 0 0 0 0 0 1" for number in range(8)]
    (tmp_path / "walk.tum").write_text("\n".join(lines))
    with pytest.raises(SourceError, match="do not overlap; a clock is wrong"):
        run_on(drive / "map", copy, Questions(), SourceOptions(trajectory=tmp_path / "walk.tum"))


def test_the_lost_query_is_named(run: Run):
    assert run.queries[LOST].truth.has_positive is False
    assert run.queries[LOST].truth.positive_place_id is None


def test_asking_about_the_drive_that_made_the_map_is_noted(run: Run, drive: Path):
    own = run_on(drive / "map", drive / "mapped", Questions())
    assert any("12 of 12 images are keyframes of the map itself" in note for note in own.notes)
    assert not any("of the map itself" in note for note in run.notes)


def test_an_alignment_too_rough_for_the_criterion_is_not_advised_again(drive: Path):
    run = run_on(drive / "map", drive / "asked", Questions(positives=parse_positives("distance=0.0001"), align=True))
    (note,) = [note for note in run.notes if "no query has a right place" in note]
    assert "is too rough to judge by this" in note
    assert "--align" not in note
