"""From sources to an overlap encoder: drives are read and described, paired, trained on and judged.

Everything that took long is kept in a folder, so that an interrupted training goes on where it was.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vpr_ros.core.embed_patches import raw_embedder
from vpr_ros.core.errors import SettingsError, UsageError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.overlap_encoder import OverlapEncoder
from vpr_ros.core.records import FloatArray, PatchExtractor
from vpr_ros.core.rerank_settings import RerankSettings
from vpr_ros.core.settings import ImageSettings
from vpr_ros.core.spread import spread
from vpr_ros.maps.storage_errors import storage_errors
from vpr_ros.sources.folders.colmap_model import ColmapModel
from vpr_ros.sources.source import Source
from vpr_ros.training.curves import Epoch
from vpr_ros.training.judge_overlap import encode_by, judge_overlap
from vpr_ros.training.prepared_drive import PreparedDrive, is_prepared, open_prepared, prepare_drive
from vpr_ros.training.shared_points import PointCovisibility
from vpr_ros.training.training_data import Track, TrainingData, ViewGroup, make_training_data
from vpr_ros.training.training_settings import TrainingSettings
from vpr_ros.training.view_versions import VersionMaker, principal_directions
from vpr_ros.training.warp_depth import DepthCovisibility

LONG_PATCH = 256
"""Longer patches are reduced to this many of their principal directions before training; the encoder that comes of it
takes them whole."""
IMAGES_FOR_DIRECTIONS = 240
STATE, DIRECTIONS = "state.pt", "directions.npy"


@dataclass(frozen=True, eq=False)
class DriveToLearn:
    """A source, and the numbers of its frames to learn from, ascending."""

    source: Source
    numbers: Sequence[int]


@dataclass(frozen=True, eq=False)
class LearnedOverlap:
    """data: what it was trained on. area_before, area_after: of held-out places, by untrained patches and by the
    encoder."""

    encoder: OverlapEncoder
    data: TrainingData
    epochs: tuple[Epoch, ...]
    best: Epoch
    area_before: float
    area_after: float


@dataclass(frozen=True)
class OverlapPlan:
    """What decides the outcome besides the drives. pairs: of each bin in a drive. lights: versions of each image under
    other light."""

    pairs: int
    lights: int
    training: TrainingSettings


def learn_overlap(
    groups: Sequence[Sequence[DriveToLearn]],
    extractor: PatchExtractor,
    image: ImageSettings,
    plan: OverlapPlan,
    folder: Path,
    track: Track,
    report: Callable[[str], None],
) -> LearnedOverlap:
    """Train an encoder for these features on groups of drives, each in one frame of reference.

    folder: what is kept of the work, made by `open_work_folder`. report: is told what was found, line by line.
    """
    extra_library("torch", "networks")
    maker = VersionMaker(image, extractor, plan.lights, _directions(groups, extractor, image, folder, track))
    prepared = _prepare(groups, maker, folder, plan.training.seed, track)
    data = make_training_data([_group(drives) for drives in prepared], plan.pairs, plan.training.seed, track)
    for line in describe_data(data):
        report(line)
    raw = encode_by(raw_embedder(extractor.dimension), maker.directions)
    before = judge_overlap(raw, data, RerankSettings())
    return _train(data, maker, plan.training, folder, before, report)


def _train(
    data: TrainingData,
    maker: VersionMaker,
    settings: TrainingSettings,
    folder: Path,
    before: float,
    report: Callable[[str], None],
) -> LearnedOverlap:
    import torch

    from vpr_ros.training.overlap_network import export_encoder
    from vpr_ros.training.train_overlap import network_encode, train_overlap

    device = "cuda" if torch.cuda.is_available() else "cpu"
    trained = train_overlap(data, settings, folder / STATE, device, lambda epoch: report(str(epoch)))
    after = judge_overlap(network_encode(trained.network), data, RerankSettings())
    encoder = export_encoder(trained.network, maker.directions, maker.extractor.fingerprint)
    return LearnedOverlap(encoder, data, trained.epochs, trained.best, before, after)


def describe_data(data: TrainingData) -> list[str]:
    """For a person: what there is to learn from."""
    lines = list(data.notes)
    for name, labelled in (("training", data.train), ("held-out", data.held_out)):
        none, *bins = labelled.pairs.counts()
        told = ", ".join(map(str, bins))
        lines.append(
            f"{name} pairs: {told} with overlap 0.1-0.3, 0.3-0.5, 0.5-0.7, {none} with none; "
            f"{len(labelled.cells)} cells that belong together"
        )
    held = sum(len(judged.views) for judged in data.judged)
    lines.append(f"{sum(map(len, data.drives))} views of {len(data.drives)} drives; {held} judge overlap")
    return lines


def describe_plan(
    groups: Sequence[Sequence[DriveToLearn]], extractor: PatchExtractor, image: ImageSettings, plan: OverlapPlan
) -> dict[str, object]:
    """What two trainings have in common when one can go on with the other's work. A source's notes say which of its
    topics are read."""
    return {
        "drives": [
            [[drive.source.name, list(drive.source.notes), list(drive.numbers)] for drive in drives]
            for drives in groups
        ],
        "fingerprint": extractor.fingerprint,
        "image": asdict(image),
        "plan": asdict(plan),
    }


def is_begun(folder: Path) -> bool:
    """Whether a drive was described to its end, so that going on saves time."""
    return any(is_prepared(drive) for drive in folder.iterdir())


def _directions(
    groups: Sequence[Sequence[DriveToLearn]],
    extractor: PatchExtractor,
    image: ImageSettings,
    folder: Path,
    track: Track,
) -> FloatArray | None:
    if extractor.dimension < 1:
        raise SettingsError(f"features.name={extractor.name} makes no patches, which overlap is predicted from")
    if extractor.dimension <= LONG_PATCH:
        return None
    kept = folder / DIRECTIONS
    if not kept.is_file():
        drives = [drive for group in groups for drive in group]
        each = max(1, IMAGES_FOR_DIRECTIONS // len(drives))
        frames = itertools.chain(*(drive.source.frames(spread(drive.numbers, each)) for drive in drives))
        images = (frame.image for frame in track(frames, "principal directions of patches", each * len(drives)))
        found = principal_directions(VersionMaker(image, extractor, 0), images, LONG_PATCH)
        with storage_errors("working memory on disk", folder):
            np.save(kept, found)
    return np.asarray(np.load(kept, allow_pickle=False))


def _prepare(
    groups: Sequence[Sequence[DriveToLearn]], maker: VersionMaker, folder: Path, seed: int, track: Track
) -> list[list[PreparedDrive]]:
    """Every drive read and described, those of before as they are."""
    numbers = itertools.count()
    return [
        [_prepare_one(drive, maker, folder / f"drive_{next(numbers)}", seed, track) for drive in group]
        for group in groups
    ]


def _prepare_one(drive: DriveToLearn, maker: VersionMaker, folder: Path, seed: int, track: Track) -> PreparedDrive:
    if is_prepared(folder):
        return open_prepared(folder)
    shutil.rmtree(folder, ignore_errors=True)  # an interruption left it unfinished
    frames = track(drive.source.frames(drive.numbers), f"describing {drive.source.name}", len(drive.numbers))
    observed = drive.source.observed_points if isinstance(drive.source, ColmapModel) else None
    return prepare_drive(folder, drive.source.name, frames, len(drive.numbers), maker, seed, observed)


def _group(drives: Sequence[PreparedDrive]) -> ViewGroup:
    (first, *others) = drives
    if first.points is not None and not others:
        return ViewGroup((first,), PointCovisibility(first.points))
    with_points = next((drive for drive in drives if drive.points is not None), None)
    if with_points is not None:
        raise UsageError(f"{with_points.name}: a COLMAP model knows points of its own images only; name it by itself")
    covisibility = DepthCovisibility(
        [each for drive in drives for each in drive.intrinsics],
        np.concatenate([drive.depth_mm for drive in drives]),
        np.concatenate([drive.map_from_camera for drive in drives]),
    )
    return ViewGroup(tuple(drives), covisibility)
