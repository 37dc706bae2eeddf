"""What of a map is told; every map has it."""

from __future__ import annotations

from typing import Protocol

from vpr_ros.core.place_table import PlaceTable


class ToldMap(Protocol):
    """The part of `localize.LocalizationMap` that messages are made of."""

    @property
    def map_id(self) -> str: ...
    @property
    def map_frame(self) -> str: ...
    @property
    def table(self) -> PlaceTable: ...
