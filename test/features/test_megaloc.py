from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("timm", reason="timm is not installed")
from random_heads import affine, megaloc_checkpoint, picture, salad_by_hand, tokens, unit  # noqa: E402

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.features.heads.megaloc import make_megaloc  # noqa: E402
from vpr_ros.features.run_network import network_input  # noqa: E402

PATH = Path("megaloc.torch")


def as_safetensors_layout(checkpoint: dict) -> dict:
    """The second publication: the backbone one level up, without the mask token."""
    return {
        key.replace("backbone.model.", "backbone."): tensor
        for key, tensor in checkpoint.items()
        if key != "backbone.model.mask_token"
    }


@pytest.mark.parametrize("layout", [dict, as_safetensors_layout])
def test_both_layouts_are_the_textbook_computation(layout):
    checkpoint = megaloc_checkpoint()
    network = make_megaloc(layout(checkpoint), PATH)
    with torch.inference_mode():
        feature_map, made = network(network_input(torch.from_numpy(picture()[None])))
    patches, class_token = tokens(normed=True)
    salad = salad_by_hand(checkpoint, "aggregator.agg.", patches, class_token)
    assert feature_map.shape == (1, 23, 23, 384)
    assert np.abs(feature_map[0].reshape(529, -1).numpy() - patches).max() < 1e-3
    np.testing.assert_allclose(made[0].numpy(), unit(affine(checkpoint, "aggregator.linear", salad)), atol=1e-4)


def test_a_salad_is_no_megaloc():
    checkpoint = megaloc_checkpoint()
    del checkpoint["aggregator.linear.weight"], checkpoint["aggregator.linear.bias"]
    with pytest.raises(WeightsError, match=r"2 missing \(aggregator\.linear\.weight, aggregator\.linear\.bias\)"):
        make_megaloc(checkpoint, PATH)
