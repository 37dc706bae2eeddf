"""MobileNetV2 from an int8 .tflite: a random one against the textbook, the real one against its own runtime."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tflite_bytes import TfliteFile, flatbuffer

from vpr_ros.core.errors import WeightsError
from vpr_ros.features.mobilenet_tflite import load_mobilenet_v2

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("timm", reason="timm is not installed")
from torch.nn import functional  # noqa: E402

BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
"""MobileNetV2's table: expansion, channels, repeats, stride of the first."""
CLASSES = 11


class RandomMobileNet:
    """Writes a MobileNetV2 with random int8 weights, and computes it by hand from the same numbers."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)
        self.file = TfliteFile()
        self.file.tensor(shape=(1, 224, 224, 3), scales=[1 / 127.5], zero_points=[127])
        self.last = 0
        self.steps: list[dict[str, Any]] = []
        self.add_all()

    def add_all(self) -> None:
        self.convolve(3, 32, 3, 2)
        channels = 32
        for expansion, out, repeats, first_stride in BLOCKS:
            for repeat in range(repeats):
                stride, began, hidden = first_stride if repeat == 0 else 1, self.last, channels * expansion
                if expansion > 1:
                    self.convolve(channels, hidden, 1, 1)
                self.convolve(hidden, hidden, 3, stride, depthwise=True)
                self.convolve(hidden, out, 1, 1, clipped=False)
                if stride == 1 and channels == out:
                    self.join("ADD", [began, self.last])
                    self.steps.append({"add": began, "output": self.last})
                channels = out
        self.convolve(channels, 1280, 1, 1)
        self.features = self.last
        self.join("MEAN", [self.last])
        self.convolve(1280, CLASSES, 1, 1, clipped=False)
        self.join("SOFTMAX", [self.last])

    def convolve(
        self, channels: int, out: int, side: int, stride: int, depthwise: bool = False, clipped: bool = True
    ) -> None:
        shape, axis = ((1, side, side, out), 3) if depthwise else ((out, side, side, channels), 0)
        stored = self.rng.integers(-127, 128, shape, dtype=np.int8)
        inputs = side * side * (1 if depthwise else channels)
        scales = self.rng.uniform(0.5, 1.5, out) * np.sqrt(2 / inputs) / 73
        bias = self.rng.integers(-1000, 1000, out, dtype=np.int32)
        tensors = [
            self.last,
            self.file.tensor(stored, scales=scales, axis=axis),
            self.file.tensor(bias, scales=np.full(out, 1e-4)),
        ]
        options = {1: stride, 2: stride, (4 if depthwise else 3): 3 if clipped else 0}
        self.join("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", tensors, options)
        along = [1, 1, 1, 1]
        along[axis] = -1
        weights = stored * scales.astype(np.float32).astype(np.float64).reshape(along)
        weights = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
        self.steps.append(
            {
                "weights": torch.from_numpy(weights),
                "bias": torch.from_numpy(bias * float(np.float32(1e-4))),
                "stride": stride,
                "groups": out if depthwise else 1,
                "clipped": clipped,
                "output": self.last,
            }
        )

    def join(self, name: str, inputs: list[int], options: dict[int, int] | None = None) -> None:
        self.last = self.file.operator(name, inputs, self.file.tensor(shape=(1,)), options)

    def write(self, path: Path) -> Path:
        path.write_bytes(flatbuffer(self.file.model([0], [self.last])))
        return path

    def compute(self, image: torch.Tensor) -> torch.Tensor:
        """float64 [1, 1280, 7, 7] of an image that is normalised already."""
        made = {0: image.double()}
        x = made[0]
        for step in self.steps:
            if "add" in step:
                x = x + made[step["add"]]
            else:
                side, stride, size = step["weights"].shape[-1], step["stride"], x.shape[-1]
                missing = max((-(-size // stride) - 1) * stride + side - size, 0)  # SAME: the odd one at the end
                before, after = missing // 2, missing - missing // 2
                x = functional.pad(x, (before, after, before, after))
                x = functional.conv2d(x, step["weights"], step["bias"], stride, groups=step["groups"])
                x = x.clamp(0, 6) if step["clipped"] else x
            made[step["output"]] = x
            if step["output"] == self.features:
                break
        return made[self.features]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[RandomMobileNet, Path]:
    network = RandomMobileNet()
    return network, network.write(tmp_path_factory.mktemp("tflite") / "random.tflite")


def test_the_loaded_network_is_the_written_one(written: tuple[RandomMobileNet, Path]):
    random, path = written
    network, sha256 = load_mobilenet_v2(path)
    image = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (1, 3, 224, 224)).astype(np.float32))
    with torch.inference_mode():
        made, classes = network.forward_features(image), network(image)
    wanted = random.compute(image)
    assert made.shape == wanted.shape == (1, 1280, 7, 7)
    assert float((made - wanted).abs().max()) < 1e-4 * float(wanted.abs().max())
    last = random.steps[-1]
    by_hand = last["weights"][:, :, 0, 0] @ wanted.mean((2, 3))[0] + last["bias"]
    assert classes.shape == (1, CLASSES)
    torch.testing.assert_close(classes[0].double(), by_hand, rtol=1e-3, atol=1e-3)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_mean_and_std_are_the_files_own(written: tuple[RandomMobileNet, Path]):
    network, _ = load_mobilenet_v2(written[1])
    cfg = network.pretrained_cfg
    assert cfg["mean"] == pytest.approx([127 / 255] * 3)
    assert cfg["std"] == pytest.approx([0.5] * 3)
    assert cfg["input_size"] == (3, 224, 224)


def test_other_networks_are_named(tmp_path: Path):
    file = TfliteFile()
    weights, bias = file.tensor(np.zeros((4, 1, 1, 3), np.float32)), file.tensor(np.zeros(4, np.float32))
    file.operator("CONV_2D", [file.tensor(shape=(1, 8, 8, 3)), weights, bias], file.tensor(shape=(1,)))
    path = tmp_path / "other.tflite"
    path.write_bytes(flatbuffer(file.model([2], [3])))
    with pytest.raises(WeightsError, match=r"other\.tflite is not a MobileNetV2 1\.0 .* 1 layers, 64 were expected"):
        load_mobilenet_v2(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda network: network.file.operators[1][4].update({1: 2}), r"layer 2 \(DEPTHWISE_CONV_2D\) steps as"),
        (lambda network: network.file.operators[2][4].update({3: 3}), r"layer 3 \(CONV_2D\) steps as"),
        (
            lambda network: network.file.operators[3].update({1: np.array([0, 1, 2], "<i4")}),
            r"layer 4 \(CONV_2D\) does not continue",
        ),
        (
            lambda network: network.file.operators[3].update({1: network.file.operators[3][1][:1]}),
            r"layer 4 \(CONV_2D\) has no weights",
        ),
        (
            lambda network: network.file.tensors[1][4].update({2: np.full(32, np.nan, "<f4")}),
            r"layer 1 \(CONV_2D\) holds numbers that are not finite",
        ),
        (lambda network: network.file.tensors[0][4].update({2: np.zeros(1, "<f4")}), "is not a quantised RGB image"),
    ],
)
def test_a_network_wired_otherwise_is_named(tmp_path: Path, change: Any, told: str):
    network = RandomMobileNet()
    change(network)
    with pytest.raises(WeightsError, match=told):
        load_mobilenet_v2(network.write(tmp_path / "wired.tflite"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"none\.tflite cannot be read: No such file"):
        load_mobilenet_v2(tmp_path / "none.tflite")


def test_it_agrees_with_its_own_runtime(shared: Path):
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert, MobileNet's own runtime, is not installed")
    from benchmarks.mobilenet_agreement import NETWORK, OwnRuntime, dequantised

    ours, theirs = dequantised(shared / NETWORK), OwnRuntime(shared / NETWORK)
    same, cosines = [], []
    for path in sorted((shared / "data" / "rooms6").glob("*/*.jpg"))[::40]:
        image = cv2.resize(cv2.imread(str(path))[:, :, ::-1], (224, 224), interpolation=cv2.INTER_AREA)
        (our_map, our_class), (their_map, their_class) = ours(image), theirs(image)
        same.append(our_class == their_class)
        cosines.append(float((our_map * their_map).sum() / np.linalg.norm(our_map) / np.linalg.norm(their_map)))
    assert len(same) >= 10
    assert np.mean(same) >= 0.8  # of 600 photos the benchmark counts them all
    assert min(cosines) > 0.95
