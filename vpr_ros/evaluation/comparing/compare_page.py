"""A comparison drawn: one self-contained page, every difference with its interval beside the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vpr_ros.core.errors import StorageError, UsageError
from vpr_ros.evaluation.comparing.compare_runs import ComparedFigure, Difference
from vpr_ros.evaluation.comparing.compare_text import difference_text, value_text
from vpr_ros.evaluation.report.assemble_page import PAGE
from vpr_ros.evaluation.report.words import markup

WIDTH_PX, HEIGHT_PX, EDGE_PX = 220, 22, 8
_STYLE = """
.compared { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.compared table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.compared th, .compared td { text-align: right; padding: 8px 12px; white-space: nowrap; }
.compared tr > * { border-bottom: 1px solid var(--line); }
.compared th:first-child { text-align: left; font-weight: 600; }
.compared thead th { color: var(--soft); max-width: 20ch; white-space: normal; overflow-wrap: anywhere; }
.compared .better { color: var(--right); font-weight: 700; }
.compared .worse { color: var(--wrong); font-weight: 700; }
.compared svg { display: block; margin: 0 auto; }
.compared thead th:nth-child(3n + 5) { text-align: center; }
.compared line { stroke: var(--muted); }
.compared .span { stroke-width: 5; stroke: var(--place); }
.compared circle { fill: var(--ink); }
.better .span { stroke: var(--right); } .better circle { fill: var(--right); }
.worse .span { stroke: var(--wrong); } .worse circle { fill: var(--wrong); }
"""


def write_comparison(
    path: Path, names: Sequence[str], figures: Sequence[ComparedFigure], about: str, force: bool
) -> None:
    """Raises UsageError where the file exists and `force` is not said, StorageError where it cannot be written."""
    if path.is_dir() or (path.exists() and not force):
        raise UsageError(f"{path} exists; choose another name" + ("" if path.is_dir() else ", or say --force"))
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(comparison_page(names, figures, about), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


def comparison_page(names: Sequence[str], figures: Sequence[ComparedFigure], about: str) -> str:
    """The page's text. Names are escaped here."""
    heads = "".join(
        f"<th scope='col'>{markup(name)}</th>" + ("" if first else _heads()) for first, name in _first(names)
    )
    shares = [difference for figure in figures if figure.is_share for difference in figure.differences if difference]
    reach = max([_reach(difference) for difference in shares], default=0.0) or 1.0
    rows = "".join(_row(figure, reach) for figure in figures)
    title = markup(" | ".join(names))
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{(PAGE / 'page.css').read_text(encoding='utf-8')}{_STYLE}</style></head>"
        f"<body><main><p class='eyebrow'>Comparison</p><h1>{title}</h1><p class='summary'>{markup(about)} Differences "
        "are to the first, in percentage points, with the interval that 95% of paired draws of sequences lie in. In "
        "colour where chance is an unlikely cause: the interval leaves out zero.</p><div class='compared' tabindex='0'>"
        f"<table><thead><tr><th scope='col'>figure</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        "</main></body></html>\n"
    )


def _first(names: Sequence[str]) -> Iterator[tuple[bool, str]]:
    return ((number == 0, name) for number, name in enumerate(names))


def _heads() -> str:
    return "<th scope='col'>difference</th><th scope='col'><span aria-hidden='true'>less | more</span></th>"


def _row(figure: ComparedFigure, reach: float) -> str:
    cells = f"<th scope='row'>{markup(figure.name)}</th><td>{value_text(figure, figure.values[0])}</td>"
    for value, difference in zip(figure.values[1:], figure.differences, strict=True):
        tone = _tone(figure, difference)
        drawn = _draw(difference, reach) if difference is not None and figure.is_share else ""
        cells += f"<td>{value_text(figure, value)}</td><td class='{tone}'>{difference_text(figure, difference)}</td>"
        cells += f"<td class='{tone}'>{drawn}</td>"
    return f"<tr>{cells}</tr>"


def _tone(figure: ComparedFigure, difference: Difference | None) -> str:
    if difference is None or not difference.telling:
        return ""
    return "better" if (difference.value > 0) == figure.higher_is_better else "worse"


def _draw(difference: Difference, reach: float) -> str:
    """Zero in the middle, the interval as a bar, the difference as a dot."""
    middle = HEIGHT_PX / 2
    low, high = (_x(bound, reach) for bound in difference.interval or (difference.value, difference.value))
    return (
        f"<svg width='{WIDTH_PX}' height='{HEIGHT_PX}' aria-hidden='true'>"
        f"<line x1='{_x(0, reach):.1f}' x2='{_x(0, reach):.1f}' y1='1' y2='{HEIGHT_PX - 1}'/>"
        f"<line class='span' x1='{low:.1f}' x2='{high:.1f}' y1='{middle}' y2='{middle}'/>"
        f"<circle cx='{_x(difference.value, reach):.1f}' cy='{middle}' r='5'/></svg>"
    )


def _x(value: float, reach: float) -> float:
    return EDGE_PX + (value / reach + 1) / 2 * (WIDTH_PX - 2 * EDGE_PX)


def _reach(difference: Difference) -> float:
    return max(abs(bound) for bound in (*(difference.interval or (0.0, 0.0)), difference.value))
