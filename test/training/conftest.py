from __future__ import annotations

from pathlib import Path

import pytest
from wall import group_of, wall_frames

from vpr_ros.core.feature_settings import DenseSiftSettings
from vpr_ros.core.settings import ImageSettings
from vpr_ros.features.patches.dense_sift import DenseSift
from vpr_ros.training.prepared_drive import PreparedDrive, prepare_drive
from vpr_ros.training.training_data import TrainingData, make_training_data
from vpr_ros.training.view_versions import VersionMaker


@pytest.fixture(scope="session")
def maker() -> VersionMaker:
    return VersionMaker(ImageSettings(long_side_px=160), DenseSift(DenseSiftSettings(bin_sizes_px=(6, 12))), 1)


@pytest.fixture(scope="session")
def drive(tmp_path_factory: pytest.TempPathFactory, maker: VersionMaker) -> PreparedDrive:
    folder: Path = tmp_path_factory.mktemp("wall") / "drive"
    return prepare_drive(folder, "wall", wall_frames(44), 44, maker, 0)


@pytest.fixture(scope="session")
def data(drive: PreparedDrive) -> TrainingData:
    return make_training_data([group_of(drive)], 20, 0, lambda items, _label, _total=None: iter(items))
