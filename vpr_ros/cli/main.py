"""`vpr`: finds the subcommand, runs it, and turns every expected error into one line and an exit code.

Exit codes: 0 done; 1 other errors; 2 wrong usage or settings; 3 a source or image cannot be used; 4 a map cannot be
used; 5 something cannot be written; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import vpr_ros
from vpr_ros.cli import demo, localize, map_command, play, simulate
from vpr_ros.core.errors import VprError

COMMANDS = (map_command, localize, simulate, play, demo)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `vpr` with these arguments (the process's own when None) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names need not be text
    try:
        args = _parser().parse_args(argv)
        return args.run(args) or 0
    except VprError as error:
        print(f"vpr: error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("vpr: interrupted; nothing half-written was kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output (head, say) has what it wanted; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vpr",
        description="Visual localization: build a map from a drive, ask it where an image was taken.",
        epilog="exit codes: 0 done, 1 error, 2 usage or settings, 3 source or image, 4 map, 5 cannot write, 130 Ctrl-C",
    )
    parser.add_argument("--version", action="version", version=f"vpr_ros {vpr_ros.__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
