"""The list of failures: which lists there are, and what stands in each, the most telling first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vpr_ros.evaluation.records import Query
from vpr_ros.evaluation.report.query_details import told_queries
from vpr_ros.evaluation.report.section import Section
from vpr_ros.evaluation.report.verdicts import (
    ABSTAINED,
    FAILURES,
    MISSED,
    RIGHT,
    UNJUDGED,
    WRONG,
    label_wrong,
    verdict_of,
)
from vpr_ros.evaluation.summary.summarize_places import scores_of


def failure_lists(queries: Sequence[Query]) -> dict[str, list[int]]:
    """{title: indices}, empty lists left out. Wrong answers: the surest first, for those are the dangerous ones."""
    return {title: indices for title, indices in _lists(queries) if indices}


def failures_section(queries: Sequence[Query]) -> Section:
    """The buttons and an empty list that the page's script fills."""
    lists = failure_lists(queries)
    chips = "".join(
        f'<button type="button" data-list="{title}" aria-pressed="false">{title} ({len(indices):,})</button>'
        for title, indices in lists.items()
    )
    body = (
        f'<div class="chips" role="group" aria-label="Which answers">{chips}</div>'
        '<p id="gallery-title" role="status" hidden></p><ul id="gallery" class="gallery"></ul>'
        '<button type="button" id="gallery-more" class="more" hidden></button>'
    )
    failed = any(verdict_of(query) in FAILURES or label_wrong(query) for query in queries)
    short = "Failures" if failed else "Answers"
    return Section("failures", short, "See for yourself", _lead(queries, failed), body=body, lists=lists)


def _lead(queries: Sequence[Query], failed: bool) -> str:
    if failed:
        return (
            "Wrong answers come with the surest first: those are the ones that mislead a robot. Click one for the "
            "image, its match, the other candidates and what would have been right."
        )
    if any(verdict_of(query) == UNJUDGED for query in queries):
        return "Nobody can say which of these are right: look. Click one for its match and candidates."
    return "Nothing failed here. These are its answers, the least sure first; click one for its match and candidates."


def _lists(queries: Sequence[Query]) -> Iterator[tuple[str, list[int]]]:
    told = told_queries(queries)
    verdicts = {index: verdict_of(queries[index]) for index in told}
    scores = np.nan_to_num(scores_of(queries).values, nan=-np.inf)

    def of(verdict: str) -> list[int]:
        return [index for index in told if verdicts[index] == verdict]

    yield "Wrong", sorted(of(WRONG), key=lambda index: -scores[index])
    yield "Said unknown", of(MISSED)
    yield "Room or floor wrong", [index for index in told if label_wrong(queries[index])]
    yield "Rightly unknown", of(ABSTAINED)
    yield "Right", sorted(of(RIGHT), key=lambda index: scores[index])
    yield "Not judged", of(UNJUDGED)
