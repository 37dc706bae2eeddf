"""Image -> features -> VLAD -> retrieval: milliseconds a frame of every stage, on a GPU or, in small, on a CPU.

Needs torch, timm and numpy only, and no weights: speed does not depend on their values. Two ways through the same
stages are timed. `robot`: as the localizer runs them, where patches come to the CPU and numpy does the rest. `device`:
patches stay where the network left them, and VLAD and retrieval are torch's.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vpr_ros.core.feature_settings import DINOV2_MODELS, CnnSettings, Dinov2Settings, FeatureSettings
from vpr_ros.core.records import FloatArray
from vpr_ros.core.retrieve_places import ExactIndex
from vpr_ros.core.vlad import HardVlad
from vpr_ros.features.dinov2_network import Dinov2Network, empty_dinov2
from vpr_ros.features.patches.cnn import TIMM_NAMES, Cnn, fold_norms
from vpr_ros.features.patches.dinov2 import Dinov2
from vpr_ros.features.run_network import choose_device, make_runner

ANYLOC_BLOCKS = {"vits14": 10, "vitb14": 10, "vitl14": 20, "vitg14": 31}
CLUSTERS, TOP_K = 32, 20
STAGES = ("network", "features", "vlad numpy", "vlad torch", "find numpy", "find torch")
SMALL = ["--models", "vits14", "mobilenetv2_100", "--sides", "224x224", "--batches", "1", "4"]
SMALL += ["--precisions", "fp32", "--places", "1000", "--rounds", "3"]


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    model: str
    height: int
    width: int
    batch: int
    precision: str

    def __str__(self) -> str:
        return f"{self.model:<16}{f'{self.width}x{self.height}':>8}{self.batch:>6} {self.precision:<5}"


def main(arguments: Sequence[str] | None = None) -> None:
    args = _parser().parse_args(arguments)
    device = choose_device(args.device)
    if args.small:
        args = _parser().parse_args([*SMALL, "--device", args.device])
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{name}; torch {torch.__version__}; {CLUSTERS} clusters, {args.places} places; median of {args.rounds}")
    print("milliseconds a frame (features: the network, and its patches brought to numpy); fps from image to places")
    print(f"{'':<36}" + "".join(f"{stage:>12}" for stage in STAGES) + f"{'robot fps':>12}{'device fps':>12}{'GB':>7}")
    for model in args.models:
        network = random_network(model, device)
        for case in _cases(model, args):
            try:
                print(_row(case, network, device, args), flush=True)
            except torch.cuda.OutOfMemoryError:
                print(f"{case} does not fit into the GPU's memory", flush=True)
        del network


def _row(case: Case, network: torch.nn.Module | Dinov2Network, device: torch.device, args: argparse.Namespace) -> str:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    ms = measure(case, network, device, args.places, args.rounds)
    robot = ms["features"] + ms["vlad numpy"] + ms["find numpy"]
    there = ms["network"] + ms["vlad torch"] + ms["find torch"]
    used_gb = torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else 0.0
    cells = "".join(f"{ms[stage]:>12.3f}" for stage in STAGES)
    return f"{case}{cells}{1e3 / robot:>12.1f}{1e3 / there:>12.1f}{used_gb:>7.2f}"


def measure(
    case: Case, network: torch.nn.Module | Dinov2Network, device: torch.device, places: int, rounds: int
) -> dict[str, float]:
    """Milliseconds a frame by stage. Raises ValueError when torch's way finds other places than numpy's."""
    extractor = _extractor(case, network, device)
    runner = make_runner(FeatureSettings(device=device.type, precision=case.precision))
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (case.height, case.width, 3), dtype=np.uint8) for _ in range(case.batch)]

    def run() -> torch.Tensor:
        with torch.autocast(device.type, runner.precision, enabled=runner.precision != torch.float32):
            return extractor.compute(torch.from_numpy(np.stack(images)).to(device))[1]

    with torch.inference_mode():
        features = extractor.extract_batch(images)
        rows = torch.nn.functional.normalize(run().float(), dim=2)
        centres = 0.9 * features[0].patches[rng.choice(len(features[0].patches), CLUSTERS)]
        vlad, centres_there = HardVlad(centres, np.arange(CLUSTERS)), torch.from_numpy(centres).to(device)
        described = np.stack([vlad.aggregate(each) for each in features])
        database = _database(described, places, rng)
        index, database_there = ExactIndex(database), torch.from_numpy(database).to(device)
        described_there = vlad_by_torch(rows, centres_there)
        _compare(described, described_there.cpu().numpy(), case)
        work: dict[str, Callable[[], object]] = {
            "network": run,
            "features": lambda: extractor.extract_batch(images),
            "vlad numpy": lambda: [vlad.aggregate(each) for each in features],
            "vlad torch": lambda: vlad_by_torch(rows, centres_there),
            "find numpy": lambda: index.search_many(described, TOP_K),
            "find torch": lambda: (described_there @ database_there.T).topk(TOP_K, dim=1).indices.cpu(),
        }
        return {stage: took / case.batch for stage, took in _medians_ms(work, rounds, device).items()}


def vlad_by_torch(patches: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    """[B, N, D] of unit length and [K, D] -> [B, K * D] of unit length: hard VLAD of all images at once."""
    normalise = torch.nn.functional.normalize
    nearest = (patches @ normalise(centres, dim=1).T).argmax(dim=2)
    chosen = torch.nn.functional.one_hot(nearest, len(centres)).to(patches.dtype)
    residuals = chosen.transpose(1, 2) @ patches - chosen.sum(dim=1)[..., None] * centres
    return normalise(normalise(residuals, dim=2).flatten(1), dim=1)


def random_network(model: str, device: torch.device) -> torch.nn.Module | Dinov2Network:
    """The network of this name with random numbers."""
    import timm

    torch.manual_seed(0)
    if model not in DINOV2_MODELS:
        return fold_norms(timm.create_model(TIMM_NAMES[model], pretrained=False, num_classes=0).eval()).to(device)
    vit = empty_dinov2(model).to_empty(device=device).eval().requires_grad_(False)
    for parameter in vit.parameters():
        parameter.normal_(0, 0.02)
    return Dinov2Network(model, vit)


def _extractor(case: Case, network: torch.nn.Module | Dinov2Network, device: torch.device) -> Dinov2 | Cnn:
    runner = make_runner(FeatureSettings(device=device.type, precision=case.precision, batch=case.batch))
    if isinstance(network, Dinov2Network):
        settings = Dinov2Settings(model=case.model, block=ANYLOC_BLOCKS[case.model.partition("_")[0]])
        return Dinov2(network, settings, runner, "random", False)
    return Cnn(network, CnnSettings(model=case.model), runner, "random")


def _compare(numpys: FloatArray, torchs: FloatArray, case: Case) -> None:
    """The network runs twice for this: bf16 may round a patch to another centre now and then."""
    worst = float((numpys * torchs).sum(axis=1).min())
    if worst < (0.9999 if case.precision == "fp32" else 0.99):
        raise ValueError(f"{case}: VLAD by torch and by numpy have cosine {worst:.6f}")


def _database(described: FloatArray, places: int, rng: np.random.Generator) -> FloatArray:
    database = rng.standard_normal((places, described.shape[1]), dtype=np.float32)
    database[: len(described)] = described[:places]
    return database / np.linalg.norm(database, axis=1, keepdims=True)


def _medians_ms(work: Mapping[str, Callable[[], object]], rounds: int, device: torch.device) -> dict[str, float]:
    """Of each by itself, warmed up, with nothing left running on the device before or after."""
    return {stage: statistics.median(list(_times_ms(each, rounds, device))[2:]) for stage, each in work.items()}


def _times_ms(work: Callable[[], object], rounds: int, device: torch.device) -> Iterator[float]:
    for _ in range(rounds + 2):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        yield (time.perf_counter() - began) * 1e3


def _cases(model: str, args: argparse.Namespace) -> Iterator[Case]:
    for side in args.sides:
        width, _, height = side.partition("x")
        for batch in args.batches:
            for precision in args.precisions:
                yield Case(model, int(height), int(width), batch, precision)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [*DINOV2_MODELS, *TIMM_NAMES]
    default = ["vits14", "vitb14", "vitl14", "vitg14", *TIMM_NAMES]
    parser.add_argument("--models", nargs="+", choices=known, default=default)
    parser.add_argument("--sides", nargs="+", default=["224x224", "322x238", "630x476"], metavar="WIDTHxHEIGHT")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"])
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--small", action="store_true", help="the whole program in seconds, on a CPU too")
    return parser


if __name__ == "__main__":
    main()
