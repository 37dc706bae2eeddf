"""What a check says: one line a person can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OK, WARN, FAIL, SKIP = "ok", "warn", "FAIL", "skip"
LEVELS = (OK, SKIP, WARN, FAIL)
"""From the best to the worst. SKIP: nobody could look, and what it would take."""


@dataclass(frozen=True)
class Finding:
    """check: its short name. todo: empty where there is nothing to do. numbers: what was measured, names say units."""

    check: str
    level: str
    found: str
    todo: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.level:<4}  {self.check:<11}  {self.found}" + (f": {self.todo}" if self.todo else "")


def ok(check: str, found: str, **numbers: float) -> Finding:
    """It is as it should be."""
    return Finding(check, OK, found, "", numbers)


def warn(check: str, found: str, todo: str, **numbers: float) -> Finding:
    """It works, and worse than it could."""
    return Finding(check, WARN, found, todo, numbers)


def fail(check: str, found: str, todo: str, **numbers: float) -> Finding:
    """Places or poses will be missing or wrong."""
    return Finding(check, FAIL, found, todo, numbers)


def skip(check: str, why: str, todo: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(check, SKIP, f"not looked at: {why}", todo)


def worst(findings: Sequence[Finding]) -> str:
    """The worst level among them, `ok` where there is none."""
    return max((each.level for each in findings), key=LEVELS.index, default=OK)


def per_cent(share: float) -> str:
    """As people read it."""
    return f"{100 * share:.0f}%" if share >= 0.1 or share == 0 else f"{100 * share:.1f}%"
