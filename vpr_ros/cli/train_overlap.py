"""`vpr train overlap`: what predicts how much two images share, learned from drives with depth and poses."""

from __future__ import annotations

import argparse
import datetime
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from vpr_ros.assemble import make_ingredients, settle_features
from vpr_ros.cli.new_file import new_file, refuse_existing
from vpr_ros.cli.options import add_settings_options, add_source_options, settings_from, source_options_from
from vpr_ros.cli.progress import track
from vpr_ros.core.errors import StorageError, UsageError, VprError
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import Array, PatchExtractor
from vpr_ros.core.settings import Settings
from vpr_ros.core.spread import spread
from vpr_ros.maps.overlap_encoder_file import SUFFIX, EncoderOrigin, write_overlap_encoder
from vpr_ros.sources.frame_slices import parse_frames
from vpr_ros.sources.open_source import open_source
from vpr_ros.sources.select_keyframes import select_keyframes
from vpr_ros.training.draw_curves import draw_curves
from vpr_ros.training.drive_arguments import FRAMES, DriveArgument, check_apart, parse_drives
from vpr_ros.training.learn_overlap import (
    DriveToLearn,
    LearnedOverlap,
    OverlapPlan,
    describe_plan,
    is_begun,
    learn_overlap,
)
from vpr_ros.training.training_settings import TrainingSettings
from vpr_ros.training.work_folder import open_work_folder, remove_work_folder

INTERRUPTED = 130
DEFAULTS = TrainingSettings()


def add_parser(subparsers: Any) -> None:
    """Declare `overlap` among the subcommands of `vpr train`."""
    parser = subparsers.add_parser(
        "overlap",
        help="learn from drives with depth and poses how much two images share",
        description=(
            "Trains the encoder that patches are compared through when candidates are reranked, for the features that "
            "the settings name. A SOURCE is a bag or folder with depth and poses; drives of one place that share a map "
            "frame are joined by +, frames of one are named by @: day.mcap+dusk.mcap, walk@0:125."
        ),
        epilog="example: vpr train overlap day.mcap+dusk.mcap home.mcap -o indoor.safetensors",
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="drives, those on one map joined by +")
    parser.add_argument("-o", "--output", type=path_argument, required=True, metavar="FILE", help="file to write")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted training of FILE")
    parser.add_argument("--force", action="store_true", help="replace FILE, or start again after an interruption")
    _add_training_options(parser)
    add_source_options(parser)
    add_settings_options(parser)
    parser.set_defaults(run=run)


def _add_training_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("training")
    numbers: tuple[tuple[str, type, float, float, object, str], ...] = (
        ("--epochs", int, 1, 10_000, DEFAULTS.epochs, "times that every pair is learned from at most"),
        ("--patience", int, 1, 10_000, DEFAULTS.patience, "epochs without a better held-out loss until it stops"),
        ("--pairs", int, 1, 100_000, 200, "pairs of each bin of overlap, of each drive"),
        ("--views", int, 8, 100_000, 250, "keyframes of each drive, spread over it"),
        ("--lights", int, 0, 16, 1, "versions of each image under other light"),
        ("--dimensions", int, 1, 128, DEFAULTS.dimensions, "numbers of an embedding"),
        ("--batch", int, 1, 4096, DEFAULTS.batch, "pairs at once"),
        ("--learning-rate", float, 1e-7, 1.0, DEFAULTS.learning_rate, "of the first epochs"),
        ("--seed", int, 0, 2**31 - 1, DEFAULTS.seed, "of everything drawn by chance"),
    )
    for name, kind, low, high, default, told in numbers:
        group.add_argument(
            name, type=_number(name, kind, low, high), default=default, metavar="N", help=f"{told} (default {default})"
        )


def _number(name: str, kind: type, low: float, high: float) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{name} {text!r} is no number") from error
        if not (math.isfinite(value) and low <= value <= high):
            raise argparse.ArgumentTypeError(f"{name} {text} is outside {low:g}..{high:g}")
        return value

    return parse


def run(args: argparse.Namespace) -> int:
    """Train, and write the encoder and the picture of its training."""
    curves = args.output.with_suffix(".png")
    if curves == args.output:
        raise UsageError(
            f"-o {args.output}: the picture of the training would get this name; name the encoder *{SUFFIX}"
        )
    for path in (args.output, curves):
        refuse_existing(path, args.force or args.resume)
    if not args.output.parent.is_dir():
        raise StorageError(f"{args.output}: there is no folder {args.output.parent}; make it first")
    settings, choice = settle_features(settings_from(args)[0])
    if choice is not None:
        print(f"features: {choice.name} (chosen: {choice.reason})")
    extractor = _only_extractor(settings)
    arguments = [_of_frames(args.frames, parse_drives(text)) for text in args.sources]
    check_apart(arguments)
    groups = [[_drive(each, args, settings) for each in drives] for drives in arguments]
    plan = OverlapPlan(args.pairs, args.lights, _training_settings(args))
    folder = args.output.with_name(f"{args.output.name}.training")
    open_work_folder(folder, describe_plan(groups, extractor, settings.image, plan), args.resume, args.force)
    try:
        learned = learn_overlap(groups, extractor, settings.image, plan, folder, track, _tell)
    except KeyboardInterrupt:
        print(f"vpr: interrupted; the same command with --resume goes on ({folder})", file=sys.stderr)
        return INTERRUPTED
    except VprError:
        if not is_begun(folder):
            remove_work_folder(folder)
        raise
    sources = tuple(_named(*each) for pair in zip(arguments, groups, strict=True) for each in zip(*pair, strict=True))
    _write(learned, args.output, curves, sources, settings)
    remove_work_folder(folder)
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)  # hours may lie between two of them


def _training_settings(args: argparse.Namespace) -> TrainingSettings:
    return TrainingSettings(
        dimensions=args.dimensions,
        epochs=args.epochs,
        batch=args.batch,
        learning_rate=args.learning_rate,
        patience=args.patience,
        seed=args.seed,
    )


def _only_extractor(settings: Settings) -> PatchExtractor:
    extractors = {id(extractor): extractor for extractor, _ in make_ingredients(settings).members}
    if len(extractors) != 1:
        raise UsageError("an overlap encoder is of one kind of features: set features.name, and no ensemble")
    (extractor,) = extractors.values()
    return extractor


def _of_frames(frames: str | None, drives: Sequence[DriveArgument]) -> list[DriveArgument]:
    """Drives that do not say their own frames are of these."""
    return [replace(drive, frames=drive.frames or frames) for drive in drives]


def _drive(argument: DriveArgument, args: argparse.Namespace, settings: Settings) -> DriveToLearn:
    source = open_source(argument.path, source_options_from(args, settings))
    entries = source.entries()
    frames = argument.frames
    numbers = select_keyframes(entries, settings.map) if frames is None else parse_frames(frames, len(entries))
    return DriveToLearn(source, list(spread(numbers, args.views)))


def _named(argument: DriveArgument, drive: DriveToLearn) -> str:
    """A drive as the encoder's file tells of it: what of it was learned from belongs to that."""
    return drive.source.name if argument.frames is None else f"{drive.source.name}{FRAMES}{argument.frames}"


def _write(learned: LearnedOverlap, path: Path, curves: Path, sources: tuple[str, ...], settings: Settings) -> None:
    figures = {
        "held_out_loss_before": learned.epochs[0].held_out_loss,
        "held_out_loss": learned.best.held_out_loss,
        "area_before": learned.area_before,
        "area": learned.area_after,
    }
    known = {name: value for name, value in figures.items() if math.isfinite(value)}
    date = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    origin = EncoderOrigin(sources, date, settings.image.long_side_px, known)
    write_overlap_encoder(path, learned.encoder, origin)
    picture: Array = draw_curves(learned.epochs, f"{path.name}: {', '.join(sources)}")
    with new_file(curves, force=True) as file:
        file.write(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
    weight = learned.encoder.patch_weight
    print(
        f"{path}: {weight.shape[1]}-d embeddings of {weight.shape[0]}-d {learned.encoder.fingerprint['name']} patches"
    )
    print(
        f"held-out places, overlap above 0.25 told apart: area {learned.area_before:.3f} untrained, "
        f"{learned.area_after:.3f} now; loss {figures['held_out_loss_before']:.4f}, {figures['held_out_loss']:.4f} now"
    )
    print(f"curves: {curves}")
