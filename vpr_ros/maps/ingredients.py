"""What a descriptor is made of, before and after its vocabularies are known: building and localizing share this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vpr_ros.core.aggregate_descriptor import WITH_VOCABULARY, make_aggregator
from vpr_ros.core.describe_image import ImageDescriber, Member
from vpr_ros.core.embed_patches import PatchEmbedder
from vpr_ros.core.records import PatchExtractor
from vpr_ros.core.reduce_descriptor import Projection
from vpr_ros.core.settings import Settings
from vpr_ros.core.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Ingredients:
    """members: features and the name of their aggregation. given: a vocabulary that shall be used, None where none is
    needed or where it is to be learned.
    """

    members: tuple[tuple[PatchExtractor, str], ...]
    given: tuple[Vocabulary | None, ...]

    @property
    def needed(self) -> tuple[bool, ...]:
        """Whether each member's aggregation works with a vocabulary."""
        return tuple(aggregation in WITH_VOCABULARY for _, aggregation in self.members)

    @property
    def to_learn(self) -> list[PatchExtractor]:
        """Extractors whose patches a vocabulary is still to be learned of."""
        rows = zip(self.members, self.given, self.needed, strict=True)
        return [extractor for (extractor, _), given, needed in rows if needed and given is None]


def make_describer(
    ingredients: Ingredients,
    settings: Settings,
    vocabularies: Sequence[Vocabulary | None],
    projection: Projection | None,
    embedder: PatchEmbedder | None = None,
) -> ImageDescriber:
    """Stages one to three. Raises SettingsError when the parts do not fit one another."""
    members = [
        Member(
            extractor,
            make_aggregator(
                aggregation, settings.aggregation, extractor, None if vocabulary is None else vocabulary.centres
            ),
        )
        for (extractor, aggregation), vocabulary in zip(ingredients.members, vocabularies, strict=True)
    ]
    average = settings.ensemble.combine == "average"
    return ImageDescriber(settings.image, members, average, projection, embedder)
