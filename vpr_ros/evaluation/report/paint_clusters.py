"""What the map looks at: patches of some images in the colours of their clusters."""

from __future__ import annotations

from collections.abc import Sequence

from vpr_ros.assemble import make_cluster_painter
from vpr_ros.core.errors import VprError
from vpr_ros.core.spread import spread
from vpr_ros.evaluation.records import Query, Run
from vpr_ros.evaluation.report.encode_pictures import encode_picture
from vpr_ros.evaluation.report.section import Section
from vpr_ros.evaluation.report.verdicts import FAILURES, VERDICTS, verdict_of
from vpr_ros.evaluation.report.words import markup

IMAGES, LONG_SIDE_PX = 4, 960


def clusters_section(run: Run, notes: list[str]) -> Section | None:
    """None where descriptors are made without a vocabulary, or where it cannot be painted, which is said in `notes`."""
    if all(vocabulary is None for vocabulary in run.place_map.vocabularies):
        return None
    try:
        pictures = paint_clusters(run, choose_examples(run.queries))
    except (VprError, MemoryError, RuntimeError) as error:  # the network is loaded once more; memory may not hold two
        notes.append(f"the clusters of patches are left out: {error}")
        return None
    shown = "".join(_figure(run.queries[index], uri) for index, uri in pictures.items())
    lead = (
        "A descriptor counts what an image is made of. Patches of one colour fell to the same cluster of the map's "
        "vocabulary; the same colour is the same cluster in every picture."
    )
    return Section("clusters", "Clusters", "What does it look at?", lead, body=f'<div class="strip">{shown}</div>')


def choose_examples(queries: Sequence[Query]) -> list[int]:
    """Ascending indices: half of them failures, where there are so many, spread over the drive."""
    failed = [index for index, query in enumerate(queries) if verdict_of(query) in FAILURES]
    some = spread(failed, IMAGES // 2)
    others = sorted(set(range(len(queries))) - set(failed))
    return sorted([*some, *spread(others, IMAGES - len(some))])


def paint_clusters(run: Run, indices: Sequence[int]) -> dict[int, str]:
    """Pictures as data URIs, of the first descriptor with a vocabulary where there are several. Raises VprError."""
    painter = make_cluster_painter(run.place_map, run.settings)
    assert painter is not None
    frames = run.source.frames([run.queries[index].number for index in indices])
    painted = zip(indices, (painter.paint(frame.image) for frame in frames), strict=True)
    return {index: encode_picture(picture, LONG_SIDE_PX) for index, picture in painted}


def _figure(query: Query, uri: str) -> str:
    title = f"Image {query.number}: {VERDICTS[verdict_of(query)].title}"
    alt = f"{title}; the image beside its patches painted by cluster"
    return f'<figure><img src="{uri}" alt="{markup(alt)}"><figcaption>{markup(title)}</figcaption></figure>'
