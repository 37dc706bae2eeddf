from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vpr_ros.core.overlap_encoder import normalised_centres  # noqa: E402
from vpr_ros.training.overlap_network import OverlapNetwork, export_encoder  # noqa: E402

PATCH, REDUCED, LENGTH, HIDDEN = 40, 24, 16, 32


def trained_network(patch: int = REDUCED) -> OverlapNetwork:
    """One with every number away from where it begins."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    weight, bias = rng.standard_normal((patch, LENGTH)), rng.standard_normal(LENGTH)
    network = OverlapNetwork(weight.astype(np.float32), bias.astype(np.float32), HIDDEN, 0.5)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.add_(torch.randn_like(tensor) * 0.3)
    return network.eval()


@pytest.mark.parametrize("size_px", [(320, 240), (240, 320), (320, 90)])
@pytest.mark.parametrize("reduced", [False, True])
def test_what_is_exported_computes_the_same(size_px: tuple[int, int], reduced: bool):
    rng = np.random.default_rng(1)
    directions = np.linalg.qr(rng.standard_normal((PATCH, REDUCED)))[0].astype(np.float32) if reduced else None
    network = trained_network(REDUCED if reduced else PATCH)
    pooled = rng.standard_normal((256, PATCH)).astype(np.float32)
    pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
    encoder = export_encoder(network, directions, {"name": "dense_sift"})
    assert (encoder.patch_weight.shape, encoder.dimension) == ((PATCH, LENGTH), LENGTH)
    with torch.no_grad():
        cells = torch.from_numpy(pooled if directions is None else pooled @ directions)
        ours = network(cells, network.positions(torch.from_numpy(normalised_centres(size_px))))
    np.testing.assert_allclose(encoder.encode(pooled, size_px), ours.numpy(), atol=1e-5)


def test_it_begins_as_the_map_it_was_given():
    weight = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
    bias = np.arange(4, dtype=np.float32)
    network = OverlapNetwork(weight, bias, HIDDEN, 0.5)
    cells = np.random.default_rng(1).standard_normal((5, 6)).astype(np.float32)
    with torch.no_grad():
        found = network(torch.from_numpy(cells), network.positions(torch.zeros(5, 2))).numpy()
    expected = cells @ weight + bias
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


def test_dropout_is_only_while_it_learns():
    network = trained_network()
    centres = torch.from_numpy(normalised_centres((320, 240)))
    assert torch.equal(network.positions(centres), network.positions(centres))
    network.train()
    assert not torch.equal(network.positions(centres), network.positions(centres))
