"""A benchmark suite: which features with which aggregations on which sources, by which seeds. Read and taken apart."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.parse_settings import unknown_setting
from vpr_ros.core.paths import expand_path
from vpr_ros.core.read_yaml import read_yaml_mapping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_KEYS = ("sources", "features", "aggregations", "seeds", "set")
_SOURCE_KEYS = ("map", "map_frames", "query", "query_frames", "positives", "options")


@dataclass(frozen=True)
class SuiteSource:
    """What is mapped and what is asked; frames and positives as the command line says them, None where not said.

    options: further words for both `vpr map build` and `vpr evaluate`, such as --pose /tf.
    """

    name: str
    map_source: Path
    query_source: Path
    map_frames: str | None = None
    query_frames: str | None = None
    positives: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """A name, and the settings that it stands for."""

    name: str
    assignments: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One evaluation of the matrix."""

    source: SuiteSource
    features: Choice
    aggregation: Choice
    seed: int
    common: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.source.name}-{self.features.name}-{self.aggregation.name}-seed{self.seed}"

    @property
    def assignments(self) -> tuple[str, ...]:
        chosen = (*self.features.assignments, *self.aggregation.assignments)
        return (*self.common, *chosen, f"aggregation.seed={self.seed}")

    def build_words(self, map_path: Path) -> list[str]:
        """The words of `vpr` that build this cell's map."""
        words = ["map", "build", str(self.source.map_source), "-o", str(map_path), *self.source.options]
        return words + _option("--frames", self.source.map_frames) + _settings(self.assignments)

    def evaluate_words(self, map_path: Path, run_path: Path) -> list[str]:
        """The words of `vpr` that evaluate it."""
        words = ["evaluate", str(self.source.query_source), str(map_path), "-o", str(run_path), *self.source.options]
        words.append("--no-report")
        words += _option("--frames", self.source.query_frames) + _option("--positives", self.source.positives)
        return words + _settings(self.assignments)


def read_suite(path: Path) -> list[Cell]:
    """Every cell of the matrix, in order of sources, features, aggregations, seeds. Raises SettingsError, one line.

    Paths are relative to the file; `~` and environment variables in them are expanded.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    suite = read_yaml_mapping(text, str(path))
    _check_keys(suite, _KEYS, str(path))
    missing = [key for key in ("sources", "features", "aggregations") if not suite.get(key)]
    if missing:
        raise SettingsError(f"{path}: has no {missing[0]}; a suite names sources, features and aggregations")
    sources = _sources(suite["sources"], path)
    features = _choices(suite["features"], "features.name", f"{path}: features")
    aggregations = _choices(suite["aggregations"], "aggregation.name", f"{path}: aggregations")
    seeds = suite.get("seeds", [0])
    if not isinstance(seeds, list) or not seeds or not all(type(seed) is int and seed >= 0 for seed in seeds):
        raise SettingsError(f"{path}: seeds={seeds!r}: expected whole numbers such as [0, 1, 2]")
    common = _texts(suite.get("set", []), f"{path}: set")
    cells = [Cell(s, f, a, seed, common) for s in sources for f in features for a in aggregations for seed in seeds]
    names = [cell.name for cell in cells]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SettingsError(f"{path}: {twice} stands in the matrix twice; name each choice and seed once")
    return cells


def _sources(given: Any, path: Path) -> list[SuiteSource]:
    if not isinstance(given, Mapping):
        raise SettingsError(f"{path}: sources: expected names such as `kitchen: {{map: PATH}}`")
    return [_source(str(name), entry, path) for name, entry in given.items()]


def _source(name: str, entry: Any, path: Path) -> SuiteSource:
    where = f"{path}: sources.{name}"
    _check_name(name, where)
    if not isinstance(entry, Mapping) or not entry.get("map"):
        raise SettingsError(f"{where}: expected `map: PATH` and what else there is to say")
    _check_keys(entry, _SOURCE_KEYS, where)
    said = {key: _text(entry[key], f"{where}.{key}") for key in _SOURCE_KEYS[:-1] if entry.get(key) is not None}
    mapped = _path(said["map"], path)
    positives = said.get("positives")
    if positives is not None and positives.lower().endswith(".json"):
        positives = str(_path(positives, path))
    return SuiteSource(
        name=name,
        map_source=mapped,
        query_source=_path(said["query"], path) if "query" in said else mapped,
        map_frames=said.get("map_frames"),
        query_frames=said.get("query_frames"),
        positives=positives,
        options=_texts(entry.get("options", []), f"{where}.options"),
    )


def _choices(given: Any, setting: str, where: str) -> list[Choice]:
    """A list of names, or a mapping from names of one's own to settings."""
    if isinstance(given, list):
        names = [_text(name, where) for name in given]
        choices = [Choice(name, (f"{setting}={name}",)) for name in names]
    elif isinstance(given, Mapping):
        choices = [Choice(str(name), _texts(settings, f"{where}.{name}")) for name, settings in given.items()]
    else:
        raise SettingsError(f"{where}: expected names such as [a, b], or a mapping from names to settings")
    for choice in choices:
        _check_name(choice.name, where)
    return choices


def _check_keys(mapping: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in mapping:
        if key not in known:
            raise SettingsError(f"{where}: {unknown_setting(str(key), known)}")


def _check_name(name: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where}: {name!r} cannot be part of a folder's name; use letters, digits and _.+-")


def _texts(given: Any, where: str) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise SettingsError(f"{where}: expected a list of texts, got {given!r}")
    return tuple(_text(each, where) for each in given)


def _text(given: Any, where: str) -> str:
    if not isinstance(given, (str, int, float)) or isinstance(given, bool) or given == "":
        raise SettingsError(f"{where}: expected a text, got {given!r} (put it in quotes)")
    return str(given)


def _path(text: str, suite: Path) -> Path:
    return suite.resolve().parent / expand_path(Path(os.path.expandvars(text)))


def _option(name: str, value: str | None) -> list[str]:
    return [] if value is None else [name, value]


def _settings(assignments: Sequence[str]) -> list[str]:
    return [word for assignment in assignments for word in ("--set", assignment)]
