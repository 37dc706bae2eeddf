"""Reading .tflite files: what is written is read; whatever else is one named error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tflite_bytes import TfliteFile, flatbuffer

from vpr_ros.core.errors import WeightsError
from vpr_ros.features.read_tflite import Convolution, read_tflite

PATH = Path("net.tflite")


def small_file() -> TfliteFile:
    file = TfliteFile()
    image = file.tensor(shape=(1, 4, 4, 3), scales=[1 / 127.5], zero_points=[127], name="image")
    weights = file.tensor(np.arange(-9, 9, dtype=np.int8).reshape(2, 1, 3, 3), scales=[0.5, 0.25], zero_points=[0, 1])
    bias = file.tensor(np.array([4, -8], np.int32), scales=[0.125, 0.5])
    made = file.tensor(shape=(1, 2, 2, 2), name="made")
    file.operator("CONV_2D", [image, weights, bias], made, {0: 0, 1: 3, 2: 2, 3: 3})
    file.operator("SOFTMAX", [made], file.tensor(shape=(1, 8)))
    return file


def test_tensors_operators_and_options_are_read():
    model = read_tflite(flatbuffer(small_file().model([0], [4])), PATH)
    assert [operator.name for operator in model.operators] == ["CONV_2D", "SOFTMAX"]
    assert model.operators[0].convolution == Convolution((2, 3), (1, 1), "SAME", "RELU6")
    assert model.operators[0].inputs == (0, 1, 2)
    assert (model.inputs, model.outputs) == ((0,), (4,))
    assert model.tensors[0].name == "image"
    assert model.tensors[0].real() is None


def test_dequantised_channel_by_channel():
    model = read_tflite(flatbuffer(small_file().model([0], [4])), PATH)
    stored = np.arange(-9, 9, dtype=np.float64).reshape(2, 1, 3, 3)
    wanted = np.stack([0.5 * stored[0], 0.25 * (stored[1] - 1)])
    np.testing.assert_array_equal(model.tensors[1].real(), wanted.astype(np.float32))
    np.testing.assert_array_equal(model.tensors[2].real(), [0.5, -4.0])


def test_the_depthwise_options_lie_one_field_later():
    file = TfliteFile()
    made = file.tensor(shape=(1, 2, 2, 2))
    file.operator("DEPTHWISE_CONV_2D", [made], file.tensor(shape=(1,)), {0: 1, 1: 2, 2: 1, 3: 1, 4: 3, 5: 5, 6: 7})
    (operator,) = read_tflite(flatbuffer(file.model([0], [1])), PATH).operators
    assert operator.convolution == Convolution((1, 2), (7, 5), "VALID", "RELU6")


@given(
    values=arrays.arrays(
        st.sampled_from([np.int8, np.uint8, np.int32, np.int64, np.float32]),
        arrays.array_shapes(max_dims=4, max_side=5),
        elements=st.integers(0, 100),
    )
)
def test_any_constant_round_trips(values: np.ndarray):
    file = TfliteFile()
    index = file.tensor(values)
    read = read_tflite(flatbuffer(file.model([index], [index])), PATH).tensors[index]
    assert read.values is not None
    assert read.values.dtype == values.dtype
    np.testing.assert_array_equal(read.values, values)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"PK\x03\x04" + b"x" * 100, flatbuffer({}, b"TFL9")])
def test_a_foreign_file_is_named(content: bytes):
    with pytest.raises(WeightsError, match=r"net\.tflite is not a TensorFlow Lite file"):
        read_tflite(content, PATH)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_truncated_file_never_reads_as_another_network(data: st.DataObject):
    whole = flatbuffer(small_file().model([0], [4]))
    cut = whole[: data.draw(st.integers(8, len(whole) - 1))]
    with pytest.raises(WeightsError, match=r"net\.tflite is damaged or cut short"):
        read_tflite(cut, PATH)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject):
    content = bytearray(flatbuffer(small_file().model([0], [4])))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        for tensor in read_tflite(bytes(content), PATH).tensors:
            tensor.real()
    except WeightsError:
        pass


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ({"axis": 7}, "2 scales along axis 7"),
        ({"zero_points": [0, 0, 0]}, "2 scales and 3 zero points"),
    ],
)
def test_quantisation_that_does_not_fit_is_named(damage: dict, told: str):
    file = TfliteFile()
    file.tensor(np.zeros((2, 3), np.int8), **{"scales": [1.0, 1.0], **damage})
    with pytest.raises(WeightsError, match=told):
        read_tflite(flatbuffer(file.model([0], [0])), PATH)


def test_indices_that_point_nowhere_are_named():
    file = small_file()
    with pytest.raises(WeightsError, match="no tensor"):
        read_tflite(flatbuffer(file.model([99], [0])), PATH)
    file.operator("ADD", [0, 99], 3)
    with pytest.raises(WeightsError, match="ADD joins a tensor that is not there"):
        read_tflite(flatbuffer(file.model([0], [0])), PATH)


def test_a_shape_that_wraps_around_is_refused():
    model = small_file().model([0], [0])
    model[2][0][0][1][0] = np.array([2**31 - 1, 2**31 - 1, 4], "<i4")
    with pytest.raises(WeightsError, match="holds 18 bytes"):
        read_tflite(flatbuffer(model), PATH)
