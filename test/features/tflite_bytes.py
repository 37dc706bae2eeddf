"""Writes flatbuffers as .tflite files have them: enough to make small files, good and bad, from plain values."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CODES = {
    "ADD": 0,
    "AVERAGE_POOL_2D": 1,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "FULLY_CONNECTED": 9,
    "SOFTMAX": 25,
    "MEAN": 40,
}
TYPES = {"float32": 0, "int32": 2, "uint8": 3, "int64": 4, "int8": 9}


def flatbuffer(root: Mapping[int, Any], identifier: bytes = b"TFL3") -> bytes:
    """Tables are dicts by field number. Values: int, str, bytes, an array, a table, or a list of tables."""
    content = bytearray(8)
    content[4:8] = identifier
    struct.pack_into("<I", content, 0, _table(content, root))
    return bytes(content)


def _table(content: bytearray, fields: Mapping[int, Any]) -> int:
    present = {slot: value for slot, value in fields.items() if value is not None}
    slots = max(present, default=-1) + 1
    content.extend(bytes(-len(content) % 4))
    vtable = len(content)
    position = vtable + 4 + 2 * slots + (2 if slots % 2 else 0)
    ordered = sorted(present)
    content.extend(bytes(position + 4 + 4 * len(ordered) - vtable))
    struct.pack_into("<HH", content, vtable, 4 + 2 * slots, 4 + 4 * len(ordered))
    struct.pack_into("<i", content, position, position - vtable)
    for row, slot in enumerate(ordered):
        at = position + 4 + 4 * row
        struct.pack_into("<H", content, vtable + 4 + 2 * slot, at - position)
        value = present[slot]
        if isinstance(value, int):
            struct.pack_into("<i", content, at, value)
        else:
            struct.pack_into("<I", content, at, _child(content, value) - at)
    return position


def _child(content: bytearray, value: Any) -> int:
    if isinstance(value, Mapping):
        return _table(content, value)
    if isinstance(value, list):
        start = _vector(content, len(value), bytes(4 * len(value)))
        for row, entry in enumerate(value):
            at = start + 4 + 4 * row
            struct.pack_into("<I", content, at, _table(content, entry) - at)
        return start
    raw = value.encode() if isinstance(value, str) else value
    return _vector(content, len(raw), raw if isinstance(raw, bytes) else raw.tobytes())


def _vector(content: bytearray, count: int, raw: bytes) -> int:
    content.extend(bytes(-len(content) % 4))
    start = len(content)
    content.extend(struct.pack("<I", count) + raw)
    return start


class TfliteFile:
    """Collects tensors and operators; `bytes()` is the file."""

    def __init__(self) -> None:
        self.tensors: list[dict[int, Any]] = []
        self.buffers: list[dict[int, Any]] = [{}]
        self.operators: list[dict[int, Any]] = []
        self.names: list[str] = []

    def tensor(
        self,
        values: np.ndarray | None = None,
        shape: Sequence[int] = (),
        scales: Sequence[float] = (),
        zero_points: Sequence[int] = (),
        axis: int = 0,
        name: str = "t",
    ) -> int:
        """Its index. A tensor without values is computed, or the input."""
        quantisation = {
            2: np.asarray(scales, "<f4"),
            3: np.asarray(zero_points or [0] * len(scales), "<i8"),
            6: axis,
        }
        buffer = 0
        if values is not None:
            shape, buffer = values.shape, len(self.buffers)
            self.buffers.append({0: values.tobytes()})
        self.tensors.append(
            {
                0: np.asarray(shape, "<i4"),
                1: TYPES[str(values.dtype)] if values is not None else TYPES["int8"],
                2: buffer,
                3: name,
                4: quantisation if len(scales) else None,
            }
        )
        return len(self.tensors) - 1

    def operator(self, name: str, inputs: Sequence[int], output: int, options: Mapping[int, int] | None = None) -> int:
        """The index of its output."""
        if name not in self.names:
            self.names.append(name)
        self.operators.append(
            {
                0: self.names.index(name),
                1: np.asarray(inputs, "<i4"),
                2: np.asarray([output], "<i4"),
                4: options,
            }
        )
        return output

    def model(self, inputs: Sequence[int], outputs: Sequence[int]) -> dict[int, Any]:
        """The root table, to be written or damaged first."""
        graph = {
            0: self.tensors,
            1: np.asarray(inputs, "<i4"),
            2: np.asarray(outputs, "<i4"),
            3: self.operators,
        }
        return {0: 3, 1: [{0: CODES[name], 3: CODES[name]} for name in self.names], 2: [graph], 4: self.buffers}
