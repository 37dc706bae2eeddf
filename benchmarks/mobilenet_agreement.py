"""MobileNetV2 dequantised against the runtime that its int8 file was made for.

ImageNet top-1 on the photos of rooms6, and R@1 on the red kitchen of GeM over each one's own 7x7x1280 map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.build_and_ask import Answer
from benchmarks.real_places import Right, kitchen
from benchmarks.shared_data import shared_data
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.pool_patches import GeneralisedMean
from vpr_ros.core.records import Candidates, Estimate, Features, LabelGuess
from vpr_ros.features.mobilenet_tflite import load_mobilenet_v2
from vpr_ros.features.read_tflite import read_tflite
from vpr_ros.sources.source import Source

NETWORK = Path("models") / "mobilenet_v2_imagenet_tflite" / "mobilenet_v2_1.0_224_ptq.tflite"
SIDE_PX = 224
CHANNELS = 1280

Network = Callable[[np.ndarray], tuple[np.ndarray, int]]
"""RGB uint8 224x224x3 -> the 7x7x1280 map before pooling, and the class of highest probability."""


def main() -> None:
    shared = shared_data().parent
    ours, theirs = dequantised(shared / NETWORK), OwnRuntime(shared / NETWORK)
    photos = sorted((shared / "data" / "rooms6").glob("*/*.jpg"))
    same = sum(ours(image)[1] == theirs(image)[1] for image in map(_read, photos))
    print(
        f"MobileNetV2 dequantised: ImageNet top-1 of its own runtime on {same}/{len(photos)} = {same / len(photos):.3f}"
    )
    for name, network in (("dequantised", ours), ("its own runtime", theirs)):
        judged = recall_at_1(_pooled(network), *kitchen(shared / "data" / "seven_scenes_redkitchen"))
        print(f"red kitchen, MobileNetV2-GeM, {name}: R@1 {sum(judged)}/{len(judged)} = {np.mean(judged):.3f}")


def dequantised(path: Path) -> Network:
    """By timm's network, float32."""
    torch = extra_library("torch", "networks")
    network, _ = load_mobilenet_v2(path)
    mean, std = network.pretrained_cfg["mean"], network.pretrained_cfg["std"]

    def run(image: np.ndarray) -> tuple[np.ndarray, int]:
        pixels = ((image / 255 - mean) / std).astype(np.float32)
        with torch.inference_mode():
            made = network.forward_features(torch.from_numpy(pixels.transpose(2, 0, 1))[None])
            best = int(network.forward_head(made).argmax())
        return made[0].permute(1, 2, 0).numpy(), best

    return run


class OwnRuntime:
    """By LiteRT, int8, every layer's output kept. A `Network`."""

    def __init__(self, path: Path) -> None:
        litert = extra_library("ai_edge_litert.interpreter", "dev")
        self._interpreter = litert.Interpreter(
            str(path),
            # Its faster delegate joins layers, and keeps none of what lies between.
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            experimental_preserve_all_tensors=True,
        )
        self._interpreter.allocate_tensors()
        model = read_tflite(path.read_bytes(), path)
        self._input, self._output = model.inputs[0], model.outputs[0]
        (pooling,) = (operator for operator in model.operators if operator.name == "MEAN")
        self._map = pooling.inputs[0]
        self._scale, self._zero = model.tensors[self._map].scales[0], model.tensors[self._map].zero_points[0]

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, int]:
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(image)[None])
        self._interpreter.invoke()
        stored = self._interpreter.get_tensor(self._map)[0].astype(np.float32)
        return (stored - self._zero) * self._scale, int(self._interpreter.get_tensor(self._output).argmax())


def _pooled(network: Network) -> Callable[[np.ndarray], np.ndarray]:
    gem = GeneralisedMean(CHANNELS, 3.0, signed=False)

    def describe(image: np.ndarray) -> np.ndarray:
        rows = network(_squash(image))[0].reshape(-1, CHANNELS)
        return gem.aggregate(Features(rows, np.zeros((len(rows), 2), np.float32), np.ones(len(rows), bool)))

    return describe


def recall_at_1(
    describe: Callable[[np.ndarray], np.ndarray],
    source: Source,
    keyframes: Sequence[int],
    queries: Sequence[int],
    right: Right,
) -> list[bool]:
    """Whether the nearest keyframe is right, of each query that counts. `describe`: an image -> its unit vector."""
    frames = list(source.frames())
    vectors = np.stack([describe(frame.image) for frame in frames])
    verdicts = []
    for row in queries:
        query = frames[row]
        found = frames[keyframes[int(np.argmax(vectors[keyframes] @ vectors[row]))]]
        estimate = Estimate(
            query.stamp_ns, query.camera, query.source_name, Candidates(()), None, LabelGuess(), LabelGuess(), None, {}
        )
        verdicts.append(right(Answer(query, estimate, found.source_name)))
    return [verdict for verdict in verdicts if verdict is not None]


def _read(path: Path) -> np.ndarray:
    return _squash(np.asarray(cv2.imread(str(path)))[:, :, ::-1])


def _squash(image: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    main()
