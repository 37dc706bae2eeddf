"""`vpr train`: what is learned from drives, each in a file of its own."""

from __future__ import annotations

from typing import Any

from vpr_ros.cli import train_overlap, train_vocabulary


def add_parser(subparsers: Any) -> None:
    """Declare `train` and what belongs to it."""
    parser = subparsers.add_parser(
        "train", help="learn something from drives", description="Learn from drives what maps are built with."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    train_vocabulary.add_parser(commands)
    train_overlap.add_parser(commands)
