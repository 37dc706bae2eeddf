"""What `features.name: auto` means on this machine: DINOv2 where its weights are at hand, else DenseSIFT."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from vpr_ros.core.feature_settings import DOWNLOADED, FeatureSettings
from vpr_ros.features.dinov2_network import timm_name
from vpr_ros.features.find_weights import weights_folder


@dataclass(frozen=True)
class Choice:
    """A name of features and why it was chosen, for a person."""

    name: str
    reason: str


def choose_features(settings: FeatureSettings) -> Choice:
    """Nothing is imported, downloaded or read: only where files lie decides."""
    model = settings.dinov2.model
    if find_spec("torch") is None or find_spec("timm") is None:
        return Choice("dense_sift", "it needs no network; docs/features.md says how to get DINOv2")
    if settings.dinov2.weights != DOWNLOADED:
        return Choice("dinov2", "its weights are named")
    folder, names = weights_folder(), (f"dinov2_{model}_pretrain.pth", f"{timm_name(model)}.safetensors")
    if any((folder / name).is_file() for name in names):
        return Choice("dinov2", f"its weights are in {folder}")
    return Choice(
        "dense_sift", f"it needs no weights, and {folder / names[0]} is not there; docs/features.md says how to get it"
    )
