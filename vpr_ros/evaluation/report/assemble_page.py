"""One file of HTML from sections, data, style and scripts. Nothing in it is fetched, and only its own scripts run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from vpr_ros.core.extra_library import extra_library
from vpr_ros.evaluation.report.section import Figure, Section
from vpr_ros.evaluation.report.words import markup

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("plots.js", "detail.js", "gallery.js")


def assemble_page(
    title: str, headline: str, sections: Sequence[Section], details: Mapping[str, Any], plotly: str
) -> str:
    """The page's text. headline and the sections' bodies are HTML already; everything else is escaped here. plotly: of
    `plotly_script`."""
    figures = [_figure_data(figure) for section in sections for figure in section.figures]
    lists = {title: list(indices) for section in sections for title, indices in section.lists.items()}
    script = "\n".join(_read(name) for name in SCRIPTS)
    return Template(_read("page.html")).substitute(
        policy=_policy(plotly, script),
        title=markup(title),
        style=_read("page.css"),
        headline=headline,
        contents="".join(f'<a href="#{section.anchor}">{markup(section.short)}</a>' for section in sections),
        sections="\n".join(map(_section, sections)),
        data=embed_json({"figures": figures, "details": details, "lists": lists}),
        plotly=plotly,
        script=script,
    )


def plotly_script() -> str:
    """The plots' library, as it is installed here. Raises WeightsError where it is not."""
    return str(extra_library("plotly.offline", "evaluation").get_plotlyjs())


def embed_json(value: Any) -> str:
    """JSON that can stand inside a script element: with no `<` that could end it."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(*scripts: str) -> str:
    """Only these scripts may run, only pictures inside the page may be shown, and nothing may be asked of a network."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'"


def _section(section: Section) -> str:
    figures = "".join(map(_figure, section.figures))
    listed = f'<div class="figures">{figures}</div>' if figures else ""
    return (
        f'<section id="{section.anchor}" aria-labelledby="{section.anchor}-title">'
        f'<h2 id="{section.anchor}-title">{markup(section.title)}</h2><p class="lead">{section.lead}</p>'
        f"{listed}{section.body}</section>"
    )


def _figure(figure: Figure) -> str:
    size = ' class="wide"' if figure.wide else ""
    return (
        f"<figure{size}><figcaption>{markup(figure.caption)}</figcaption>"
        f'<div class="plot" id="plot-{figure.name}" role="img" aria-label="{markup(figure.alt)}"'
        f' style="height:{figure.tall}px"></div></figure>'
    )


def _figure_data(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "traces": figure.traces,
        "layout": figure.layout,
        "tall": figure.tall,
        "asks": figure.asks,
    }


def _read(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
