"""Which patch embeddings a map shall hold: of a trained encoder, of raw patches where that was asked for, or none."""

from __future__ import annotations

from pathlib import Path

from vpr_ros.core.describe_image import embedded_member
from vpr_ros.core.embed_patches import PatchEmbedder, raw_embedder
from vpr_ros.core.errors import MapError, SettingsError
from vpr_ros.core.records import PatchExtractor
from vpr_ros.core.settings import Settings
from vpr_ros.maps.fingerprints import difference
from vpr_ros.maps.ingredients import Ingredients
from vpr_ros.maps.map_embeddings import RAW, TRAINED, Embedding, MapEmbeddings, OverlapOrigin


def choose_embedding(ingredients: Ingredients, settings: Settings, encoder: Path | None) -> Embedding | None:
    """What a map is built with; `encoder` is a file of `vpr train overlap`.

    Raises MapError for an encoder of other features, SettingsError for features without patches.
    """
    if encoder is None and not settings.rerank.raw_patches:
        return None
    extractor = _embedded(ingredients)
    if extractor is None:
        names = ", ".join(member.name for member, _ in ingredients.members)
        raise SettingsError(f"overlap is predicted from patches, and {names} makes none; take other features")
    if encoder is None:
        return Embedding(raw_embedder(extractor.dimension), OverlapOrigin(RAW, extractor.fingerprint))
    from vpr_ros.maps.overlap_encoder_file import read_encoder_origin, read_overlap_encoder

    trained, origin = read_overlap_encoder(encoder), read_encoder_origin(encoder)
    if trained.fingerprint != extractor.fingerprint:
        told = difference(trained.fingerprint, extractor.fingerprint)
        if any(member.fingerprint == trained.fingerprint for member, _ in ingredients.members):
            raise MapError(
                f"{encoder}: this overlap encoder is of a later member of the ensemble, and the patches of the first "
                f"one ({extractor.name}) vote ({told}); name the encoder's features first, or train one for "
                f"{extractor.name} with `vpr train overlap`"
            )
        raise MapError(
            f"{encoder}: this overlap encoder is of other features than those asked for ({told}); train one for these "
            "with `vpr train overlap`"
        )
    if trained.patch_weight.shape[0] != extractor.dimension:
        raise MapError(
            f"{encoder}: this overlap encoder reads {trained.patch_weight.shape[0]}-d patches, {extractor.name} makes "
            f"{extractor.dimension}-d ones; train one for these with `vpr train overlap`"
        )
    about = OverlapOrigin(TRAINED, extractor.fingerprint, origin.sources, origin.date)
    return Embedding(PatchEmbedder(trained), about, _notes(origin.long_side_px, settings.image.long_side_px))


def _notes(trained_px: int, asked_px: int) -> tuple[str, ...]:
    """Patches of another size show other pieces of the world; no error, for an encoder bears some of that."""
    if trained_px == asked_px:
        return ()
    return (
        f"the overlap encoder was trained on images {trained_px} px long, these are {asked_px}: it tells less; "
        f"train one with --set image.long_side_px={asked_px}",
    )


def check_embedding(ingredients: Ingredients, held: MapEmbeddings, where: Path) -> None:
    """Raises MapError where a map's embeddings cannot be made alike of the patches that a query has."""
    extractor, embedder = _embedded(ingredients), held.embedder
    if extractor is None or extractor.fingerprint != held.origin.fingerprint:
        raise MapError(f"{where}: its patch embeddings are of other features than its descriptors; rebuild it")
    wanted = extractor.dimension
    if embedder.encoder is not None:
        wanted = int(embedder.encoder.patch_weight.shape[0])
    elif embedder.projection is not None:
        wanted = int(embedder.projection.shape[0])
    made = embedder.length(extractor.dimension)
    if wanted != extractor.dimension or made != held.places.codes.shape[2]:
        raise MapError(
            f"{where}: its patch embeddings are made of {wanted}-d patches and {held.places.codes.shape[2]} numbers "
            f"long, those of a query of {extractor.dimension}-d patches and {made} long; rebuild it"
        )


def _embedded(ingredients: Ingredients) -> PatchExtractor | None:
    extractors = [extractor for extractor, _ in ingredients.members]
    place = embedded_member(extractors)
    return None if place is None else extractors[place]
