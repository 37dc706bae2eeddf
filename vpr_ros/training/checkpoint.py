"""The state of a training between two epochs, in a file that holds tensors and numbers and nothing that would run."""

from __future__ import annotations

import secrets
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import torch

from vpr_ros.core.errors import WeightsError
from vpr_ros.features.weights import load_torch_file
from vpr_ros.maps.storage_errors import storage_errors
from vpr_ros.training.curves import Epoch


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """network, best: weights now and after the best epoch so far."""

    network: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    epochs: tuple[Epoch, ...]


def write_checkpoint(path: Path, state: Checkpoint) -> None:
    """In one step: an interruption leaves the one before. Raises StorageError."""
    content = {
        "network": state.network,
        "best": state.best,
        "optimizer": state.optimizer,
        "epochs": [astuple(epoch) for epoch in state.epochs],
    }
    working = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with storage_errors("the training's state", path):
        try:
            torch.save(content, working)
            working.replace(path)
        finally:
            working.unlink(missing_ok=True)


def read_checkpoint(path: Path) -> Checkpoint:
    """Raises WeightsError, one line, where the file is damaged or no such state."""
    content = load_torch_file(path)
    try:
        return Checkpoint(
            content["network"],
            content["best"],
            content["optimizer"],
            tuple(Epoch(int(number), float(train), float(held)) for number, train, held in content["epochs"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path}: is no state of a training ({error}); start again with --force") from error
