"""`vpr train vocabulary`: the centres of VLAD, from several drives, for maps that are still to be built."""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.assemble import make_ingredients, settle_features
from vpr_ros.cli.options import add_settings_options, add_source_options, settings_from, source_options_from
from vpr_ros.cli.progress import track
from vpr_ros.core.errors import StorageError, UsageError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import Array, FloatArray, Frame, PatchExtractor
from vpr_ros.core.settings import LEARNED_HERE, Settings
from vpr_ros.core.spread import spread
from vpr_ros.core.vocabulary import Vocabulary, VocabularyOrigin
from vpr_ros.maps.learn_vocabulary import learn_vocabularies
from vpr_ros.maps.map_format import MANIFEST
from vpr_ros.maps.npy_file import create_npy
from vpr_ros.maps.storage_errors import storage_errors
from vpr_ros.maps.vocabulary_file import read_vocabulary, write_vocabulary
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.select_keyframes import select_keyframes
from vpr_ros.sources.source import Source


def add_parser(subparsers: Any) -> None:
    """Declare `vocabulary` among the subcommands of `vpr train`."""
    parser = subparsers.add_parser(
        "vocabulary",
        help="learn the centres of VLAD from one or more drives, or take them over",
        description=(
            "Learns a vocabulary from bags or folders and keeps it in a file, to be named when maps are built: "
            "`vpr map build ... --set aggregation.vocabulary=FILE`. A MAP as the only SOURCE lends its own."
        ),
        epilog="example: vpr train vocabulary office.mcap home.mcap -o indoor.vocabulary --kind domain --name indoor",
    )
    parser.add_argument("sources", type=path_argument, nargs="*", metavar="SOURCE", help="bags, folders, or one map")
    parser.add_argument("-o", "--output", type=path_argument, required=True, metavar="FILE", help="file to write")
    parser.add_argument(
        "--kind",
        choices=("domain", "global"),
        help="what it is meant for: a domain such as indoor, urban, aerial, or everything (default domain; a MAP's own "
        "stays what it is)",
    )
    parser.add_argument("--name", metavar="NAME", help="what to call it (default: from FILE)")
    parser.add_argument(
        "--centres",
        type=path_argument,
        metavar="PT",
        help="take the centres of a file of AnyLoc (c_centers.pt) instead of learning; name its features",
    )
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")
    add_source_options(parser)
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Learn or take over, and write."""
    if bool(args.sources) == (args.centres is not None):
        raise UsageError("name the SOURCEs to learn from, or --centres: one of them")
    if args.output.exists() and not args.force:
        raise UsageError(f"{args.output} is there already; --force replaces it")
    if not args.output.parent.is_dir():
        raise StorageError(f"{args.output}: there is no folder {args.output.parent}; make it first")
    vocabulary = _vocabulary(args)
    write_vocabulary(args.output, vocabulary)
    clusters, dimension = vocabulary.centres.shape
    origin = vocabulary.origin
    features = origin.fingerprint.get("name", "")
    print(
        f"{args.output}: {clusters} centres of {dimension}-d {features} patches, {origin.kind} vocabulary {origin.name}"
    )
    return 0


def _vocabulary(args: argparse.Namespace) -> Vocabulary:
    maps = [path for path in args.sources if (path / MANIFEST).is_file()]
    if maps and len(args.sources) > 1:
        raise UsageError(
            f"{maps[0]} is a map, which lends its vocabulary only as the only SOURCE; learn from its drive"
        )
    if maps:
        return _lent(read_vocabulary(maps[0]), args.kind, args.name)
    kind = args.kind or "domain"
    settings, _ = settle_features(settings_from(args, f"aggregation.vocabulary={LEARNED_HERE}")[0])
    extractor = _only_extractor(settings)
    name = args.name or args.output.stem
    if args.centres is not None:
        from vpr_ros.features.foreign_centres import read_centres

        centres = read_centres(args.centres, extractor.dimension)
        return Vocabulary(centres, VocabularyOrigin(kind, name, (args.centres.name,), extractor.fingerprint))
    options = source_options_from(args, settings)
    sources = [open_source(path, options) for path in args.sources]
    centres = _learn(sources, args.frames, extractor, settings)
    told = tuple(source.name for source in sources)
    return Vocabulary(centres, VocabularyOrigin(kind, name, told, extractor.fingerprint))


def _lent(vocabulary: Vocabulary, kind: str | None, name: str | None) -> Vocabulary:
    """A map's vocabulary, under another kind and name where they are said."""
    origin = vocabulary.origin
    renamed = dataclasses.replace(origin, kind=kind or origin.kind, name=name or origin.name)
    return dataclasses.replace(vocabulary, origin=renamed)


def _only_extractor(settings: Settings) -> PatchExtractor:
    ingredients = make_ingredients(settings)
    if len(ingredients.to_learn) != 1:
        raise UsageError(
            "a vocabulary is of one kind of features: set features.name and aggregation.name=vlad, and no ensemble"
        )
    return ingredients.to_learn[0]


def _learn(sources: Sequence[Source], frames: str | None, extractor: PatchExtractor, settings: Settings) -> FloatArray:
    """From equally many keyframes of each source, `aggregation.vocabulary_frames` together."""
    share = max(1, settings.aggregation.vocabulary_frames // len(sources))
    chosen = [spread(_numbers(source, frames, settings), share) for source in sources]
    total = sum(map(len, chosen))
    pictures = track(_frames(sources, chosen), "learning the vocabulary", total)
    name = ", ".join(source.name for source in sources)
    with tempfile.TemporaryDirectory(prefix="vpr_vocabulary_") as folder:

        def scratch(part: str, shape: tuple[int, ...], dtype: type) -> Array:
            with storage_errors("working memory on disk", Path(folder)):
                return create_npy(Path(folder) / part, np.dtype(dtype).str, shape, header=False)

        (centres,) = learn_vocabularies(pictures, total, name, [extractor], settings, scratch)
    return centres


def _numbers(source: Source, frames: str | None, settings: Settings) -> Sequence[int]:
    entries = source.entries()
    return select_keyframes(entries, settings.map) if frames is None else parse_frames(frames, len(entries))


def _frames(sources: Sequence[Source], chosen: Sequence[Sequence[int]]) -> Iterator[Frame]:
    for source, numbers in zip(sources, chosen, strict=True):
        yield from source.frames(numbers)
