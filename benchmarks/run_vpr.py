"""`vpr` as a person types it, in this process; a benchmark ends where it fails."""

from __future__ import annotations

import sys

from vpr_ros.cli.main import main


def run_vpr(*words: object) -> None:
    """Run `vpr WORDS`; its own message has said why it failed."""
    if main([str(word) for word in words]):
        sys.exit(f"vpr {' '.join(map(str, words[:3]))} failed")
