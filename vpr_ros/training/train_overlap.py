"""Training of the overlap encoder: pairs in batches, held-out places after every epoch, and a state to go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from vpr_ros.core.records import Array, FloatArray
from vpr_ros.training.centre_patches import centre_patches
from vpr_ros.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from vpr_ros.training.contrastive_loss import ASKED_EVERY, contrastive_loss, hardest_negatives
from vpr_ros.training.curves import Epoch, best_epoch
from vpr_ros.training.overlap_network import OverlapNetwork
from vpr_ros.training.share_cells import flipped_cells
from vpr_ros.training.training_data import LabelledPairs, TrainingData
from vpr_ros.training.training_settings import TrainingSettings

SHARE = "share"
"""Of the learning rate, that a group of parameters gets."""
_SEEDS_PER_RUN = 100_003
"""Epochs of runs with neighbouring seeds shall not share their chance."""


@dataclass(frozen=True, eq=False)
class Trained:
    """network: as it was after the best epoch, on the CPU, without dropout. epochs: all of them; the first is numbered
    0 and tells of where training begins."""

    network: OverlapNetwork
    epochs: tuple[Epoch, ...]

    @property
    def best(self) -> Epoch:
        return best_epoch(self.epochs)


def train_overlap(
    data: TrainingData, settings: TrainingSettings, state: Path, device: str, report: Callable[[Epoch], None]
) -> Trained:
    """Train until the held-out loss has not fallen for `patience` epochs; `report` is told every epoch.

    state: the file that is written after every epoch, and gone on from where it is there; on one CPU the outcome is the
    same as without the interruption. Raises WeightsError where the file is of another training.
    """
    with torch.random.fork_rng(devices=[]):
        return _Training(data, settings, state, torch.device(device), report).run()


class _Training:
    def __init__(
        self,
        data: TrainingData,
        settings: TrainingSettings,
        state: Path,
        device: torch.device,
        report: Callable[[Epoch], None],
    ) -> None:
        self._data, self._settings, self._state, self._report = data, settings, state, report
        self._device = device
        torch.manual_seed(settings.seed * _SEEDS_PER_RUN)
        dimensions = min(settings.dimensions, data.drives[0].pooled.shape[-1])
        weight, bias = centre_patches(data, dimensions)
        network = OverlapNetwork(weight, bias, settings.hidden, settings.dropout)
        self._network = network.to(device)
        self._optimizer = torch.optim.AdamW(
            [
                {"params": list(network.content()), SHARE: 1.0},
                {"params": list(network.place()), SHARE: settings.place_share},
            ],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        self._centres = torch.from_numpy(data.centres).to(device)
        self._best = self._weights()
        self._epochs: list[Epoch] = []

    def run(self) -> Trained:
        if self._state.is_file():
            self._go_on()
        else:
            self._tell(Epoch(0, float("nan"), self._held_out_loss()))
        while self._epochs[-1].number < self._settings.epochs:
            number = self._epochs[-1].number + 1
            if number - 1 - best_epoch(self._epochs).number >= self._settings.patience:
                break
            train_loss = self._train_once(number)
            self._tell(Epoch(number, train_loss, self._held_out_loss()))
        self._network.load_state_dict(self._best)
        return Trained(self._network.cpu().eval(), tuple(self._epochs))

    def _tell(self, epoch: Epoch) -> None:
        self._epochs.append(epoch)
        if best_epoch(self._epochs) == epoch:
            self._best = self._weights()
        write_checkpoint(
            self._state, Checkpoint(self._weights(), self._best, self._optimizer.state_dict(), tuple(self._epochs))
        )
        self._report(epoch)

    def _go_on(self) -> None:
        found = read_checkpoint(self._state)
        self._network.load_state_dict(found.network)
        self._optimizer.load_state_dict(found.optimizer)
        self._best = found.best
        self._epochs = list(found.epochs)
        for epoch in self._epochs:
            self._report(epoch)

    def _train_once(self, number: int) -> float:
        """The mean loss of an epoch, which each pair enters once; its chance is its own, whatever came before."""
        rng = np.random.default_rng([self._settings.seed, number])
        torch.manual_seed(self._settings.seed * _SEEDS_PER_RUN + number)
        for group in self._optimizer.param_groups:
            group["lr"] = group[SHARE] * self._settings.rate_at(number - 1)
        self._network.train()
        total = 0.0
        order = rng.permutation(len(self._data.train.pairs))
        for batch in _batches(order, self._settings.batch):
            losses = self._losses(self._data.train, batch, rng)
            self._optimizer.zero_grad()
            torch.autograd.backward(losses.mean())
            self._optimizer.step()
            total += float(losses.detach().sum())
        return total / len(order)

    def _held_out_loss(self) -> float:
        self._network.eval()
        pairs = self._data.held_out
        with torch.no_grad():
            parts = [
                self._losses(pairs, batch, None).sum()
                for batch in _batches(np.arange(len(pairs.pairs)), self._settings.batch)
            ]
        return float(torch.stack(parts).sum()) / len(pairs.pairs)

    def _losses(self, labelled: LabelledPairs, batch: Array, rng: np.random.Generator | None) -> torch.Tensor:
        """[B]; rng: draws versions of the images, both of a pair mirrored or none; None takes them as they are."""
        first, second = labelled.pairs.first[batch], labelled.pairs.second[batch]
        versions = np.zeros((2, len(batch)), int)
        if rng is not None:
            lights = self._data.drives[0].pooled.shape[1] // 2
            versions[:] = 2 * rng.integers(0, lights, versions.shape) + rng.integers(0, 2, len(batch))
        positives = positives_of(labelled, batch, versions[0] % 2 == 1)
        (cells, use), (other_cells, other_use) = (
            self._data.cells(views, each) for views, each in ((first, versions[0]), (second, versions[1]))
        )
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            places = self._network.positions(self._centres)
            one, other = (
                self._network(self._tensor(pooled), places[self._tensor(self._data.shape_of[views])])
                for pooled, views in ((cells, first), (other_cells, second))
            )
        pairs = one, other, (self._tensor(use), self._tensor(other_use)), self._tensor(positives)
        offset = 0 if rng is None else int(rng.integers(ASKED_EVERY))
        return contrastive_loss(*pairs) + self._settings.hardest * hardest_negatives(*pairs, offset)

    def _tensor(self, array: Array) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().cpu().clone() for name, tensor in self._network.state_dict().items()}


def positives_of(labelled: LabelledPairs, batch: Array, mirrored: Array) -> npt.NDArray[np.int64]:
    """[m, 3]: the pair within the batch and the two cells that belong together, where they lie in images that are
    mirrored or not."""
    rows = [np.empty((0, 3), np.int64)]
    for row, (pair, flip) in enumerate(zip(batch.tolist(), mirrored.tolist(), strict=True)):
        cells = labelled.cells_of(pair).astype(np.int64)
        cells = _FLIPPED[cells] if flip else cells
        rows.append(np.column_stack([np.full(len(cells), row), cells]))
    return np.concatenate(rows)


def network_encode(network: OverlapNetwork) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """The network as `judge_overlap` asks for it."""

    def encode(pooled: FloatArray, centres: FloatArray) -> FloatArray:
        with torch.inference_mode():
            found = network(torch.from_numpy(pooled), network.positions(torch.from_numpy(centres)))
        return np.asarray(found.numpy(), dtype=np.float32)

    return encode


def _batches(order: Array, size: int) -> Iterator[Array]:
    return (order[start : start + size] for start in range(0, len(order), size))


_FLIPPED = flipped_cells()
