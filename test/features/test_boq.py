from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
timm = pytest.importorskip("timm", reason="timm is not installed")
from random_heads import affine, boq_checkpoint, boq_head, picture, tokens, unit  # noqa: E402

from vpr_ros.core.errors import WeightsError  # noqa: E402
from vpr_ros.features.heads.boq import BoqOverResnet, make_boq  # noqa: E402
from vpr_ros.features.run_network import network_input  # noqa: E402

PATH = Path("boq.pth")


def numbers(state: dict, name: str) -> np.ndarray:
    return state[name].double().numpy()


def layer_norm(state: dict, name: str, x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + 1e-5)
    return scaled * numbers(state, f"{name}.weight") + numbers(state, f"{name}.bias")


def attend(state: dict, name: str, asking: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Multi-head attention with heads of 64 channels."""
    width = asking.shape[1]
    weights, biases = numbers(state, f"{name}.in_proj_weight"), numbers(state, f"{name}.in_proj_bias")
    q, k, v = (
        x @ weights[part * width : (part + 1) * width].T + biases[part * width : (part + 1) * width]
        for part, x in enumerate((asking, asked, asked))
    )
    answers = np.empty_like(q)
    for head in range(width // 64):
        columns = slice(64 * head, 64 * head + 64)
        logits = q[:, columns] @ k[:, columns].T / 8
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        answers[:, columns] = shares / shares.sum(axis=1, keepdims=True) @ v[:, columns]
    return affine(state, f"{name}.out_proj", answers)


def boq_by_hand(state: dict, feature_map: np.ndarray) -> np.ndarray:
    """[channels, h, w] -> the unit vector, by the paper's equations."""
    channels, rows, columns = feature_map.shape
    kernel, bias = numbers(state, "aggregator.proj_c.weight"), numbers(state, "aggregator.proj_c.bias")
    padded = np.pad(feature_map, ((0, 0), (1, 1), (1, 1)))
    projected = np.zeros((rows * columns, len(kernel))) + bias
    for i in range(3):
        for j in range(3):
            projected += padded[:, i : i + rows, j : j + columns].reshape(channels, -1).T @ kernel[:, :, i, j].T
    x = layer_norm(state, "aggregator.norm_input", projected)
    answers = []
    for number in range(2):
        block = f"aggregator.boqs.{number}."
        x = layer_norm(state, f"{block}encoder.norm1", x + attend(state, f"{block}encoder.self_attn", x, x))
        hidden = np.maximum(affine(state, f"{block}encoder.linear1", x), 0)
        x = layer_norm(state, f"{block}encoder.norm2", x + affine(state, f"{block}encoder.linear2", hidden))
        q = numbers(state, f"{block}queries")[0]
        q = layer_norm(state, f"{block}norm_q", q + attend(state, f"{block}self_attn", q, q))
        answers.append(layer_norm(state, f"{block}norm_out", attend(state, f"{block}cross_attn", q, x)))
    mixed = affine(state, "aggregator.fc", np.concatenate(answers).T)
    return unit(mixed.reshape(-1))


def test_over_dinov2_it_is_the_papers_computation():
    checkpoint = boq_checkpoint()
    network = make_boq(checkpoint, PATH)
    with torch.inference_mode():
        feature_map, made = network(network_input(torch.from_numpy(picture()[None])))
    patches, _ = tokens(normed=False)
    assert made.shape == (1, 12288)
    assert feature_map.shape == (1, 23, 23, 384)
    relative = np.linalg.norm(feature_map[0].reshape(529, -1).numpy() - patches) / np.linalg.norm(patches)
    assert relative < 1e-4
    by_hand = boq_by_hand(checkpoint, patches.T.reshape(-1, 23, 23))
    assert np.linalg.norm(made[0].numpy() - by_hand) < 1e-3


@pytest.fixture(scope="module")
def over_resnet() -> tuple[dict, object]:
    """ResNet50 as torchvision publishes it, under the numbers of a Sequential that ends with the third stage."""
    resnet = timm.create_model("resnet50", pretrained=False)
    places = {"conv1": 0, "bn1": 1, "layer1": 4, "layer2": 5, "layer3": 6}
    state = {}
    for key, tensor in resnet.state_dict().items():
        part, _, rest = key.partition(".")
        if part in places:
            state[f"backbone.net.{places[part]}.{rest}"] = tensor
    return state | boq_head(1024, 512), resnet.eval()


def test_over_resnet_it_is_the_papers_computation(over_resnet):
    checkpoint, resnet = over_resnet
    network = make_boq(checkpoint, PATH)
    pixels = network_input(torch.from_numpy(picture(96, 128)[None]))
    with torch.inference_mode():
        feature_map, made = network(pixels)
        wanted = resnet.forward_intermediates(pixels, indices=[3], intermediates_only=True)[0]
    assert isinstance(network, BoqOverResnet)
    assert network.side_px == 384
    assert (network.patch_width, network.global_width) == (1024, 16384)
    torch.testing.assert_close(feature_map.permute(0, 3, 1, 2), wanted)
    by_hand = boq_by_hand(checkpoint, wanted[0].double().numpy())
    assert np.linalg.norm(made[0].numpy() - by_hand) < 1e-3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("aggregator.boqs.1.norm_q.bias"), r"1 missing \(aggregator\.boqs\.1\.norm_q\.bias\)"),
        (lambda state: state.update({"aggregator.more": torch.ones(1)}), r"1 not part of it \(aggregator\.more\)"),
        (
            lambda state: state.update({"aggregator.fc.weight": torch.ones(32, 5)}),
            r"aggregator\.fc\.weight is 32x5, not 32x128",
        ),
        (
            lambda state: state.update({"aggregator.proj_c.weight": torch.ones(100, 384, 3, 3)}),
            r"makes 100 channels, expected a multiple of 64",
        ),
    ],
)
def test_keys_that_do_not_fit_are_named(change, told):
    checkpoint = boq_checkpoint()
    change(checkpoint)
    with pytest.raises(WeightsError, match=rf"boq\.pth: .*{told}"):
        make_boq(checkpoint, PATH)
