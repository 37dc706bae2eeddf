from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("timm", reason="timm is not installed")
from random_heads import MODEL, salad_by_hand, salad_checkpoint, tokens  # noqa: E402

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.features.heads.salad import SaladHead, make_salad, transport  # noqa: E402

PATH = Path("salad.ckpt")


def test_the_head_is_the_papers_computation():
    checkpoint = salad_checkpoint()
    network = make_salad(checkpoint, PATH)
    patches, class_token = tokens(normed=True)
    with torch.inference_mode():
        made = network.aggregator(torch.from_numpy(patches[None]).float(), torch.from_numpy(class_token[None]).float())
    assert made.shape == (1, 8448)
    np.testing.assert_allclose(
        made[0].numpy(), salad_by_hand(checkpoint, "aggregator.", patches, class_token), atol=1e-5
    )


def test_sizes_are_the_checkpoints_own():
    network = make_salad(salad_checkpoint(clusters=10, width=6, token=4, hidden=20), PATH)
    assert network.global_width == 4 + 6 * 10
    assert network.variant == f"dinov2_{MODEL}"


def test_the_plan_gives_every_patch_away_and_fills_no_cluster_beyond_its_room():
    scores = torch.randn((2, 5, 40), generator=torch.Generator().manual_seed(1))
    shares = transport(scores, torch.tensor(0.3))
    assert shares.shape == scores.shape
    assert bool((shares > 0).all())
    assert bool((shares.sum(1) < 1).all())  # the rest of each patch lies in the dustbin
    np.testing.assert_allclose(shares.sum(2).numpy(), 1, atol=0.1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("aggregator.dust_bin"), r"1 missing \(aggregator\.dust_bin\)"),
        (lambda state: state.pop("backbone.model.norm.bias"), r"1 missing \(backbone\.model\.norm\.bias\)"),
        (lambda state: state.update(extra=torch.ones(2)), r"1 not part of it \(extra\)"),
        (
            lambda state: state.update({"aggregator.score.3.bias": torch.ones(7)}),
            r"aggregator\.score\.3\.bias is 7, not 64",
        ),
        (
            lambda state: state.update({"aggregator.cluster_features.0.weight": torch.ones(512, 1, 1, 1)}),
            r"cluster_features\.0\.weight is 512x1x1x1, not 512x384x1x1",
        ),
    ],
)
def test_keys_that_do_not_fit_are_named(change, told):
    checkpoint = salad_checkpoint()
    change(checkpoint)
    with pytest.raises(WeightsError, match=rf"salad\.ckpt: does not fit the network: .*{told}"):
        make_salad(checkpoint, PATH)


def test_more_clusters_than_patches_are_refused():
    with pytest.raises(WeightsError, match=r"salad\.ckpt: shares 529 patches among 529 clusters"):
        make_salad(salad_checkpoint(clusters=529, width=2, token=2, hidden=2), PATH)


def test_published_sizes_are_what_a_foreign_file_is_held_against():
    with pytest.raises(WeightsError, match=r"\d+ missing .*1 not part of it \(conv1\.weight\)"):
        make_salad({"conv1.weight": torch.ones(3)}, PATH)


def test_heads_of_different_size_have_their_width():
    assert SaladHead(8, clusters=3, cluster_width=5, token_width=7, hidden=4).global_width == 22
