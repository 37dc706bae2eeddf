"""report.html: the table of contents. Every section is a file of its own, and absent where it has nothing to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import StorageError
from vpr_ros.evaluation.files.run_folder import REPORT
from vpr_ros.evaluation.records import Run
from vpr_ros.evaluation.report.assemble_page import assemble_page, plotly_script
from vpr_ros.evaluation.report.conditions import conditions_section
from vpr_ros.evaluation.report.encode_pictures import encode_pictures
from vpr_ros.evaluation.report.headline import headline_html
from vpr_ros.evaluation.report.list_failures import failures_section
from vpr_ros.evaluation.report.paint_clusters import clusters_section
from vpr_ros.evaluation.report.plot_calibration import calibration_section
from vpr_ros.evaluation.report.plot_descriptors import descriptors_section
from vpr_ros.evaluation.report.plot_errors import errors_section
from vpr_ros.evaluation.report.plot_labels import labels_section
from vpr_ros.evaluation.report.plot_latency import latency_section
from vpr_ros.evaluation.report.plot_places import places_section
from vpr_ros.evaluation.report.plot_plan import plan_section
from vpr_ros.evaluation.report.query_details import details_of
from vpr_ros.evaluation.report.section import Section
from vpr_ros.evaluation.report.verdicts import count_verdicts
from vpr_ros.evaluation.summary.summarize_run import summarize_run


def write_report(folder: Path, run: Run, metrics: Mapping[str, Any] | None = None) -> Path:
    """Write the page into the folder and return its path. metrics: of `summarize_run`, when they are made already.

    Reads some frames of the source once more, for their pictures. Raises WeightsError without plotly, StorageError
    when the file cannot be written.
    """
    path = folder / REPORT
    page = report_page(run, summarize_run(run) if metrics is None else metrics)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def report_page(run: Run, metrics: Mapping[str, Any]) -> str:
    """The page's HTML."""
    plotly = plotly_script()  # first: without it, nothing below is worth its time
    pictures = encode_pictures(run)
    notes = list(pictures.notes)
    sections = [section for section in _sections(run, metrics, notes) if section is not None]
    sections.append(conditions_section(metrics, notes))
    return assemble_page(
        title=f"{run.place_map.map_id}: localization report",
        headline=headline_html(metrics, count_verdicts(run.queries)),
        sections=sections,
        details=details_of(run, pictures),
        plotly=plotly,
    )


def _sections(run: Run, metrics: Mapping[str, Any], notes: list[str]) -> Iterator[Section | None]:
    queries = run.queries
    yield plan_section(run)
    yield failures_section(queries)
    yield places_section(queries, metrics)
    yield errors_section(queries, metrics)
    yield labels_section(queries, metrics)
    yield calibration_section(metrics)
    yield latency_section(metrics)
    yield descriptors_section(run.place_map, notes)
    yield clusters_section(run, notes)
