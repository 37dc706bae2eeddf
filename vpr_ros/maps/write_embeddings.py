"""Patch embeddings into a map that is being written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vpr_ros.core.place_embeddings import likeness_by_chance
from vpr_ros.core.records import Array
from vpr_ros.maps.map_embeddings import Embedding, OverlapOrigin
from vpr_ros.maps.map_format import ENCODER_ARRAYS
from vpr_ros.maps.write_map import MapWriter


def write_embeddings(writer: MapWriter, codes: Array, embedding: Embedding) -> OverlapOrigin:
    """Write int8 [n, P, E] codes and their encoder; returns what the manifest shall say."""
    writer.create_array("patch_embeddings", codes.shape, np.int8)[...] = codes
    embedder = embedding.embedder
    if embedder.encoder is not None:
        for field, name in ENCODER_ARRAYS.items():
            writer.put_array(name, getattr(embedder.encoder, field))
    elif embedder.projection is not None:
        writer.put_array("overlap_projection", embedder.projection)
    return replace(embedding.origin, chance=likeness_by_chance(codes))
