"""Where a vocabulary came from, as JSON: manifests and vocabulary files keep it alike."""

from __future__ import annotations

from vpr_ros.core.vocabulary import KINDS, VocabularyOrigin
from vpr_ros.maps.checked_json import Fields


def origin_of_json(fields: Fields) -> VocabularyOrigin:
    """The origin in an object that holds nothing else any more. Raises ValueError naming the field."""
    kind = fields.text("kind")
    if kind not in KINDS:
        raise ValueError(f"field {fields.path('kind')}={kind!r} is not one of {', '.join(KINDS)}")
    origin = VocabularyOrigin(kind, fields.text("name"), fields.texts("sources"), fields.take("fingerprint", dict))
    fields.done()
    return origin
