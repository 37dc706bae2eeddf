from __future__ import annotations

import numpy as np
import pytest
from wall import group_of, wall_frames

from vpr_ros.core.errors import SourceError
from vpr_ros.training.prepared_drive import prepare_drive
from vpr_ros.training.share_cells import flipped_cells
from vpr_ros.training.training_data import make_training_data


def quiet(items, _label, _total=None):
    return iter(items)


def test_pairs_are_labelled_and_held_out_places_are_apart(data):
    assert data.train.pairs.counts() == (20, 20, 20, 20)
    assert sum(data.held_out.pairs.counts()) > 4
    x_m = data.drives[0].map_from_camera[:, 0, 3]
    held = np.unique([data.held_out.pairs.first, data.held_out.pairs.second])
    trained = np.unique([data.train.pairs.first, data.train.pairs.second])
    assert np.abs(x_m[held][:, None] - x_m[trained][None]).min() > 1.0
    assert [len(judged.views) for judged in data.judged] == [9]


def test_pairs_without_overlap_have_no_cells_and_others_many(data):
    for pair, which in enumerate(data.train.pairs.bins):
        cells = data.train.cells_of(pair)
        assert (len(cells) == 0) == (which == 0)
        assert len(cells) == 0 or abs(len(cells) / 256 - data.train.pairs.overlap[pair]) < 0.15


def test_cells_are_those_of_the_version_and_follow_the_flip(data):
    pooled, use = data.cells(np.array([3, 3, 5]), np.array([0, 1, 2]))
    np.testing.assert_array_equal(pooled[1], data.drives[0].pooled[3, 1].astype(np.float32))
    np.testing.assert_array_equal(use[2], data.drives[0].valid[5, 2] & data.known[5])
    np.testing.assert_array_equal(use[1], data.drives[0].valid[3, 1] & data.known[3][flipped_cells()])


def test_one_place_only_is_refused(tmp_path, maker):
    drive = prepare_drive(tmp_path / "d", "desk", wall_frames(45, 0.02), 45, maker, 0)
    with pytest.raises(SourceError, match=r"desk: .*one place only|desk: no two images share"):
        make_training_data([group_of(drive)], 20, 0, quiet)


def test_a_drive_that_sees_nothing_twice_is_refused(tmp_path, maker):
    drive = prepare_drive(tmp_path / "d", "hall", wall_frames(6, 3.0), 6, maker, 0)
    with pytest.raises(SourceError, match="hall: no two images share 10 to 70%"):
        make_training_data([group_of(drive)], 20, 0, quiet)


def test_one_place_trains_beside_another_that_can_be_split(tmp_path, maker, drive):
    desk = prepare_drive(tmp_path / "d", "desk", wall_frames(12, 0.1), 12, maker, 0)
    both = make_training_data([group_of(drive), group_of(desk)], 20, 0, quiet)
    assert both.notes == ("desk: all of it is one place: nothing of it is held out",)
    assert both.train.pairs.second.max() >= len(drive) > both.held_out.pairs.second.max()


@pytest.mark.parametrize(("away_m", "told"), [(0.0, 0), (100.0, 2)])
def test_joined_drives_that_share_nothing_are_told(tmp_path, maker, drive, away_m, told):
    frames = wall_frames(12)
    for frame in frames:
        frame.map_from_base[0, 3] += away_m
    other = prepare_drive(tmp_path / "d", "other frame", frames, 12, maker, 0)
    notes = make_training_data([group_of(drive, other)], 20, 0, quiet).notes
    assert len(notes) == told
    assert all("are they in one map frame?" in note for note in notes)
