"""DINOv2 from its papers, in plain torch over a checkpoint in Meta's layout; and such checkpoints with random numbers.

Nothing of timm or of ours is used here: this is what our features are held against.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812

SIZES = {"vits14": (384, 12, 6), "vitb14": (768, 12, 12), "vitg14": (1536, 40, 24)}
"""width, blocks, heads"""


def random_checkpoint(
    model: str, registers: int = 0, depth: int | None = None, seed: int = 0
) -> dict[str, torch.Tensor]:
    """Every key of the published file in its published shape. Numbers large enough for each part to matter."""
    width, blocks, _ = SIZES[model]
    draw = torch.Generator().manual_seed(seed)

    def normal(*shape: int, scale: float, mean: float = 0.0) -> torch.Tensor:
        return torch.empty(shape).normal_(mean, scale, generator=draw)

    state = {
        "cls_token": normal(1, 1, width, scale=0.5),
        "pos_embed": normal(1, 1 + 37 * 37, width, scale=0.5),
        "mask_token": normal(1, width, scale=0.5),
        "patch_embed.proj.weight": normal(width, 3, 14, 14, scale=0.05),
        "patch_embed.proj.bias": normal(width, scale=0.1),
        "norm.weight": normal(width, scale=0.2, mean=1.0),
        "norm.bias": normal(width, scale=0.2),
    }
    if registers:
        state["register_tokens"] = normal(1, registers, width, scale=0.5)
    for number in range(depth or blocks):
        block = f"blocks.{number}."
        for norm in ("norm1", "norm2"):
            state[f"{block}{norm}.weight"] = normal(width, scale=0.2, mean=1.0)
            state[f"{block}{norm}.bias"] = normal(width, scale=0.2)
        linear = {"attn.qkv": (3 * width, width), "attn.proj": (width, width)}
        if model == "vitg14":
            linear |= {"mlp.w12": (2 * 4096, width), "mlp.w3": (width, 4096)}
        else:
            linear |= {"mlp.fc1": (4 * width, width), "mlp.fc2": (width, 4 * width)}
        for name, (rows, columns) in linear.items():
            state[f"{block}{name}.weight"] = normal(rows, columns, scale=1.5 / math.sqrt(columns))
            state[f"{block}{name}.bias"] = normal(rows, scale=0.1)
        for scale in ("ls1", "ls2"):
            state[f"{block}{scale}.gamma"] = normal(width, scale=0.1, mean=0.5)
    return state


def textbook_facets(
    state: dict[str, torch.Tensor], image: torch.Tensor, heads: int, block: int
) -> dict[str, torch.Tensor]:
    """uint8 [H, W, 3] -> the four facets of one block [N, D], and `class`, the final normalised class token [D]."""
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pixels = ((image / 255.0 - mean) / std).permute(2, 0, 1)
    rows, columns = pixels.shape[1] // 14, pixels.shape[2] // 14
    squares = pixels.reshape(3, rows, 14, columns, 14).permute(1, 3, 0, 2, 4).reshape(rows * columns, -1)
    width = state["cls_token"].shape[-1]
    tokens = squares @ state["patch_embed.proj.weight"].reshape(width, -1).T + state["patch_embed.proj.bias"]
    tokens = torch.cat([state["cls_token"][0], tokens]) + positions(state, rows, columns)
    registers = state["register_tokens"][0] if "register_tokens" in state else tokens[:0]
    tokens = torch.cat([tokens[:1], registers, tokens[1:]])
    first = 1 + len(registers)
    found = {}
    number = 0
    while f"blocks.{number}.norm1.weight" in state:
        name = f"blocks.{number}."
        normed = layer_norm(state, f"{name}norm1", tokens)
        qkv = affine(state, f"{name}attn.qkv", normed)
        q, k, v = qkv.split(width, dim=1)
        if number == block:
            found |= {"query": q[first:], "key": k[first:], "value": v[first:]}
        tokens = tokens + state[f"{name}ls1.gamma"] * affine(state, f"{name}attn.proj", attend(q, k, v, heads))
        hidden = mlp(state, name, layer_norm(state, f"{name}norm2", tokens))
        tokens = tokens + state[f"{name}ls2.gamma"] * hidden
        if number == block:
            found["token"] = tokens[first:]
        number += 1
    return found | {"class": layer_norm(state, "norm", tokens)[0]}


def positions(state: dict[str, torch.Tensor], rows: int, columns: int) -> torch.Tensor:
    """Meta's interpolate_pos_encoding: with an offset of 0.1; antialiased and without offset beside registers."""
    table = state["pos_embed"][0]
    if rows == columns == 37:
        return table
    square = table[1:].reshape(37, 37, -1).permute(2, 0, 1)[None]
    if "register_tokens" in state:
        there = F.interpolate(square, size=(rows, columns), mode="bicubic", antialias=True)
    else:
        there = F.interpolate(square, scale_factor=((rows + 0.1) / 37, (columns + 0.1) / 37), mode="bicubic")
    return torch.cat([table[:1], there[0].flatten(1).T])


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int) -> torch.Tensor:
    outputs = []
    for a, b, c in zip(q.chunk(heads, 1), k.chunk(heads, 1), v.chunk(heads, 1), strict=True):
        outputs.append(torch.softmax(a @ b.T / math.sqrt(a.shape[1]), dim=1) @ c)
    return torch.cat(outputs, dim=1)


def mlp(state: dict[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    if f"{name}mlp.w12.weight" in state:
        gate, value = affine(state, f"{name}mlp.w12", x).chunk(2, dim=1)
        return affine(state, f"{name}mlp.w3", gate * torch.sigmoid(gate) * value)
    hidden = affine(state, f"{name}mlp.fc1", x)
    return affine(state, f"{name}mlp.fc2", hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2))))


def layer_norm(state: dict[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    centred = x - x.mean(dim=1, keepdim=True)
    scaled = centred / torch.sqrt(centred.square().mean(dim=1, keepdim=True) + 1e-6)
    return scaled * state[f"{name}.weight"] + state[f"{name}.bias"]


def affine(state: dict[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def as_timm_layout(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same network as timm publishes it: other names for SwiGLU and registers, the class position added."""
    there = {}
    for key, tensor in state.items():
        if key != "mask_token":
            there[key.replace("mlp.w12", "mlp.fc1").replace("mlp.w3", "mlp.fc2")] = tensor
    if "register_tokens" in there:
        there["reg_token"] = there.pop("register_tokens")
        there["cls_token"] = there["cls_token"] + there["pos_embed"][:, :1]
        there["pos_embed"] = there["pos_embed"][:, 1:].contiguous()
    return there
