"""From drives to pairs of images with their cells: what is trained on, and the places that judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vpr_ros.core.errors import SourceError
from vpr_ros.core.overlap_encoder import normalised_centres
from vpr_ros.core.records import Array, FloatArray
from vpr_ros.core.spread import spread
from vpr_ros.training.choose_pairs import EDGES, Pairs, choose_pairs, join_pairs, shifted
from vpr_ros.training.hold_out_places import HELD_OUT, TRAIN, fewest_views, hold_out_places
from vpr_ros.training.prepared_drive import PreparedDrive
from vpr_ros.training.share_cells import CELLS, Covisibility, flipped_cells, matching_cells

HELD_OUT_SHARE = 0.2
MOST_JUDGED = 80
"""Views of a group that overlap is judged between."""
Track = Callable[[Iterable[Any], str, "int | None"], Iterator[Any]]


@dataclass(frozen=True, eq=False)
class ViewGroup:
    """Drives with a common frame of reference, and what their views, one drive after the other, share."""

    drives: tuple[PreparedDrive, ...]
    covisibility: Covisibility

    @property
    def name(self) -> str:
        return " + ".join(drive.name for drive in self.drives)


@dataclass(frozen=True, eq=False)
class LabelledPairs:
    """pairs: of views. starts: int64 [m + 1]; cells: uint8 [starts[-1], 2], those that belong together, of the pairs
    one after the other."""

    pairs: Pairs
    starts: npt.NDArray[np.int64]
    cells: npt.NDArray[np.uint8]

    def cells_of(self, pair: int) -> npt.NDArray[np.uint8]:
        """[m, 2], of the first and of the second view."""
        return self.cells[self.starts[pair] : self.starts[pair + 1]]


@dataclass(frozen=True, eq=False)
class Judged:
    """Held-out views of one group, and how much each two share: [n] numbers of views, [n, n]."""

    views: Array
    overlaps: Array


@dataclass(frozen=True, eq=False)
class TrainingData:
    """n views of all drives. centres: [shapes, P, 2], middles of cells of images of each shape; shape_of: [n]. known:
    bool [n, P], cells whose place in the world is known. notes: remarks for a person, one line each."""

    drives: tuple[PreparedDrive, ...]
    centres: FloatArray
    shape_of: Array
    known: npt.NDArray[np.bool_]
    train: LabelledPairs
    held_out: LabelledPairs
    judged: tuple[Judged, ...]
    notes: tuple[str, ...]

    def cells(self, views: Array, versions: Array) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """float32 [m, P, R] and bool [m, P]: cells of these versions of these views, and which can be learned from."""
        starts = np.cumsum([0, *map(len, self.drives)])
        drive_of = np.searchsorted(starts, views, side="right") - 1
        pooled = np.empty((len(views), *self.drives[0].pooled.shape[2:]), np.float32)
        use = np.empty((len(views), CELLS), bool)
        for row, (view, version, number) in enumerate(zip(views, versions, drive_of, strict=True)):
            drive, at = self.drives[number], view - starts[number]
            pooled[row] = drive.pooled[at, version]
            known = self.known[view][_FLIPPED] if version % 2 else self.known[view]
            use[row] = drive.valid[at, version] & known
        return pooled, use


def make_training_data(groups: Sequence[ViewGroup], per_bin: int, seed: int, track: Track) -> TrainingData:
    """Pairs of every group, and the places that are held out of it.

    per_bin: pairs of each bin of overlap in a drive; what a drive lacks is not made up for. A group that cannot be
    split by place trains as a whole, as long as another one can. Raises SourceError where none can, or where nothing
    overlaps.
    """
    rng = np.random.default_rng(seed)
    train: list[LabelledPairs] = []
    held_out: list[LabelledPairs] = []
    judged: list[Judged] = []
    notes: list[str] = []
    known: list[npt.NDArray[np.bool_]] = []
    start = 0
    for group in groups:
        count = sum(map(len, group.drives))
        overlaps = _all_overlaps(group, count, track)
        notes += _strangers(group, overlaps)
        positions = np.concatenate([drive.map_from_camera[:, :3, 3] for drive in group.drives])
        split = hold_out_places(positions, overlaps, HELD_OUT_SHARE)
        if split is None:
            notes.append(f"{group.name}: all of it is one place: nothing of it is held out")
            split = np.full(count, TRAIN)
        most = per_bin * len(group.drives)
        for parts, kind, number in ((train, TRAIN, most), (held_out, HELD_OUT, -(-most // 4))):
            chosen = choose_pairs(overlaps, np.logical_and.outer(split == kind, split == kind), number, rng)
            parts.append(_labelled(chosen, group, start, track))
        rows = spread(np.flatnonzero(split == HELD_OUT), MOST_JUDGED)
        judged.append(Judged(rows + start, overlaps[np.ix_(rows, rows)]))
        known += [group.covisibility.known_cells(row) for row in range(count)]
        start += count
    drives = tuple(drive for group in groups for drive in group.drives)
    _check(train, held_out, groups)
    return TrainingData(
        drives,
        *_centres(drives),
        np.stack(known),
        _joined(train),
        _joined(held_out),
        tuple(each for each in judged if len(each.views)),
        tuple(notes),
    )


def _check(train: list[LabelledPairs], held_out: list[LabelledPairs], groups: Sequence[ViewGroup]) -> None:
    name = ", ".join(group.name for group in groups)
    if not sum(len(each.cells) for each in train):
        raise SourceError(f"{name}: no two images share 10 to 70% of what they show; add a drive that comes by again")
    if not sum(len(each.cells) for each in held_out):
        views, needed = sum(len(drive) for group in groups for drive in group.drives), fewest_views(HELD_OUT_SHARE)
        if len(groups) == 1 and views < needed:
            raise SourceError(
                f"{name}: {views} views are too few to hold some out, {needed} are needed; take more frames"
            )
        raise SourceError(
            f"{name}: shows one place only, so that no other is left to judge the training by; add a drive of more"
        )


def _strangers(group: ViewGroup, overlaps: Array) -> list[str]:
    """Remarks on drives that share nothing with those they were joined to: seldom meant so."""
    drive_of = np.repeat(np.arange(len(group.drives)), [len(drive) for drive in group.drives])
    shared = np.nan_to_num(overlaps) >= EDGES[0]
    return [
        f"{drive.name}: no view of it shows what the drives show that it is joined to; are they in one map frame?"
        for number, drive in enumerate(group.drives)
        if len(group.drives) > 1 and not shared[np.ix_(drive_of == number, drive_of != number)].any()
    ]


def _all_overlaps(group: ViewGroup, count: int, track: Track) -> Array:
    overlaps = np.zeros((count, count))
    for one in track(range(count), f"overlap within {group.name}", count):
        overlaps[one] = group.covisibility.overlaps(one)
    return overlaps


def _labelled(pairs: Pairs, group: ViewGroup, start: int, track: Track) -> LabelledPairs:
    """The pairs with their cells; numbers of views begin at `start`."""
    cells = []
    rows = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.bins.tolist(), strict=True)
    for first, second, which in track(rows, f"pairs of {group.name}", len(pairs)):
        shared = np.empty((0, 2), int) if not which else matching_cells(group.covisibility.shared_cells(first, second))
        cells.append(shared.astype(np.uint8))
    starts = np.cumsum([0, *map(len, cells)])
    return LabelledPairs(shifted(pairs, start), starts, np.concatenate([np.empty((0, 2), np.uint8), *cells]))


def _joined(parts: list[LabelledPairs]) -> LabelledPairs:
    ends = np.cumsum([0, *(len(part.cells) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends[:-1], strict=True)]
    return LabelledPairs(
        join_pairs([part.pairs for part in parts]),
        np.concatenate([*starts, ends[-1:]]),
        np.concatenate([part.cells for part in parts]),
    )


def _centres(drives: Sequence[PreparedDrive]) -> tuple[FloatArray, Array]:
    sizes = np.concatenate([drive.sizes for drive in drives])
    shapes, which = np.unique(sizes, axis=0, return_inverse=True)
    tables = np.stack([normalised_centres((int(width), int(height))) for width, height in shapes])
    return tables, which.ravel()


_FLIPPED = flipped_cells()
