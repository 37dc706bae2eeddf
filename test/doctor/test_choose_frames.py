"""Long recordings: few frames, and those that tell most."""

from __future__ import annotations

import numpy as np

from vpr_ros.core.geometry import planar_pose
from vpr_ros.doctor.choose_frames import MOST_ALONE, MOST_IN_RUNS, choose_frames
from vpr_ros.sources.pose_track import make_track

STAMPS = np.arange(6000, dtype=np.int64) * 100_000_000


def test_short_recordings_are_looked_at_whole():
    assert choose_frames(STAMPS[:300], None).tolist() == list(range(300))


def test_of_long_ones_the_turns_the_ways_and_some_of_everywhere():
    """Ten minutes: it stands, but for turning from 200 to 220 s, and for driving from 400 to 420 s."""
    seconds = STAMPS / 1e9
    yaws = np.where((seconds >= 200) & (seconds < 220), np.sin(seconds - 200), 0.0)
    ways = np.clip(seconds - 400, 0, 20)
    track = make_track(STAMPS, [planar_pose(float(x), 0.0, float(yaw)) for x, yaw in zip(ways, yaws, strict=True)])
    chosen = choose_frames(STAMPS, track)
    assert len(chosen) <= MOST_IN_RUNS + MOST_ALONE
    assert (np.diff(chosen) > 0).all()
    assert {*range(2000, 2200), *range(4000, 4200)} <= {*chosen.tolist()}
    assert (chosen[0], chosen[-1]) == (0, 5999)
    assert np.diff(chosen).max() <= 6000 / (MOST_ALONE - 1) + 1


def test_without_odometry_runs_are_chosen_all_the_same():
    chosen = choose_frames(STAMPS, None)
    assert (np.diff(chosen) == 1).sum() > 0.7 * MOST_IN_RUNS
