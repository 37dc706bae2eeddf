"""What a section of the page is made of: words, and figures as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A plot. traces and layout: as plotly's JSON schema has them, names inside already safe (`plot_text`).

    Colours are names of the page's own (`var(--right)`), so that they follow light and dark. alt: what it says, for
    those who cannot see it. tall: its height in pixels. asks: points of it open what stands in `customdata`: the query
    of this index, or the list under this title.
    """

    name: str
    caption: str
    alt: str
    traces: list[dict[str, Any]]
    layout: dict[str, Any] = field(default_factory=dict)
    tall: int = 320
    asks: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """One part of the page. anchor: its id. short: its name in the list of sections. lead and body are HTML, made safe
    by whoever wrote it. lists: queries that it offers to show, indices by title."""

    anchor: str
    short: str
    title: str
    lead: str
    figures: tuple[Figure, ...] = ()
    body: str = ""
    lists: Mapping[str, Sequence[int]] = field(default_factory=dict)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """A plot's axis that does not zoom, so that a thumb can scroll past it."""
    return {"title": {"text": title}, "fixedrange": True, **more}


def share_axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis from 0 to 100%."""
    return axis(title, **{"tickformat": ".0%", "range": [0, 1.03], **more})
