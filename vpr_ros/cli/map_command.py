"""`vpr map`: the commands about maps, each in a file of its own."""

from __future__ import annotations

from typing import Any

from vpr_ros.cli import map_build, map_info


def add_parser(subparsers: Any) -> None:
    """Declare `map` and what belongs to it."""
    parser = subparsers.add_parser(
        "map", help="build a map, or see what one holds", description="Build and inspect maps."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    map_build.add_parser(commands)
    map_info.add_parser(commands)
