"""A Localizer from a map and settings. What changes descriptors is obeyed from the map, the rest is set."""

from __future__ import annotations

import dataclasses
import difflib
import sys
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from vpr_ros.core.aggregate_descriptor import check_aggregation, kept_clusters
from vpr_ros.core.describe_image import ImageDescriber
from vpr_ros.core.draw_clusters import ClusterPainter
from vpr_ros.core.errors import MapError, SettingsError, WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import FEATURES
from vpr_ros.core.localize import NO_EMBEDDINGS, NO_POINTS, Localizer, OverlapStage
from vpr_ros.core.paths import path_argument
from vpr_ros.core.records import FloatArray
from vpr_ros.core.rerank_overlap import NumpyVoteCounter, VoteCounter
from vpr_ros.core.retrieve_places import PlaceIndex
from vpr_ros.core.settings import AGGREGATIONS, LEARNED_HERE, Settings
from vpr_ros.core.verify_pose import Verifier
from vpr_ros.features.choose_features import Choice, choose_features
from vpr_ros.features.make_extractor import make_extractor
from vpr_ros.maps.choose_embedding import check_embedding
from vpr_ros.maps.fingerprints import difference
from vpr_ros.maps.geometry.map_points import map_points
from vpr_ros.maps.indexes.make_index import choose_index, make_index
from vpr_ros.maps.ingredients import Ingredients, make_describer
from vpr_ros.maps.map_embeddings import MapEmbeddings
from vpr_ros.maps.map_format import VOCABULARIES
from vpr_ros.maps.obey_recipe import RECIPE_GROUPS, obey_recipe, other_weights, weights_left_behind
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.place_map import PlaceMap, Recipe
from vpr_ros.maps.vocabulary_file import read_vocabulary

MOST_MEMBERS = len(VOCABULARIES)


def settle_features(settings: Settings) -> tuple[Settings, Choice | None]:
    """Settings with `features.name: auto` replaced by what this machine can run, and what was chosen if it was."""
    if settings.features.name != "auto" or settings.ensemble.members:
        return settings, None
    choice = choose_features(settings.features)
    return dataclasses.replace(settings, features=dataclasses.replace(settings.features, name=choice.name)), choice


def make_ingredients(settings: Settings) -> Ingredients:
    """The features and aggregations that the settings name, and the vocabulary that they give.

    Raises SettingsError or WeightsError where they cannot be had, MapError for a vocabulary of other features.
    """
    names = [_member_names(member) for member in settings.ensemble.members]
    names = names or [(settings.features.name, settings.aggregation.name)]
    if len(names) > MOST_MEMBERS:
        raise SettingsError(f"ensemble.members names {len(names)} descriptors, {MOST_MEMBERS} are the most")
    extractors = {
        features: make_extractor(features, settings.features, whole_image=(features, "global") in names)
        for features in dict(names)
    }
    members = tuple((extractors[features], aggregation) for features, aggregation in names)
    for extractor, aggregation in members:
        check_aggregation(aggregation, extractor)
    return _with_vocabulary(Ingredients(members, (None,) * len(members)), settings.aggregation.vocabulary)


def _member_names(member: str) -> tuple[str, str]:
    features, _, aggregation = member.partition("+")
    known = [name for name in FEATURES if name != "auto"]
    if features not in known or aggregation not in AGGREGATIONS:
        near = difflib.get_close_matches(member, [f"{f}+{a}" for f in known for a in AGGREGATIONS], n=2)
        raise SettingsError(
            f"ensemble.members: {member!r} is not FEATURES+AGGREGATION; "
            + (f"did you mean {' or '.join(near)}?" if near else f"features are {', '.join(known)}")
        )
    return features, aggregation


def _with_vocabulary(ingredients: Ingredients, named: str) -> Ingredients:
    """The ingredients with a vocabulary of a file given to the members whose features it is of."""
    if named == LEARNED_HERE:
        return ingredients
    path = path_argument(named)
    vocabulary = read_vocabulary(path)
    origin = vocabulary.origin
    given = tuple(
        vocabulary if needed and extractor.fingerprint == origin.fingerprint else None
        for (extractor, _), needed in zip(ingredients.members, ingredients.needed, strict=True)
    )
    if not any(given):
        ours = {extractor.name: extractor.fingerprint for extractor, _ in ingredients.members}
        told = "; ".join(f"{name}: {difference(origin.fingerprint, each)}" for name, each in ours.items())
        raise MapError(f"{path}: this vocabulary is of other features than those asked for ({told})")
    return dataclasses.replace(ingredients, given=given)


def recipe_of(settings: Settings, ingredients: Ingredients) -> Recipe:
    """How descriptors are made under these settings: what a map keeps and a query must repeat."""
    groups = {name: dataclasses.asdict(getattr(settings, name)) for name in RECIPE_GROUPS}
    return Recipe(**groups, fingerprint=_fingerprint(ingredients))


def _fingerprint(ingredients: Ingredients) -> Mapping[str, Any]:
    prints = [extractor.fingerprint for extractor, _ in ingredients.members]
    if len(prints) == 1:
        return prints[0]
    return {"name": "ensemble", **{str(place): each for place, each in enumerate(prints)}}


def load_localizer(path: Path, settings: Settings, named: Set[str] = frozenset()) -> Localizer:
    """Open the map and put the stages together. Raises MapError or SettingsError, each one line.

    `named` are the settings that a person gave, by their dotted names: those must not contradict the map.
    """
    return make_localizer(open_map(path), settings, named)


def make_localizer(place_map: PlaceMap, settings: Settings, named: Set[str] = frozenset()) -> Localizer:
    """The stages for an open map."""
    obeyed = obey_recipe(place_map, settings, named)
    describer = make_map_describer(place_map, obeyed)
    index = open_index(place_map.descriptors, obeyed)
    overlap, about_reranking = _open_overlap(place_map, obeyed)
    verifier, about_poses = _open_verifier(place_map, obeyed)
    return Localizer(place_map, describer, index, obeyed, overlap, about_reranking, verifier, about_poses)


def on_cpu(settings: Settings) -> Settings:
    """The same settings for a machine without a GPU, or one whose memory is taken."""
    return dataclasses.replace(settings, features=dataclasses.replace(settings.features, device="cpu"))


def free_gpu_cache() -> None:
    """Give back what networks keep of the GPU's memory for later. Nothing where none has been loaded."""
    if "torch" in sys.modules:
        from vpr_ros.features.run_network import free_gpu_cache as free

        free()


def _open_overlap(place_map: PlaceMap, settings: Settings) -> tuple[OverlapStage | None, str]:
    """The stage where the map and the settings allow it, and what to tell of it."""
    held = place_map.embeddings
    if held is None:
        return None, NO_EMBEDDINGS
    if not settings.rerank.enabled:
        return None, "reranking off: rerank.enabled is false"
    return OverlapStage(held.places, _open_vote_counter(held, settings)), _about_reranking(held, settings)


def _open_vote_counter(held: MapEmbeddings, settings: Settings) -> VoteCounter:
    """What counts votes for this map's places. Raises WeightsError where its library is missing."""
    if settings.rerank.votes == "numpy":
        return NumpyVoteCounter(held.places)
    extra_library("torch", "networks")
    from vpr_ros.features.torch_votes import open_torch_votes

    return open_torch_votes(held.places, settings.features)


def _about_reranking(held: MapEmbeddings, settings: Settings) -> str:
    return f"reranking by overlap: {held.origin.told()} ({settings.rerank.scoring}, {settings.rerank.votes})"


def _open_verifier(place_map: PlaceMap, settings: Settings) -> tuple[Verifier | None, str]:
    """What solves poses where the map and the settings allow it, and what to tell of it.

    Raises MapError where the map's keypoints cannot be found here alike, WeightsError or SettingsError where something
    that is needed for it is missing.
    """
    points = map_points(place_map)
    if not settings.pose.enabled:
        return None, "poses off: pose.enabled is false"
    if points is None or place_map.keypoints is None:
        return None, NO_POINTS
    from vpr_ros.features.make_keypoints import make_keypoints

    extractor, matcher = make_keypoints(settings.pose, settings.features.device)
    origin = place_map.keypoints.origin
    if extractor.fingerprint != origin.fingerprint:
        told = difference(origin.fingerprint, extractor.fingerprint)
        raise MapError(
            f"{place_map.path}: its keypoints are not ours ({told}); rebuild it with `vpr map build`, or set "
            "pose.enabled=false"
        )
    lie = "keypoints alone" if origin.kind == "none" else f"{origin.points / origin.keyframes:.0f} points a keyframe"
    about = f"poses: {extractor.name}, {matcher.name}, {lie} ({origin.kind})"
    return Verifier(points, place_map.table, extractor, matcher, settings.pose), about


def open_index(descriptors: FloatArray, settings: Settings) -> PlaceIndex:
    """The index of `retrieval.index` over a map's descriptors, made now; `about` of it says how long that took.

    Raises WeightsError where its library is missing, SettingsError where it cannot be made of so few places.
    """
    name = choose_index(settings.retrieval.index, len(descriptors))
    if name != "torch":
        return make_index(name, descriptors)
    extra_library("torch", "networks")
    from vpr_ros.features.torch_index import open_torch_index

    return open_torch_index(descriptors, settings.features)


def make_map_describer(place_map: PlaceMap, obeyed: Settings) -> ImageDescriber:
    """How this map's images were described, and queries are. Raises MapError when it cannot be done alike here."""
    try:
        ingredients = make_ingredients(obeyed)
    except WeightsError as error:
        raise WeightsError(f"{error}{weights_left_behind(place_map, obeyed)}") from error
    built, ours = place_map.recipe.fingerprint, _fingerprint(ingredients)
    if built != ours:
        why = other_weights(place_map, built, ours) or f"its features are not ours ({difference(built, ours)});"
        raise MapError(f"{place_map.path}: {why} rebuild it with `vpr map build`")
    _check_vocabularies(place_map, ingredients)
    projection = place_map.projection
    held = place_map.embeddings if obeyed.rerank.enabled else None
    if held is not None:
        check_embedding(ingredients, held, place_map.path)
    embedder = None if held is None else held.embedder
    describer = make_describer(ingredients, obeyed, place_map.vocabularies, projection, embedder)
    length = place_map.descriptors.shape[1] if projection is None else len(projection.mean)
    if length != describer.dimension:
        raise MapError(
            f"{place_map.path}: its recipe makes {describer.dimension}-d descriptors, it holds {length}-d ones; "
            "rebuild it with `vpr map build`"
        )
    return describer


def make_cluster_painter(place_map: PlaceMap, obeyed: Settings) -> ClusterPainter | None:
    """Paints with the vocabulary of the descriptor's first member that has one; None where none has."""
    if not any(place_map.vocabularies):
        return None
    members = zip(make_ingredients(obeyed).members, place_map.vocabularies, strict=True)
    extractor, vocabulary = next((extractor, each) for (extractor, _), each in members if each is not None)
    kept = kept_clusters(obeyed.aggregation, len(vocabulary.centres))
    return ClusterPainter(obeyed.image, extractor, vocabulary.centres, frozenset(kept.tolist()))


def _check_vocabularies(place_map: PlaceMap, ingredients: Ingredients) -> None:
    if len(place_map.vocabularies) != len(ingredients.members):
        raise MapError(
            f"{place_map.path}: holds vocabularies of {len(place_map.vocabularies)} descriptors, its recipe names "
            f"{len(ingredients.members)}; rebuild it with `vpr map build`"
        )
    rows = zip(ingredients.members, ingredients.needed, place_map.vocabularies, strict=True)
    for (extractor, aggregation), needed, vocabulary in rows:
        if needed != (vocabulary is not None):
            has = "lacks" if needed else "has"
            raise MapError(f"{place_map.path}: {has} a vocabulary for {aggregation}; rebuild it with `vpr map build`")
        if vocabulary is not None and vocabulary.centres.shape[1] != extractor.dimension:
            raise MapError(
                f"{place_map.path}: vocabulary of {vocabulary.centres.shape[1]}-d patches, {extractor.name} makes "
                f"{extractor.dimension}-d ones; rebuild it with `vpr map build`"
            )
