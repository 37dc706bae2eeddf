"""Materials by name: the colour of a thing is the same on every floor, its pattern may be the floor's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.simulation import pictures, textures
from vpr_ros.simulation.setting import setting
from vpr_ros.simulation.solids import Material
from vpr_ros.simulation.texture_atlas import AtlasBuilder, TextureAtlas
from vpr_ros.simulation.textures import Colour
from vpr_ros.simulation.variation import Variation


@dataclass(frozen=True)
class Difference:
    """The share of choices that an upper floor makes for itself, by kind; 0 is an exact copy."""

    surfaces: float = setting(1.0, "patterns of walls and floors", low=0.0, high=1.0)
    prints: float = setting(1.0, "pictures, books, rugs, small things", low=0.0, high=1.0)
    furniture: float = setting(0.8, "patterns of furniture, places on walls", low=0.0, high=1.0)
    places: float = setting(0.85, "where furniture stands", low=0.0, high=1.0)


@dataclass
class Style:
    """Makes materials, each once; their textures are painted at the end."""

    variation: Variation
    difference: Difference
    _painters: dict[str, Callable[[], Array]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def paint(self) -> TextureAtlas:
        """All textures that were asked for; this is where the time goes."""
        atlas = AtlasBuilder()
        for painter in self._painters.values():
            atlas.add(painter())
        return atlas.build()

    def surface(self, name: str, kind: str, colour: Colour, tile_m: float, anchored: bool = False) -> Material:
        """A repeating surface; `kind` is a function of textures.py."""

        def paint() -> Array:
            rng = self.variation.own(name, self.difference.surfaces)
            return np.asarray(getattr(textures, kind)(rng, colour))

        return Material(self._texture(f"{kind}/{name}/{colour}", paint), tile_m, anchored=anchored)

    def colour(self, name: str, choices: tuple[Colour, ...]) -> Colour:
        """One of these colours, a little changed; the same on every floor."""
        rng = self.variation.common(f"colour/{name}")
        chosen = np.array(choices[int(rng.integers(0, len(choices)))]) * rng.uniform(0.92, 1.06, 3)
        red, green, blue = np.clip(chosen, 0.02, 0.97)
        return float(red), float(green), float(blue)

    def furniture(self, name: str, kind: str, choices: tuple[Colour, ...], tile_m: float = 0.8) -> Material:
        """Wood, cloth or metal of a piece of furniture."""
        colour = self.colour(name, choices)

        def paint() -> Array:
            rng = self.variation.own(name, self.difference.furniture)
            return np.asarray(getattr(textures, kind)(rng, colour))

        return Material(self._texture(f"furniture/{kind}/{name}", paint), tile_m)

    def print(self, name: str, kind: str, *arguments: object) -> Material:
        """Something printed, stretched over its face; `kind` is a function of pictures.py."""

        def paint() -> Array:
            rng = self.variation.own(name, self.difference.prints)
            return np.asarray(getattr(pictures, kind)(rng, *arguments))

        return Material(self._texture(f"print/{kind}/{name}", paint))

    def cloth(self, name: str, kind: str, colour: Colour) -> Material:
        """A surface of textures.py stretched once over its face, such as a rug; differs as often as prints do."""

        def paint() -> Array:
            rng = self.variation.own(name, self.difference.prints)
            return np.asarray(getattr(textures, kind)(rng, colour))

        return Material(self._texture(f"cloth/{kind}/{name}", paint))

    def front(self, name: str, kind: str, *arguments: object) -> Material:
        """A furniture front or appliance: differs as seldom as furniture does."""

        def paint() -> Array:
            rng = self.variation.own(name, self.difference.furniture)
            return np.asarray(getattr(pictures, kind)(rng, *arguments))

        return Material(self._texture(f"front/{kind}/{name}", paint))

    def plain(self, colour: Colour, emission: float = 0.0) -> Material:
        """One colour all over."""
        number = self._texture(f"plain/{colour}", lambda: np.ones((4, 4, 3)) * np.array(colour))
        return Material(number, emission=emission)

    def _texture(self, key: str, paint: Callable[[], Array]) -> int:
        if key not in self._painters:
            self._numbers[key] = len(self._painters)
            self._painters[key] = paint
        return self._numbers[key]
