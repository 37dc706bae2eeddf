"""R@1 on real images, by the code that robots run: `rtabmap_corridor` and the red kitchen, three vocabulary seeds."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.build_and_ask import Answer, build_and_ask
from benchmarks.shared_data import shared_data
from vpr_ros.core.geometry import rotation_between_rad
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import Source, SourceOptions

SEEDS = (0, 1, 2)
BLOCK = 30


def main() -> None:
    data = shared_data()
    report("rtabmap_corridor", *corridor(data / "rtabmap_corridor" / "images"))
    report("red kitchen", *kitchen(data / "seven_scenes_redkitchen"))


Right = Callable[[Answer], bool | None]


def report(name: str, source: Source, keyframes: Sequence[int], queries: Sequence[int], right: Right) -> None:
    """One line a seed. `right` is None for a query that does not count."""
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            answers = build_and_ask(
                source, keyframes, source, queries, Path(folder) / "map", [f"aggregation.seed={seed}"]
            )
        judged = [verdict for answer in answers if (verdict := right(answer)) is not None]
        refused = [answer.query.source_name for answer in answers if answer.estimate.refusal is not None]
        print(
            f"{name}, vocabulary seed {seed}: R@1 {sum(judged)}/{len(judged)} = {np.mean(judged):.3f}; "
            f"refused: {', '.join(refused) or 'none'}"
        )


def corridor(folder: Path) -> tuple[Source, list[int], list[int], Right]:
    """Map: images 1 to 43; queries 44 to 84; a match lies one lap away, give or take three; 46 is a blank wall."""
    source = open_source(folder, SourceOptions())
    number_of = {entry.source_name: int(re.findall(r"\d+", entry.source_name)[-1]) for entry in source.entries()}
    numbers = [number_of[entry.source_name] for entry in source.entries()]

    def right(answer: Answer) -> bool | None:
        if number_of[answer.query.source_name] == 46:
            return None
        if answer.found is None:
            return False
        apart = (number_of[answer.found] - number_of[answer.query.source_name]) % 40
        return apart <= 3 or apart >= 37

    keyframes = [row for row, number in enumerate(numbers) if number <= 43]
    return source, keyframes, [row for row, number in enumerate(numbers) if number >= 44], right


def kitchen(folder: Path) -> tuple[Source, list[int], list[int], Right]:
    """Blocks of 30 frames, map and queries in turn; positives overlap by more than 0.3, both ways, under 20 degrees."""
    source = open_source(folder, SourceOptions())
    entries = source.entries()
    row_of = {entry.source_name: entry.number for entry in entries}
    with np.load(folder / "overlap.npz") as loaded:
        overlap = loaded[loaded.files[0]].astype(float)
    poses = np.stack([entry.map_from_base for entry in entries])
    turned = np.degrees(rotation_between_rad(poses[:, None], poses[None]))
    positive = (np.minimum(overlap, overlap.T) > 0.3) & (turned < 20)
    keyframes = [row for row in range(len(entries)) if row // BLOCK % 2 == 0]

    def right(answer: Answer) -> bool | None:
        query = row_of[answer.query.source_name]
        if not positive[query, keyframes].any():
            return None
        return answer.found is not None and bool(positive[query, row_of[answer.found]])

    return source, keyframes, [row for row in range(len(entries)) if row // BLOCK % 2 == 1], right


if __name__ == "__main__":
    main()
