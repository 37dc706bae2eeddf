"""How much memory a long evaluation holds: a rendered drive, repeated until there are enough frames, streamed once.

python -m benchmarks.evaluation_memory [--frames 12000] [--rendered 120]
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from vpr_ros.assemble import make_localizer
from vpr_ros.core.records import Frame
from vpr_ros.core.settings import Settings
from vpr_ros.evaluation.evaluate import Questions, Replayed, evaluate
from vpr_ros.evaluation.files.results_bag import results_bag
from vpr_ros.evaluation.files.run_folder import RESULTS
from vpr_ros.evaluation.files.write_run import write_run
from vpr_ros.evaluation.metrics.peak_memory import peak_memory_mb
from vpr_ros.evaluation.positives.choose_positives import parse_positives
from vpr_ros.evaluation.summary.summarize_run import summarize_run
from vpr_ros.maps.obey_recipe import obey_recipe
from vpr_ros.maps.open_map import open_map
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.source import FrameEntry, Source, SourceOptions

MOST_MB = 2000


class Repeated:
    """A source over and over again, the clock running on."""

    kind, notes = "repeated drive", ()

    def __init__(self, source: Source, frames: int) -> None:
        self.name = source.name
        self._source, self._entries = source, source.entries()
        self._frames = frames
        self._lap_ns = self._entries[-1].stamp_ns - self._entries[0].stamp_ns + 10**9

    def entries(self) -> Sequence[FrameEntry]:
        return [self._entry(number) for number in range(self._frames)]

    def frames(self, numbers: Sequence[int] | None = None) -> Iterator[Frame]:
        wanted = list(range(self._frames) if numbers is None else numbers)
        while wanted:
            lap = wanted[0] // len(self._entries)
            mine = [number for number in wanted if number // len(self._entries) == lap]
            wanted = wanted[len(mine) :]
            inside = [number % len(self._entries) for number in mine]
            for number, frame in zip(mine, self._source.frames(inside), strict=True):
                entry = self._entry(number)
                yield dataclasses.replace(frame, stamp_ns=entry.stamp_ns, source_name=entry.source_name)

    def _entry(self, number: int) -> FrameEntry:
        lap, inside = divmod(number, len(self._entries))
        entry = self._entries[inside]
        stamp_ns = entry.stamp_ns + lap * self._lap_ns
        return dataclasses.replace(
            entry, number=number, stamp_ns=stamp_ns, source_name=f"lap {lap}: {entry.source_name}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the peak; 1 when it is above the goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation_memory", description=__doc__)
    parser.add_argument("--frames", type=int, default=12_000, help="frames to evaluate (default %(default)d)")
    parser.add_argument("--rendered", type=int, default=120, help="frames that are drawn (default %(default)d)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        bag, path = Path(folder) / "drive", Path(folder) / "map"
        simulated = ["--max-frames", str(args.rendered), "--rate", "5", "--size", "320x240", "--depth"]
        # In processes of their own: what drawing holds is not counted here.
        for words in (["simulate", "-o", str(bag), *simulated], ["map", "build", str(bag), "-o", str(path)]):
            subprocess.run([sys.executable, "-m", "vpr_ros.cli.main", *words], check=True)
        before = peak_memory_mb()
        place_map = open_map(path)
        replayed = Replayed(place_map, make_localizer(place_map, Settings()), obey_recipe(place_map, Settings()))
        source = Repeated(open_source(bag, SourceOptions()), args.frames)
        questions = Questions(positives=parse_positives("overlap=0.25,angle=45"))
        with results_bag(Path(folder) / RESULTS, place_map) as written:
            run = evaluate(source, replayed, questions, written.write, lambda items, *_: iter(items))
        metrics = summarize_run(run)
        write_run(Path(folder), run, metrics)
    peak = peak_memory_mb()
    print(
        f"{len(run.queries)} frames of 320x240 in {run.cost.total_s:.0f} s: peak memory {peak:.0f} MB of the process "
        f"({before:.0f} MB before the first; goal {MOST_MB}); R@1 {metrics['recall']['1']:.3f}"
    )
    return 0 if peak <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
