"""Numbers and names as people read them. Everything that comes from files passes through here before it is shown."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any


def shown(text: object) -> str:
    """A name on one line: what cannot be printed (line breaks, controls, half characters) as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text))


def markup(text: object) -> str:
    """A name inside HTML, in text or in a quoted attribute."""
    return html.escape(shown(text), quote=True)


def plot_text(text: object, most: int = 40) -> str:
    """A name inside a plot, whose library takes some markup for its own."""
    name = shown(text)
    return html.escape(name if len(name) <= most else name[: most - 1] + "…", quote=False)


def percent(share: float) -> str:
    """0.9753 -> 97.5%; never rounded to all or nothing."""
    for digits in (1, 2, 3):
        told = f"{100 * share:.{digits}f}"
        if float(told) not in (0.0, 100.0) or share in (0.0, 1.0):
            break
    return f"{told.rstrip('0').rstrip('.')}%"


def metres(value: float) -> str:
    """0.234 -> 0.23 m; 0.0345 -> 3.5 cm; 0.0023 -> 2.3 mm."""
    if not math.isfinite(value):
        return "no pose"
    if 0 < value < 0.1:
        return f"{100 * value:.1f} cm" if value >= 0.00995 else f"{1000 * value:.1f} mm"
    return f"{value:.2f} m" if value < 10 else f"{value:.1f} m" if value < 1000 else f"{value:.0f} m"


def degrees(value: float) -> str:
    """6.24 -> 6.2°; 0.066 -> 0.07°."""
    if math.isnan(value):
        return "no heading known"
    digits = 1 if value >= 0.995 or value == 0 else 2
    return f"{value:.{digits}f}°" if math.isfinite(value) else "no pose"


def milliseconds(value: float) -> str:
    """13.8 -> 13.8 ms; 1234 -> 1.23 s."""
    if value < 1:
        return f"{value:.2f} ms"
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.2f} s"


def rate(value: float) -> str:
    """0.123 -> 0.12; 1234.5 -> 1,234."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def count_of(count: int, singular: str, plural: str | None = None) -> str:
    """1 image, 12,000 images."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def interval_text(interval: Sequence[float] | None) -> str:
    """[0.91, 0.99] -> 95% interval 91% to 99%; empty where there is none, or where draws of the same say nothing."""
    return "" if interval is None or interval[0] == interval[1] else f"95% interval {span(interval)}"


def span(interval: Sequence[float]) -> str:
    """[0.91, 0.99] -> 91% to 99%."""
    return f"{percent(interval[0])} to {percent(interval[1])}"


def positives_text(positives: str) -> str:
    """What --positives means, as the end of the sentence `A place is right when ...`."""
    values = dict(part.partition("=")[::2] for part in positives.split(",") if "=" in part)
    if positives.lower().endswith(".json"):
        return f"the file {markup(positives)} lists it for the query"
    angle = values.get("angle")
    turned = f" and is turned by less than {markup(angle)}° from it" if angle else ""
    if "overlap" in values:
        return f"its view overlaps the query's by more than {percent(float(values['overlap']))}{turned}"
    if "distance" in values:
        return f"it was seen from within {markup(values['distance'])} m of the query{turned}"
    if "label" in values:
        return f"it carries the same {markup(values['label'])} label as the query"
    return f"it meets {markup(positives)}"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], caption: str) -> str:
    """An HTML table of texts that are escaped here; the first column names the row."""
    heads = "".join(f'<th scope="col">{markup(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{markup(row[0])}</th>{"".join(f"<td>{markup(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll"><table><caption>{markup(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
