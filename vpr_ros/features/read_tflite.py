"""Read a TensorFlow Lite file without TensorFlow: its tensors, what they hold, and the operators that join them.

A .tflite file is a flatbuffer: tables of fields found through offsets. Every offset and length is checked against the
file before it is followed, so that a truncated or foreign file is a `WeightsError` and nothing else. Only what
convolutional networks need is read: the one subgraph, constants, quantisation, and the options of convolutions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.records import Array

IDENTIFIER = b"TFL3"
MOST_ITEMS = 100_000
"""More tensors or operators than any network has: a length that was never meant as one."""
MOST_IN_A_LIST = 256
"""More sides of a tensor, or inputs of an operator, than any has."""
DTYPES = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 6: "?", 7: "<i2", 9: "i1"}
OPERATORS = {
    0: "ADD",
    1: "AVERAGE_POOL_2D",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE",
    9: "FULLY_CONNECTED",
    22: "RESHAPE",
    25: "SOFTMAX",
    34: "PAD",
    40: "MEAN",
    114: "QUANTIZE",
}
PADDINGS = {0: "SAME", 1: "VALID"}
ACTIVATIONS = {0: "NONE", 1: "RELU", 3: "RELU6"}
_ACTIVATION_FIELD = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 4}


@dataclass(frozen=True, eq=False)
class TfliteTensor:
    """`values` is None for what is computed. Quantised: real = scales * (values - zero_points), along `axis`."""

    name: str
    shape: tuple[int, ...]
    values: Array | None
    scales: Array
    zero_points: Array
    axis: int

    def real(self) -> Array | None:
        """The constant as float32, dequantised where it is quantised; None where there is none."""
        if self.values is None or not len(self.scales):
            return None if self.values is None else np.asarray(self.values, np.float32)
        along = [1] * self.values.ndim
        if len(self.scales) > 1:
            along[self.axis] = -1
        shifted = self.values.astype(np.float64) - self.zero_points.reshape(along)
        return np.asarray(shifted * self.scales.astype(np.float64).reshape(along), np.float32)


@dataclass(frozen=True)
class Convolution:
    """How a convolution steps over its input."""

    stride: tuple[int, int]  # rows, columns
    dilation: tuple[int, int]
    padding: str
    activation: str


@dataclass(frozen=True)
class TfliteOperator:
    """`name` as TensorFlow Lite has it, `inputs` and `outputs` index the tensors; -1 is an input left out."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    convolution: Convolution | None = None


@dataclass(frozen=True, eq=False)
class TfliteModel:
    """The one subgraph of a file; operators in the order in which they run."""

    tensors: tuple[TfliteTensor, ...]
    operators: tuple[TfliteOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_tflite(content: bytes, path: Path) -> TfliteModel:
    """The network in the bytes of a .tflite file; `path` is what errors call it.

    Raises WeightsError when the bytes are not such a file, are cut short, or hold more than one subgraph.
    """
    if content[4:8] != IDENTIFIER:
        raise WeightsError(f"{path} is not a TensorFlow Lite file; expected a .tflite with the mark {IDENTIFIER!r}")
    try:
        return _read_model(_Table.root(content))
    except (_DamagedError, struct.error) as error:
        raise WeightsError(f"{path} is damaged or cut short ({error}); copy it again") from error


class _DamagedError(Exception):
    """Something points outside the file or makes no sense."""


class _Table:
    """One table of a flatbuffer: fields by number, absent ones at their default."""

    def __init__(self, content: bytes, position: int) -> None:
        self._content, self._position = content, position
        (back,) = self._unpack("<i", position)
        self._vtable = position - back
        (self._vtable_bytes,) = self._unpack("<H", self._vtable)

    @classmethod
    def root(cls, content: bytes) -> _Table:
        return cls(content, struct.unpack_from("<I", content, 0)[0])

    def number(self, slot: int, code: str, default: int = 0) -> int:
        at = self._field(slot)
        return default if at is None else int(self._unpack(f"<{code}", at)[0])

    def table(self, slot: int) -> _Table | None:
        at = self._field(slot)
        return None if at is None else _Table(self._content, at + self._unpack("<I", at)[0])

    def tables(self, slot: int) -> list[_Table]:
        start, count = self._vector(slot, 4)
        if count > MOST_ITEMS:
            raise _DamagedError(f"a list of {count} items")
        offsets = np.frombuffer(self._content, "<u4", count, start)
        return [_Table(self._content, start + 4 * row + int(offset)) for row, offset in enumerate(offsets)]

    def array(self, slot: int, dtype: str) -> Array:
        start, count = self._vector(slot, np.dtype(dtype).itemsize)
        return np.frombuffer(self._content, dtype, count, start)

    def short_list(self, slot: int) -> tuple[int, ...]:
        values = self.array(slot, "<i4")
        if len(values) > MOST_IN_A_LIST:
            raise _DamagedError(f"a list of {len(values)} numbers")
        return tuple(int(value) for value in values)

    def text(self, slot: int) -> str:
        return self.array(slot, "u1")[:MOST_IN_A_LIST].tobytes().decode(errors="replace")

    def _field(self, slot: int) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_bytes:
            return None
        (offset,) = self._unpack("<H", self._vtable + entry)
        return self._position + offset if offset else None

    def _vector(self, slot: int, item_bytes: int) -> tuple[int, int]:
        """Where its first item lies and how many there are; none for a field left out."""
        at = self._field(slot)
        if at is None:
            return 0, 0
        start = at + self._unpack("<I", at)[0]
        (count,) = self._unpack("<I", start)
        if start + 4 + count * item_bytes > len(self._content):
            raise _DamagedError(f"{count} items at byte {start} of {len(self._content)}")
        return start + 4, count

    def _unpack(self, code: str, at: int) -> tuple[int, ...]:
        if at < 0:  # struct would count from the end
            raise _DamagedError(f"an offset to byte {at}")
        return struct.unpack_from(code, self._content, at)


def _read_model(model: _Table) -> TfliteModel:
    subgraphs = model.tables(2)
    if len(subgraphs) != 1:
        raise _DamagedError(f"{len(subgraphs)} subgraphs where networks have one")
    buffers, names = model.tables(4), [_operator_name(code) for code in model.tables(1)]
    (graph,) = subgraphs
    tensors = tuple(_read_tensor(table, buffers) for table in graph.tables(0))
    operators = tuple(_read_operator(table, names, len(tensors)) for table in graph.tables(3))
    inputs, outputs = graph.short_list(1), graph.short_list(2)
    if any(not 0 <= index < len(tensors) for index in inputs + outputs):
        raise _DamagedError("an input or output that is no tensor")
    return TfliteModel(tensors, operators, inputs, outputs)


def _operator_name(code: _Table) -> str:
    # Old files keep the code in a byte, whose 127 says: see the later, wider field.
    number = max(code.number(0, "b"), code.number(3, "i"))
    return OPERATORS.get(number, f"OPERATOR_{number}")


def _read_tensor(table: _Table, buffers: list[_Table]) -> TfliteTensor:
    name, shape, buffer = table.text(3), table.short_list(0), table.number(2, "I")
    if buffer >= len(buffers):
        raise _DamagedError(f"tensor {name!r} lies in buffer {buffer} of {len(buffers)}")
    quantised = table.table(4)
    scales = quantised.array(2, "<f4") if quantised else np.zeros(0, np.float32)
    zero_points = quantised.array(3, "<i8") if quantised else np.zeros(0, np.int64)
    if len(zero_points) != len(scales):
        raise _DamagedError(f"tensor {name!r} has {len(scales)} scales and {len(zero_points)} zero points")
    values = _constant(name, buffers[buffer].array(0, "u1"), shape, table.number(1, "b"))
    axis = quantised.number(6, "i") if quantised else 0
    if values is not None and len(scales) > 1 and not (0 <= axis < len(shape) and shape[axis] == len(scales)):
        raise _DamagedError(f"tensor {name!r} of shape {shape} has {len(scales)} scales along axis {axis}")
    return TfliteTensor(name, shape, values, scales, zero_points, axis)


def _constant(name: str, raw: Array, shape: tuple[int, ...], type_code: int) -> Array | None:
    if not len(raw):
        return None
    if type_code not in DTYPES:
        raise _DamagedError(f"tensor {name!r} of the unknown type {type_code}")
    dtype = np.dtype(DTYPES[type_code])
    wanted = dtype.itemsize
    for side in shape:  # Python's integers: numpy's product would wrap around
        wanted *= side
    if min(shape, default=1) < 0 or len(raw) != wanted:
        raise _DamagedError(f"tensor {name!r} of shape {shape} holds {len(raw)} bytes")
    return raw.view(dtype).reshape(shape)


def _read_operator(table: _Table, names: list[str], tensors: int) -> TfliteOperator:
    code = table.number(0, "I")
    if code >= len(names):
        raise _DamagedError(f"an operator of kind {code} of {len(names)}")
    inputs, outputs = table.short_list(1), table.short_list(2)
    if any(not -1 <= index < tensors for index in inputs) or any(not 0 <= index < tensors for index in outputs):
        raise _DamagedError(f"{names[code]} joins a tensor that is not there")
    options = table.table(4) if names[code] in _ACTIVATION_FIELD else None
    return TfliteOperator(names[code], inputs, outputs, _convolution(options, names[code]) if options else None)


def _convolution(options: _Table, name: str) -> Convolution:
    last = _ACTIVATION_FIELD[name]
    return Convolution(
        stride=(options.number(2, "i"), options.number(1, "i")),
        dilation=(options.number(last + 2, "i", 1), options.number(last + 1, "i", 1)),
        padding=PADDINGS.get(options.number(0, "b"), "unknown"),
        activation=ACTIVATIONS.get(options.number(last, "b"), "unknown"),
    )
