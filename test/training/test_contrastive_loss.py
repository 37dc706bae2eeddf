from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vpr_ros.training.contrastive_loss import contrastive_loss  # noqa: E402

PAIRS, CELLS, LENGTH = 3, 12, 8


def by_the_book(one, other, use, positives) -> list[float]:
    """Over every entry of the matrix, one after the other."""
    losses = []
    for pair in range(len(one)):
        pushed, pulled = [], []
        for i in range(CELLS):
            for j in range(CELLS):
                if not (use[0][pair, i] and use[1][pair, j]):
                    continue
                s = float(one[pair, i] @ other[pair, j])
                if [pair, i, j] in positives.tolist():
                    pulled.append(max(0.0, 1 - s) ** 2)
                else:
                    pushed.append(s * s)
        losses.append(sum(pushed) / (len(pushed) + 1e-4) + sum(pulled) / (len(pulled) + 1e-4))
    return losses


def sample(seed: int):
    rng = torch.Generator().manual_seed(seed)
    one, other = (
        torch.nn.functional.normalize(torch.randn(PAIRS, CELLS, LENGTH, generator=rng), dim=-1) for _ in range(2)
    )
    use = tuple(torch.rand(PAIRS, CELLS, generator=rng) < 0.8 for _ in range(2))
    positives = torch.tensor([[0, 1, 2], [0, 3, 3], [0, 0, 11], [1, 5, 4], [1, 7, 7]])  # none in the last pair
    return one, other, use, positives


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_published_loss_over_the_whole_matrix(seed: int):
    one, other, use, positives = sample(seed)
    found = contrastive_loss(one, other, use, positives)
    np.testing.assert_allclose(found.numpy(), by_the_book(one, other, use, positives), atol=1e-5)


def test_cells_of_no_use_change_nothing():
    one, other, use, positives = sample(0)
    before = contrastive_loss(one, other, use, positives)
    one[~use[0]] = 0.5
    np.testing.assert_allclose(contrastive_loss(one, other, use, positives), before, atol=1e-6)


def test_alike_where_they_belong_together_and_nowhere_else_costs_nothing():
    one = torch.eye(CELLS)[None]
    use = (torch.ones(1, CELLS, dtype=torch.bool),) * 2
    same = torch.stack([torch.zeros(CELLS, dtype=torch.int64), torch.arange(CELLS), torch.arange(CELLS)], dim=1)
    assert float(contrastive_loss(one, one, use, same)) < 1e-6
    assert float(contrastive_loss(one, one, use, same[:0])) == pytest.approx(1 / CELLS, abs=1e-4)
    empty = (torch.zeros(1, CELLS, dtype=torch.bool),) * 2
    assert float(contrastive_loss(one, one, empty, same)) == 0.0
