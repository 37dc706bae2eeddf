"""What the node would have published, as one MCAP file to be played beside the source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vpr_ros.core.outputs.answer_messages import messages_of
from vpr_ros.core.outputs.topics import OUTPUT_TOPICS
from vpr_ros.core.records import Estimate, VerifiedPose
from vpr_ros.evaluation.files.output_cdr import serialize_output
from vpr_ros.maps.place_map import PlaceMap
from vpr_ros.sources.bags.write_bag import BagWriter

NODE = "/vpr"


class ResultsBag:
    """Writes every estimate under the stamp of its image, on the node's topics."""

    def __init__(self, bag: BagWriter, place_map: PlaceMap) -> None:
        self._bag, self._map = bag, place_map

    def write(self, estimate: Estimate) -> None:
        """What the node publishes for this image; every solved pose, whatever the robot had moved."""
        fix = estimate.pose if isinstance(estimate.pose, VerifiedPose) else None
        for message in messages_of(estimate, self._map, self._map.base_frame, fix):
            cdr = serialize_output(message.type_name, message.fields)
            self._bag.write_raw(published_name(message.topic), message.type_name, cdr, max(estimate.stamp_ns, 0))


@contextmanager
def results_bag(path: Path, place_map: PlaceMap) -> Iterator[ResultsBag]:
    """A bag that is the lone file `path` (.mcap) in the end: its metadata.yaml holds nothing that the file does not."""
    folder = path.parent / path.stem
    latched = [published_name(topic.name) for topic in OUTPUT_TOPICS if topic.latched]
    with BagWriter(folder, "mcap", latched=latched) as bag:
        yield ResultsBag(bag, place_map)
    (written,) = folder.glob("*.mcap")
    written.rename(path)
    (folder / "metadata.yaml").unlink()
    folder.rmdir()


def published_name(topic: str) -> str:
    """A topic of the node's under the name that others see."""
    return f"{NODE}{topic.removeprefix('~')}"
