from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vpr_ros.training.contrastive_loss import (  # noqa: E402
    ASKED_EVERY,
    contrastive_loss,
    hardest_negatives,
)

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


@pytest.mark.parametrize("first", [0, 3, ASKED_EVERY - 1])
def test_the_likest_negatives_are_those_of_the_whole_rows(first: int):
    one, other, use, positives = sample(5)
    expected = []
    for pair in range(PAIRS):
        likest = []
        for ours, theirs, known, others, order in (
            (one, other, use[0], use[1], [1, 2]),
            (other, one, use[1], use[0], [2, 1]),
        ):
            belong = positives[positives[:, 0] == pair][:, order].tolist()
            for cell in range(first, CELLS, ASKED_EVERY):
                if known[pair, cell]:
                    negative = [t for t in range(CELLS) if others[pair, t] and [cell, t] not in belong]
                    likest.append(max([0.0, *(float(ours[pair, cell] @ theirs[pair, t]) for t in negative)]) ** 2)
        expected.append(sum(likest) / (len(likest) + 1e-4))
    np.testing.assert_allclose(hardest_negatives(one, other, use, positives, first), expected, atol=1e-5)


def test_a_likely_negative_is_pushed_and_its_partner_is_not():
    one = torch.nn.functional.normalize(torch.tensor([[[1.0, 0.0], [0.8, 0.6]]]), dim=-1).requires_grad_()
    other = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    use = (torch.ones(1, 2, dtype=torch.bool),) * 2
    hardest_negatives(one, other, use, torch.tensor([[0, 0, 0]]), 0).sum().backward()
    assert one.grad is not None
    assert float(one.grad[0, 1, 0]) > 0  # asked by the other image's first cell; its own partner is left out
    assert float(one.grad[0, 0].abs().sum()) == 0
