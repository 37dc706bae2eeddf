from __future__ import annotations

import collections
import hashlib
import os
import pickle
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from vpr_ros.core.errors import WeightsError
from vpr_ros.features.weights import fill_network, read_weights


def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(network().state_dict())


def save_torch(state: object, path: Path) -> Path:
    torch.save(state, path)
    return path


class Bomb:
    """A pickle that would make a folder when it is read by pickle itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("wrapped", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}, lambda s: {"model": s}])
@pytest.mark.parametrize("legacy", [False, True])
def test_torch_files_of_all_kinds_are_read(state, tmp_path, wrapped, legacy):
    path = tmp_path / "w.pth"
    torch.save(wrapped(state), path, _use_new_zipfile_serialization=not legacy)
    weights = read_weights(path)
    assert weights.tensors.keys() == state.keys()
    assert all(torch.equal(weights.tensors[key], state[key]) for key in state)
    assert weights.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_safetensors_files_are_read(state, tmp_path):
    save_file(state, tmp_path / "w.safetensors")
    assert torch.equal(read_weights(tmp_path / "w.safetensors").tensors["2.bias"], state["2.bias"])


def test_a_network_gets_the_numbers_as_float32(state, tmp_path):
    halves = {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in state.items()}
    with torch.device("meta"):
        filled = network()
    fill_network(filled, halves, tmp_path)
    assert not filled.training
    assert all(p.dtype == torch.float32 and not p.requires_grad and p.device.type == "cpu" for p in filled.parameters())
    torch.testing.assert_close(filled[0].weight.data, state["0.weight"], atol=1e-3, rtol=1e-3)


def test_old_files_without_counters_of_training_steps_serve(state, tmp_path):
    del state["1.num_batches_tracked"]
    fill_network(network(), state, tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.pop("0.bias"), r"1 missing \(0\.bias\)"),
        (lambda s: [s.pop(key) for key in list(s)[:5]], r"5 missing \(0\.weight, 0\.bias, 1\.weight and 2 more\)"),
        (lambda s: s.update({"head.a": s["0.bias"]}), r"1 not part of it \(head\.a\)"),
        (lambda s: s.update({"0.bias": torch.zeros(7)}), r"1 of another shape \(0\.bias is 7, not 4\)"),
        (lambda s: s.update({"0.bias": torch.zeros(())}), r"0\.bias is a number, not 4"),
        (lambda s: s.update({"2.bias": torch.tensor([1.0, float("nan")])}), r"not finite: 2\.bias"),
    ],
)
def test_what_does_not_fit_is_named(state, tmp_path, change, told):
    change(state)
    with pytest.raises(WeightsError, match=told) as caught:
        fill_network(network(), state, tmp_path / "w.pth")
    assert str(caught.value).startswith(f"{tmp_path / 'w.pth'}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("write", ["torch", "torch_legacy", "pickle"])
@pytest.mark.filterwarnings("error")
def test_a_pickle_that_would_run_code_is_refused_and_not_run(tmp_path, write):
    path, made = tmp_path / "w.pth", tmp_path / "made"
    told = "no tensors as torch saves them: refused" if write == "pickle" else r"wants to run \S*mkdir: refused"
    if write == "pickle":
        path.write_bytes(pickle.dumps({"a": Bomb(made)}))
    else:
        torch.save({"a": Bomb(made)}, path, _use_new_zipfile_serialization=write == "torch")
    with pytest.raises(WeightsError, match=told) as caught:
        read_weights(path)
    assert not made.exists()
    assert "\n" not in str(caught.value)


def test_a_whole_module_is_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"wants to run \S+: refused"):
        read_weights(save_torch(network(), tmp_path / "w.pth"))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_a_file_cut_short_is_told(state, tmp_path, suffix, share):
    path = tmp_path / f"w{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(WeightsError, match=r"get it again.*: it may be cut short") as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=64), st.sampled_from([".pth", ".safetensors"]))
def test_any_bytes_are_refused_in_one_line(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("bytes") / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        read_weights(path)
    assert "\n" not in str(caught.value)


def test_a_safetensors_header_of_impossible_length_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", 2**60) + b"{}")
    with pytest.raises(WeightsError, match="no whole safetensors file"):
        read_weights(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (torch.zeros(3), "holds Tensor, expected tensors by name"),
        ({}, "holds dict, expected tensors by name"),
        ({"a": torch.zeros(1), "epoch": 3}, r"holds more than tensors by name: epoch"),
        ({7: torch.zeros(1)}, r"holds more than tensors by name: 7"),
        ({"a": torch.zeros(1).to_sparse()}, r"no plain tables of numbers: a: torch\.float32, torch\.sparse_coo"),
        ({"a": torch.zeros(1, device="meta")}, r"no plain tables of numbers: a"),
        ({"a": torch.zeros(1, dtype=torch.complex64)}, r"no plain tables of numbers: a: torch\.complex64"),
        (collections.OrderedDict(state_dict={}), "expected tensors by name"),
    ],
)
def test_what_holds_no_tensors_by_name_is_refused(tmp_path, content, told):
    with pytest.raises(WeightsError, match=told):
        read_weights(save_torch(content, tmp_path / "w.pth"))


def test_an_error_without_words_is_told_by_its_kind(tmp_path):
    (tmp_path / "w.pth").write_text("hello")
    with pytest.raises(WeightsError, match=r"no whole file of torch \([A-Z][A-Za-z]+\)"):
        read_weights(tmp_path / "w.pth")


def test_no_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.pth: there is no such file"):
        read_weights(tmp_path / "none.pth")
    with pytest.raises(WeightsError, match="is a folder"):
        read_weights(tmp_path)
