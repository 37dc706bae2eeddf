"""DINOv2 by timm, run as Meta's code runs it: its position embeddings, its facets, and no block more than needed.

Weights come in Meta's layout (`dinov2_vits14_pretrain.pth`) or timm's; both describe the same network. Where they
differ: Meta's names the SwiGLU layers w12 and w3, keeps an embedding for masked patches (only training needs it), and,
beside registers, adds the class token's position embedding when running rather than when saving.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vpr_ros.core.errors import SettingsError, WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.features.weights import Tensors, fill_network

if TYPE_CHECKING:
    import torch

PATCH_PX = 14
NATIVE_GRID = 37
"""Published position embeddings are a table of 37x37 patches: images of 518 pixels."""
OFFSET = 0.1
"""Meta resamples the table by (rows + 0.1) / 37: a kludge of the first release that all published features contain."""
FACETS = ("query", "key", "value")
WIDTHS = {384: "vits14", 768: "vitb14", 1024: "vitl14", 1536: "vitg14"}
SIZES = {"vits14": "small", "vitb14": "base", "vitl14": "large", "vitg14": "giant"}


def timm_name(model: str) -> str:
    """vits14_reg4 -> vit_small_patch14_reg4_dinov2.lvd142m."""
    size, _, registers = model.partition("_")
    return f"vit_{SIZES[size]}_patch14_{registers + '_' if registers else ''}dinov2.lvd142m"


def make_dinov2(model: str, tensors: Tensors, path: Path) -> Dinov2Network:
    """The network of this name (`vits14`, `vitb14_reg4`, ...) with these weights, on the CPU, as float32.

    `path` is what errors call the file. Raises WeightsError that names keys, or the model that the file is of.
    """
    found = recognise_model(tensors)
    if found is not None and found != model:
        raise WeightsError(
            f"{path}: holds {found}, {model} was asked for; say model={found} or name the file of {model}"
        )
    network = empty_dinov2(model)
    fill_network(network, as_timm(tensors), path)
    return Dinov2Network(model, network)


def empty_dinov2(model: str) -> Any:
    """timm's network of this name on the `meta` device, without memory: a file's tensors become its parameters."""
    torch, timm = (extra_library(name, "networks") for name in ("torch", "timm"))
    options = {"pretrained": False, "num_classes": 0, "img_size": PATCH_PX * NATIVE_GRID}
    try:
        with torch.device("meta"):
            return timm.create_model(timm_name(model), **options)
    except RuntimeError:  # timm 1.0.20 and older compute with tensors while they build
        return timm.create_model(timm_name(model), **options)


def recognise_model(tensors: Tensors) -> str | None:
    """The DINOv2 model whose weights these look like, None where they look like none."""
    token = tensors.get("cls_token")
    size = WIDTHS.get(token.shape[-1]) if token is not None and token.ndim == 3 else None
    registers = tensors.get("register_tokens", tensors.get("reg_token"))
    if size is None or registers is None:
        return size
    return f"{size}_reg{registers.shape[1]}" if registers.ndim == 3 else None


def as_timm(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Meta's layout -> timm's; timm's stays as it is."""
    renamed = {
        key.replace(".mlp.w12.", ".mlp.fc1.").replace(".mlp.w3.", ".mlp.fc2."): tensor
        for key, tensor in tensors.items()
        if key != "mask_token"
    }
    if "register_tokens" in renamed and {"cls_token", "pos_embed"} <= renamed.keys():
        table = renamed["pos_embed"]
        renamed["reg_token"] = renamed.pop("register_tokens")
        renamed["cls_token"] = renamed["cls_token"] + table[:, :1]
        renamed["pos_embed"] = table[:, 1:]
    return renamed


class Dinov2Network:
    """Runs normalised images, float32 [B, 3, 14 rows, 14 columns], to the tokens of any block."""

    def __init__(self, model: str, vit: Any) -> None:  # timm's modules declare none of their parts to type checkers
        self.model = model
        self.vit = vit
        self.width: int = vit.embed_dim
        self.depth = len(vit.blocks)
        self._registers = "reg" in model
        self._table_at = lru_cache(maxsize=8)(self._resampled)

    def to(self, device: torch.device) -> Dinov2Network:
        """The same network, its weights on the device."""
        self.vit.to(device)
        self._table_at.cache_clear()
        return self

    def check_block(self, block: int) -> None:
        """Raises SettingsError for a block that this network lacks."""
        if block >= self.depth:
            raise SettingsError(
                f"features.dinov2.block={block}: {self.model} has blocks 0 to {self.depth - 1}; AnyLoc takes 31 of "
                "vitg14, 20 of vitl14, 10 of the smaller ones"
            )

    def facet(
        self, pixels: torch.Tensor, facet: str, block: int, class_token: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """One facet of one block -> patches [B, N, D] and, if asked for, the final normalised class token [B, D].

        `token` is the block's output; query, key and value are thirds of what its attention computes from its input.
        Blocks after this one run only for the class token.
        """
        tokens = self._embed(pixels)
        for layer in self.vit.blocks[:block]:
            tokens = layer(tokens)
        layer = self.vit.blocks[block]
        third = None if facet == "token" else self._third(layer, tokens, FACETS.index(facet))
        if facet == "token" or class_token:
            tokens = layer(tokens)
        patches = tokens[:, self._prefix :] if third is None else third
        if not class_token:
            return patches, None
        for layer in self.vit.blocks[block + 1 :]:
            tokens = layer(tokens)
        return patches, self.vit.norm(tokens[:, 0])

    def final_tokens(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """After the last block and the final norm: patches [B, N, D] and class token [B, D], as trained heads use."""
        tokens = self._embed(pixels)
        for layer in self.vit.blocks:
            tokens = layer(tokens)
        tokens = self.vit.norm(tokens)
        return tokens[:, self._prefix :], tokens[:, 0]

    @property
    def _prefix(self) -> int:
        return 1 + (self.vit.reg_token.shape[1] if self._registers else 0)

    def _third(self, layer: Any, tokens: torch.Tensor, part: int) -> torch.Tensor:
        """query, key or value of the patches alone: a third of the product that the whole layer would need."""
        import torch

        qkv = layer.attn.qkv
        rows = slice(part * self.width, (part + 1) * self.width)
        return torch.nn.functional.linear(layer.norm1(tokens[:, self._prefix :]), qkv.weight[rows], qkv.bias[rows])

    def _embed(self, pixels: torch.Tensor) -> torch.Tensor:
        """[B, 3, H, W] -> [B, class + registers + N, D], positions added."""
        import torch

        vit = self.vit
        embedded = vit.patch_embed.proj(pixels)
        rows, columns = embedded.shape[-2:]
        patches = embedded.flatten(2).transpose(1, 2)
        class_position, table = self._table_at(rows, columns)
        start = vit.cls_token if class_position is None else vit.cls_token + class_position
        parts = [start.expand(len(patches), -1, -1)]
        if self._registers:
            parts.append(vit.reg_token.expand(len(patches), -1, -1))
        return torch.cat([*parts, patches + table], dim=1)

    def _resampled(self, rows: int, columns: int) -> tuple[torch.Tensor | None, torch.Tensor]:
        table = self.vit.pos_embed
        if self._registers:
            return None, resample_positions(table, rows, columns, registers=True)
        return table[:, :1], resample_positions(table[:, 1:], rows, columns, registers=False)


def resample_positions(table: torch.Tensor, rows: int, columns: int, registers: bool) -> torch.Tensor:
    """Position embeddings [1, 37 * 37, D] -> [1, rows * columns, D] as Meta's code resamples them.

    Models without registers: bicubic by the factor (rows + 0.1) / 37, no antialiasing. Models with registers were
    published with neither the offset nor the lack of antialiasing.
    """
    import torch

    if (rows, columns) == (NATIVE_GRID, NATIVE_GRID):
        return table
    square = table.reshape(1, NATIVE_GRID, NATIVE_GRID, -1).permute(0, 3, 1, 2)
    if registers:
        resampled = torch.nn.functional.interpolate(square, (rows, columns), mode="bicubic", antialias=True)
    else:
        factors = ((rows + OFFSET) / NATIVE_GRID, (columns + OFFSET) / NATIVE_GRID)
        resampled = torch.nn.functional.interpolate(square, scale_factor=factors, mode="bicubic")
    return resampled.permute(0, 2, 3, 1).reshape(1, rows * columns, -1)
