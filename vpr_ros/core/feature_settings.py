"""The `features` settings: which network or method describes images, where its weights lie, and how it is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from vpr_ros.core.setting import setting

FEATURES = ("auto", "dense_sift", "dinov2", "cnn", "salad", "boq", "megaloc", "xfeat_netvlad")
DINOV2_MODELS = ("vits14", "vitb14", "vitl14", "vitg14", "vits14_reg4", "vitb14_reg4", "vitl14_reg4", "vitg14_reg4")
CNN_MODELS = ("resnet50", "mobilenetv2_100", "mobilenet_v2_tflite")
DOWNLOADED = "hub"
"""The value of `weights` that lets timm fetch a network's published weights."""
NOT_SAID = "required"
"""The value of `weights` where a file must be named, and nobody did."""


@dataclass(frozen=True)
class DenseSiftSettings:
    """RootSIFT on a dense grid."""

    step_px: int = setting(8, "distance of grid points in the resized image", low=2, high=64)
    bin_sizes_px: tuple[int, ...] = setting(
        (6, 8, 12, 16), "side of one of the 4x4 spatial bins, one scale each", low=2, high=64
    )
    min_contrast: float = setting(
        0.002,
        "patches whose mean gradient (grey levels 0..1 a pixel) is lower show nothing but noise",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class Dinov2Settings:
    """One facet of one block of a DINOv2 vision transformer."""

    model: str = setting("vits14", "size of the network, reg4 with register tokens", choices=DINOV2_MODELS)
    facet: str = setting(
        "value",
        "what of the block is a patch feature: its output, or a third of its qkv",
        choices=("token", "query", "key", "value"),
    )
    block: int = setting(
        10, "transformer block, counted from 0 (AnyLoc: 31 of vitg14, 20 of vitl14, 10 below)", low=0, high=39
    )
    fit: str = setting(
        "resize",
        "how sides become multiples of 14: resize keeps the whole view, crop loses its rim (AnyLoc)",
        choices=("resize", "crop"),
    )
    weights: str = setting(
        DOWNLOADED, "file in facebookresearch .pth or timm .safetensors layout; `hub` lets timm fetch it"
    )


@dataclass(frozen=True)
class CnnSettings:
    """The last feature map of a convolutional network as a grid of patches."""

    model: str = setting(
        "mobilenetv2_100", "network; mobilenet_v2_tflite reads an int8 TFLite file", choices=CNN_MODELS
    )
    weights: str = setting(
        DOWNLOADED, "file in timm's layout (.safetensors, .pth) or .tflite; `hub` lets timm fetch it"
    )


@dataclass(frozen=True)
class HeadSettings:
    """A published network that makes a whole image's descriptor itself: SALAD, BoQ, MegaLoc, XFeat-NetVLAD."""

    weights: str = setting(NOT_SAID, "its checkpoint (.pth, .ckpt, .safetensors; a folder of .onnx for xfeat_netvlad)")


@dataclass(frozen=True)
class FeatureSettings:
    """Which network or method describes patches. Only `auto` chooses, and says what it chose."""

    name: str = setting("auto", "patch features; auto chooses what this machine can run and says so", choices=FEATURES)
    scales: tuple[float, ...] = setting(
        (1.0,), "sizes of the prepared image that features are taken at, e.g. [1.0, 0.707, 0.5]", low=0.1, high=4.0
    )
    device: str = setting(
        "auto", "where a network runs; auto takes a GPU where there is one", choices=("auto", "cpu", "cuda")
    )
    precision: str = setting(
        "auto",
        "numbers a network computes with; auto is bf16 on a GPU and fp32 on a CPU",
        choices=("auto", "fp32", "bf16"),
    )
    batch: int = setting(8, "images a network sees at once while a map is built", low=1, high=1024)
    dense_sift: DenseSiftSettings = field(default_factory=DenseSiftSettings)
    dinov2: Dinov2Settings = field(default_factory=Dinov2Settings)
    cnn: CnnSettings = field(default_factory=CnnSettings)
    salad: HeadSettings = field(default_factory=HeadSettings)
    boq: HeadSettings = field(default_factory=HeadSettings)
    megaloc: HeadSettings = field(default_factory=HeadSettings)
    xfeat_netvlad: HeadSettings = field(default_factory=HeadSettings)
