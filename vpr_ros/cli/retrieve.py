"""`vpr retrieve`: which images of a map look like those of a source, as pairs for whoever matches them."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from vpr_ros.assemble import make_localizer
from vpr_ros.cli.new_file import new_file, refuse_existing
from vpr_ros.cli.options import add_settings_options, add_source_options, settings_from, source_options_from
from vpr_ros.cli.progress import track
from vpr_ros.core.errors import SourceError, UsageError
from vpr_ros.core.localize import Localizer
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import Frame
from vpr_ros.maps.indexes.make_index import index_for
from vpr_ros.maps.open_map import open_map
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.open_source import open_source

MOST_PAIRS = 999
"""One candidate more is asked for: the image itself may be among them."""


def add_parser(subparsers: Any) -> None:
    """Declare `retrieve`."""
    parser = subparsers.add_parser(
        "retrieve",
        help="write image pairs for hloc, kapture or COLMAP",
        description=(
            "For every image of SOURCE the images of MAP that look most like it, most alike first, as lines "
            "`query_name map_name` in hloc's format. Names are those of the image files below SOURCE and below what "
            "MAP was built from. No image is paired with one of its own name."
        ),
        epilog="example: vpr retrieve query/ ~/maps/aachen --pairs pairs.txt -k 40 --query-prefix query/ "
        "--map-prefix db/",
    )
    parser.add_argument("source", type=path_argument, metavar="SOURCE", help="bag or folder with the queries")
    parser.add_argument("map", type=path_argument, metavar="MAP", help="directory of the map")
    parser.add_argument("--pairs", type=path_argument, required=True, metavar="FILE", help="text file to be made")
    parser.add_argument("-k", type=int, default=40, metavar="K", help="pairs for each query (default 40)")
    parser.add_argument("--query-prefix", default="", metavar="TEXT", help="put before names of SOURCE")
    parser.add_argument("--map-prefix", default="", metavar="TEXT", help="put before names of MAP")
    parser.add_argument("--force", action="store_true", help="replace FILE")
    add_source_options(parser)
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the pairs as they are found, then say how many and where the time went."""
    if not 1 <= args.k <= MOST_PAIRS:
        raise UsageError(f"-k {args.k}: expected 1 to {MOST_PAIRS} pairs for each query")
    refuse_existing(args.pairs, args.force)  # before work begins
    needed = (f"retrieval.top_k={args.k + 1}", "rooms.enabled=false", "rooms.voters=1", "pose.enabled=false")
    settings, named = settings_from(args, *needed)
    source = open_source(args.source, source_options_from(args, settings))
    entries = source.entries()
    numbers = range(len(entries)) if args.frames is None else parse_frames(args.frames, len(entries))
    place_map = open_map(args.map)
    query_names = pair_names([entries[number].source_name for number in numbers], args.query_prefix, source.name)
    map_names = pair_names(place_map.table.source_names, args.map_prefix, str(place_map.path))
    localizer = make_localizer(place_map, index_for(settings, len(numbers)), named)
    pairing = Pairing(localizer, map_names, args.k)
    began = time.perf_counter()
    with new_file(args.pairs, args.force) as file:
        frames = track(source.frames(numbers), "retrieving", len(numbers))
        for frame, query in zip(frames, query_names, strict=True):
            names = pairing.names_for(frame, query)
            file.write("".join(f"{query} {name}\n" for name in names).encode("utf-8", "surrogateescape"))
    for line in pairing.summary(time.perf_counter() - began):
        print(line)
    print(f"{args.pairs}: {pairing.pairs} pairs of {len(numbers)} images with {len(map_names)} places")
    return 0


def pair_names(names: Sequence[str], prefix: str, where: str) -> list[str]:
    """Names as they stand in a pairs file. Raises SourceError for one that the format cannot hold."""
    full = [prefix + name for name in names]
    for name in full:
        if not name or name.split() != [name]:
            raise SourceError(
                f"{where}: the name {name!r} has a blank in it, and a pairs file parts names by blanks; rename it"
            )
    return full


class Pairing:
    """Names of the map's images for each query, by the localizer that robots run; keeps count on the way."""

    def __init__(self, localizer: Localizer, map_names: Sequence[str], count: int) -> None:
        self._localizer = localizer
        self._map_names = map_names
        self._count = count
        self._seconds: dict[str, float] = defaultdict(float)
        self._itself = 0
        self._blank: list[str] = []
        self.pairs = 0

    def names_for(self, frame: Frame, query: str) -> list[str]:
        """The names of the most similar images, best first; none for an image that shows nothing."""
        estimate = self._localizer.localize(frame)
        for stage, spent_ms in estimate.latency_ms.items():
            self._seconds[stage] += spent_ms / 1e3
        if estimate.refusal is not None:
            self._blank.append(query)
        row_of = self._localizer.place_map.table.row_of
        ranked = [self._map_names[row_of(candidate.place_id)] for candidate in estimate.candidates.ranked]
        others = [name for name in ranked if name != query]
        self._itself += len(others) < len(ranked)
        self.pairs += len(others[: self._count])
        return others[: self._count]

    def summary(self, took_s: float) -> Iterator[str]:
        """What is worth knowing after all frames, a line each."""
        if self._count > len(self._map_names):
            yield f"note: the map has {len(self._map_names)} places, so no image gets {self._count} pairs"
        if self._itself:
            yield (
                f"note: {self._itself} images stand in SOURCE and MAP under one name and were not paired with "
                "themselves; if they are different images, tell them apart by --query-prefix and --map-prefix"
            )
        if self._blank:
            some = ", ".join(self._blank[:3]) + (", ..." if len(self._blank) > 3 else "")
            yield f"note: {len(self._blank)} images show too little to be compared and have no pairs: {some}"
        spent = {**self._seconds, "reading and writing": took_s - sum(self._seconds.values())}
        told = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in spent.items())
        yield f"time: {told}; index: {self._localizer.about_index}; {self._localizer.about_reranking}"
