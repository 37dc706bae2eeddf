"""Overlap prediction against depth: does it find what two images share, and the right place more often than nothing?

Real images (the red kitchen) and simulated flats at dusk on a map of the day. For each way of ordering 20 candidates:
how its score ranks pairs by the overlap that depth tells, R@1 and R@5, and the gain of R@1 over retrieval alone and
over spatial verification by SIFT, with 95% of paired draws of stretches of queries.

python -m benchmarks.overlap_prediction                                    untrained patches
python -m benchmarks.overlap_prediction --encoder dense_sift=FILE --ablation   and a trained encoder, taken apart
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.baseline import MOBILENET
from benchmarks.overlap_describe import RAW, Describer, ask
from benchmarks.overlap_figures import Difference
from benchmarks.overlap_orders import Contest, Row, ways_of
from benchmarks.overlap_task import Task, flat, kitchen
from benchmarks.rerank_by_sift import SiftVerifier
from benchmarks.shared_data import shared_data
from vpr_ros.core.embed_patches import PatchEmbedder, raw_embedder
from vpr_ros.core.errors import UsageError
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.settings import Settings
from vpr_ros.maps.overlap_encoder_file import read_overlap_encoder

TRAINED = "trained"
HEAD = (
    "| data | features | order of the candidates | AUC, all pairs | AUC, shortlists | Spearman, shortlists | R@1 | R@5 "
    "| R@1 over retrieval (95%) | over SIFT (95%) | ms |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def main(argv: Sequence[str] | None = None) -> None:
    args = _parser().parse_args(argv)
    args.features = args.features or ["dense_sift", "mobilenet"]
    encoders = _encoders(args.encoder, args.features)
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for task in _tasks(args, Path(scratch)):
            verifier = SiftVerifier(task)
            for features in args.features:
                settings = override_settings(Settings(), [*_assignments(features), *args.assignments])
                for line in measure(task, features, settings, encoders.get(features), verifier, args.ablation):
                    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.overlap_prediction",
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--features",
        action="append",
        help="dense_sift, mobilenet or another features.name; may be repeated (default: these two)",
    )
    parser.add_argument(
        "--encoder",
        action="append",
        default=[],
        metavar="FEATURES=FILE",
        help="of `vpr train overlap`; may be repeated",
    )
    parser.add_argument(
        "--half", type=int, action="append", choices=(0, 1), help="of the kitchen (default: 1, the second)"
    )
    parser.add_argument("--seed", type=int, action="append", help="a flat; may be repeated (default: 1 and 2)")
    parser.add_argument("--only", choices=("kitchen", "flats"), help="leave the other out")
    parser.add_argument("--flats", type=Path, metavar="DIR", help="keep drives here as SEED_DRIVE, and use those there")
    parser.add_argument("--stride", type=int, default=6, help="ask every Nth image of a flat (default 6: 2 s apart)")
    parser.add_argument("--ablation", action="store_true", help="other scorings, radii and float32 too")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="a setting, as `vpr` takes it",
    )
    return parser


def _encoders(named: Sequence[str], features: Sequence[str]) -> dict[str, Path]:
    found = {}
    for each in named:
        name, equals, path = each.partition("=")
        if not equals or name not in features:
            raise UsageError(f"--encoder {each}: expected FEATURES=FILE, features being {' or '.join(features)}")
        found[name] = Path(path)
    return found


def _tasks(args: argparse.Namespace, scratch: Path) -> Iterator[Task]:
    if args.only != "flats":
        for half in args.half or [1]:
            yield kitchen(shared_data() / "seven_scenes_redkitchen", half)
    if args.only != "kitchen":
        for seed in args.seed or [1, 2]:
            yield flat(seed, args.flats or scratch, args.stride)


def _assignments(features: str) -> list[str]:
    if features != "mobilenet":
        return [f"features.name={features}"]
    weights = shared_data().parent / "models" / MOBILENET
    return [
        "features.name=cnn",
        "features.cnn.model=mobilenet_v2_tflite",
        f"features.cnn.weights={weights}",
        "aggregation.name=gem",
    ]


def measure(
    task: Task, features: str, settings: Settings, encoder: Path | None, verifier: SiftVerifier, ablation: bool
) -> Iterator[str]:
    """Lines of the table. Raises UsageError for an encoder of other features."""
    describer = Describer(task, settings)
    embedders = {RAW: raw_embedder(describer.extractor.dimension)}
    if encoder is not None:
        trained = read_overlap_encoder(encoder)
        if trained.fingerprint != describer.extractor.fingerprint:
            raise UsageError(f"{encoder}: trained on other features than {features}")
        embedders[TRAINED] = PatchEmbedder(trained)
    contest = Contest(ask(task, settings, describer, embedders), verifier)
    name = f"{task.name}, {contest.counted} queries, {len(task.keyframes)} places"
    for row in contest.rows(ways_of(list(embedders), settings.rerank, ablation)):
        yield line_of(name, features, row)


def line_of(data: str, features: str, row: Row) -> str:
    """One line of Markdown."""
    cells = [
        data,
        features,
        row.name,
        *(_told(value) for value in (row.area_pairs, row.area_lists, row.rho, row.recall_1, row.recall_5)),
        _difference(row.gain),
        _difference(row.over_sift),
        f"{row.milliseconds:.0f}" if row.milliseconds else "",
    ]
    return f"| {' | '.join(cells)} |"


def _told(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _difference(found: Difference) -> str:
    if math.isnan(found.low):
        return f"{found.mean:+.3f}"
    return f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


if __name__ == "__main__":
    try:
        main()
    except UsageError as error:
        sys.exit(f"overlap_prediction: {error}")
