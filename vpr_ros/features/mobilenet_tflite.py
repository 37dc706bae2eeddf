"""MobileNetV2 out of an int8 .tflite file: its weights dequantised and put into timm's `mobilenetv2_100`.

The file's network has its batch norms folded into the convolutions already, so timm's are made to only add a bias.
TensorFlow's SAME padding is asymmetric where the stride is 2: timm's `pad_type="same"` does the same. What int8 rounds
and saturates between the layers is not repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.records import Array
from vpr_ros.features.read_tflite import Convolution, TfliteModel, TfliteOperator, TfliteTensor, read_tflite

AROUND_IT = {"QUANTIZE", "DEQUANTIZE", "RESHAPE", "SOFTMAX"}
"""Operators that change types and shapes, but are no layers."""


def load_mobilenet_v2(path: Path) -> tuple[Any, str]:
    """The network in a .tflite file as (timm's `mobilenetv2_100` in evaluation mode, the file's SHA-256).

    Its `pretrained_cfg` holds the mean, std and input size that the file says; its classifier is the file's own.
    Needs torch and timm. Raises WeightsError when the file cannot be read or is another network.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}; name a MobileNetV2 .tflite file") from error
    model = read_tflite(content, path)
    try:
        network = _fill(model)
    except _AnotherNetworkError as error:
        raise WeightsError(f"{path} is not a MobileNetV2 1.0 that we can use: {error}") from error
    return network, hashlib.sha256(content).hexdigest()


class _AnotherNetworkError(Exception):
    """What differs from MobileNetV2 1.0."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """What timm's network does next: the operator that must stand there, and the modules it fills (None for most)."""

    operators: tuple[str, ...]
    convolution: Any = None
    norm: Any = None


def _fill(model: TfliteModel) -> Any:
    timm = extra_library("timm", "networks")
    read_operators = [operator for operator in model.operators if operator.name not in AROUND_IT]
    network: Any = timm.create_model(
        "mobilenetv2_100", pretrained=False, pad_type="same", num_classes=_classes(model, read_operators)
    )
    layers = list(_layers(network))
    if len(layers) != len(read_operators):
        raise _AnotherNetworkError(f"it has {len(read_operators)} layers, {len(layers)} were expected")
    for number, (layer, operator) in enumerate(zip(layers, read_operators, strict=True), start=1):
        where = f"layer {number} ({operator.name})"
        if operator.name not in layer.operators:
            raise _AnotherNetworkError(f"{where} should be {' or '.join(layer.operators)}")
        if number > 1 and read_operators[number - 2].outputs[0] not in operator.inputs:
            raise _AnotherNetworkError(f"{where} does not continue the layer before it")
        if layer.convolution is not None:
            _fill_layer(layer, operator, model.tensors, where)
    network.pretrained_cfg = {**network.pretrained_cfg, **_input_of(model)}
    return network.eval()


def _classes(model: TfliteModel, operators: list[TfliteOperator]) -> int:
    bias = _constant(operators[-1] if operators else None, 2, model.tensors, "the last layer")
    return int(bias.size)


def _layers(network: Any) -> Iterator[_Layer]:
    """timm's modules in the order in which they run."""
    yield _convolution(network.conv_stem, network.bn1)
    for block in (block for stage in network.blocks for block in stage):
        if hasattr(block, "conv_pwl"):
            yield _convolution(block.conv_pw, block.bn1)
            yield _convolution(block.conv_dw, block.bn2)
            yield _convolution(block.conv_pwl, block.bn3)
        else:
            yield _convolution(block.conv_dw, block.bn1)
            yield _convolution(block.conv_pw, block.bn2)
        if block.has_skip:
            yield _Layer(("ADD",))
    yield _convolution(network.conv_head, network.bn2)
    yield _Layer(("MEAN", "AVERAGE_POOL_2D"))
    yield _Layer(("CONV_2D", "FULLY_CONNECTED"), network.classifier)


def _convolution(convolution: Any, norm: Any) -> _Layer:
    return _Layer(("CONV_2D" if convolution.groups == 1 else "DEPTHWISE_CONV_2D",), convolution, norm)


def _fill_layer(layer: _Layer, operator: TfliteOperator, tensors: tuple[TfliteTensor, ...], where: str) -> None:
    import torch

    weights, bias = _constant(operator, 1, tensors, where), _constant(operator, 2, tensors, where)
    # rows, columns and channels last there; [out, in, rows, columns] here. Depthwise: [1, rows, columns, channels].
    if weights.ndim == 4:
        weights = (
            weights.transpose(3, 0, 1, 2) if operator.name == "DEPTHWISE_CONV_2D" else weights.transpose(0, 3, 1, 2)
        )
    if layer.norm is None:
        weights = weights.reshape(len(weights), -1)  # a classifier written as a convolution of one pixel
    _check_step(layer, operator.convolution, where)
    wanted = tuple(layer.convolution.weight.shape)
    if weights.shape != wanted or bias.shape != wanted[:1]:
        raise _AnotherNetworkError(f"{where} has weights {weights.shape} and bias {bias.shape}, {wanted} was expected")
    with torch.no_grad():
        layer.convolution.weight.copy_(torch.from_numpy(weights.copy()))
        if layer.norm is None:
            layer.convolution.bias.copy_(torch.from_numpy(bias))
            return
        layer.norm.weight.fill_(1.0)
        layer.norm.bias.copy_(torch.from_numpy(bias))
        layer.norm.running_mean.zero_()
        layer.norm.running_var.fill_(1.0 - layer.norm.eps)  # what is divided by is then one


def _check_step(layer: _Layer, step: Convolution | None, where: str) -> None:
    import torch

    if layer.norm is None:
        return
    activation = "RELU6" if isinstance(layer.norm.act, torch.nn.ReLU6) else "NONE"
    if step != Convolution(tuple(layer.convolution.stride), (1, 1), "SAME", activation):
        raise _AnotherNetworkError(
            f"{where} steps as {step}, stride {layer.convolution.stride} and {activation} expected"
        )


def _constant(operator: TfliteOperator | None, place: int, tensors: tuple[TfliteTensor, ...], where: str) -> Array:
    index = operator.inputs[place] if operator is not None and len(operator.inputs) > place else -1
    values = tensors[index].real() if index >= 0 else None
    if values is None:
        raise _AnotherNetworkError(f"{where} has no {'weights' if place == 1 else 'bias'}")
    if not np.isfinite(values).all():
        raise _AnotherNetworkError(f"{where} holds numbers that are not finite")
    return values


def _input_of(model: TfliteModel) -> dict[str, Any]:
    """Mean, std and size as timm has them, for pixels of 0..1. The runtime sees scale * (pixel - zero point)."""
    if len(model.inputs) != 1:
        raise _AnotherNetworkError(f"it has {len(model.inputs)} inputs")
    tensor = model.tensors[model.inputs[0]]
    if len(tensor.scales) != 1 or not 0 < tensor.scales[0] < np.inf or len(tensor.shape) != 4 or tensor.shape[3] != 3:
        raise _AnotherNetworkError(f"its input of shape {tensor.shape} is not a quantised RGB image")
    mean, std = float(tensor.zero_points[0]) / 255, 1 / (255 * float(tensor.scales[0]))
    return {"mean": (mean,) * 3, "std": (std,) * 3, "input_size": (3, *tensor.shape[1:3])}
