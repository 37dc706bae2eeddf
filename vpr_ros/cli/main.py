"""`vpr`: finds the subcommand, runs it, and turns every expected error into one line and an exit code.

Exit codes: 0 done; 1 other errors; 2 wrong usage or settings; 3 a source or image cannot be used; 4 a map cannot be
used; 5 something cannot be written; 6 a network's weights cannot be used; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import vpr_ros
from vpr_ros.cli.heed_interruptions import heed_interruptions, heed_no_more
from vpr_ros.sleeping_threads import let_threads_sleep

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `vpr` with these arguments (the process's own when None) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names need not be text
    try:
        code = _run(argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _tell("vpr: interrupted; nothing half-written was kept", INTERRUPTED)
    except BrokenPipeError:
        _leave_stdout()  # the reader of our output (head, say) has what it wanted
        return 0
    except OSError as error:
        _leave_stdout()
        return _tell(f"vpr: error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", 5)
    return code


def entry() -> int:
    """The process `vpr`: being told to end is an interruption too, so that what was begun is cleaned up."""
    let_threads_sleep()
    heed_interruptions()
    code = main()
    heed_no_more()  # told once is enough: Python's own way out is short
    return code


def _run(argv: Sequence[str] | None) -> int:
    # Here and not above: importing takes longest, and Ctrl-C meanwhile shall be one line as well.
    from vpr_ros.core.errors import VprError

    try:
        args = _parser().parse_args(argv)
        return args.run(args) or 0
    except VprError as error:
        return _tell(f"vpr: error: {error}", error.exit_code)


def _parser() -> argparse.ArgumentParser:
    from vpr_ros.cli import (
        benchmark,
        compare,
        demo,
        doctor,
        evaluate,
        localize,
        map_command,
        play,
        record,
        retrieve,
        simulate,
        train_command,
    )

    parser = argparse.ArgumentParser(
        prog="vpr",
        description="Visual localization: build a map from a drive, ask it where an image was taken.",
        epilog="exit codes: 0 done, 1 error, 2 usage or settings, 3 source or image, 4 map, 5 cannot write, 6 weights, "
        "130 Ctrl-C",
    )
    parser.add_argument("--version", action="version", version=f"vpr_ros {vpr_ros.__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (
        map_command,
        train_command,
        doctor,
        localize,
        retrieve,
        evaluate,
        compare,
        benchmark,
        simulate,
        play,
        record,
        demo,
    ):
        command.add_parser(subparsers)
    return parser


def _tell(line: str, code: int) -> int:
    """One line, whatever file names hold."""
    print("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line), file=sys.stderr)
    return code


def _leave_stdout() -> None:
    """Python would complain at exit that stdout cannot be flushed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(entry())
