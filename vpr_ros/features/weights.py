"""Weights as they lie in files: read without executing anything, put into a network without leaving anything out."""

from __future__ import annotations

import hashlib
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library

if TYPE_CHECKING:
    import torch

Tensors = Mapping[str, "torch.Tensor"]
WRAPPINGS = ("state_dict", "model", "extractor")
"""Keys under which training programs keep the tensors beside their optimiser and epoch."""
NAMED_KEYS = 3
"""Of missing, extra and wrong keys that many are named, the others counted."""


@dataclass(frozen=True, eq=False)
class Weights:
    """What a file holds. `tensors` are on the CPU, as they were stored."""

    path: Path
    sha256: str
    tensors: Tensors


def read_weights(path: Path) -> Weights:
    """Read a .safetensors file, or what torch.save wrote. Raises WeightsError, one line that names the file.

    A pickle that would run code is refused: torch's loader for weights only builds tensors and plain containers.
    """
    if not path.is_file():
        raise WeightsError(
            f"{path}: {'is a folder' if path.is_dir() else 'there is no such file'}; name a weights file"
        )
    sha256 = file_sha256(path)
    loaded = _load_safetensors(path) if path.suffix == ".safetensors" else load_torch_file(path)
    return Weights(path, sha256, _tensors_of(loaded, path))


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file of any size."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 22):
                digest.update(block)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def fill_network(network: torch.nn.Module, tensors: Tensors, path: Path) -> None:
    """Give the network these weights as float32, all of them and no others. Raises WeightsError that names the keys.

    The network may be on the `meta` device: its parameters are replaced, not written to.
    """
    torch = extra_library("torch", "networks")
    expected = network.state_dict()
    # Counts training steps, unused by a finished network; files from before torch 0.4 lack it.
    counters = {key: torch.zeros((), dtype=torch.long) for key in expected if key.endswith(".num_batches_tracked")}
    tensors = {**counters, **tensors}
    if faults := _faults(tensors, expected):
        raise WeightsError(f"{path}: does not fit the network: {'; '.join(faults)}; get the file of this network")
    broken = [key for key, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())]
    if broken:
        raise WeightsError(f"{path}: holds numbers that are not finite: {_some(broken)}; get the file again")
    fitted = {key: tensor.to(expected[key].dtype).contiguous() for key, tensor in tensors.items()}
    network.load_state_dict(fitted, strict=True, assign=True)
    network.requires_grad_(False).eval()


def _faults(tensors: Tensors, expected: Tensors) -> list[str]:
    wrong = [
        f"{key} is {_shape(tensors[key])}, not {_shape(tensor)}"
        for key, tensor in expected.items()
        if key in tensors and tensors[key].shape != tensor.shape
    ]
    groups = {
        "missing": [key for key in expected if key not in tensors],
        "not part of it": [key for key in tensors if key not in expected],
        "of another shape": wrong,
    }
    return [f"{len(keys)} {what} ({_some(keys)})" for what, keys in groups.items() if keys]


def _some(keys: list[str]) -> str:
    more = len(keys) - NAMED_KEYS
    return ", ".join(keys[:NAMED_KEYS]) + (f" and {more} more" if more > 0 else "")


def _shape(tensor: torch.Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a number"


def _load_safetensors(path: Path) -> Any:
    safetensors = extra_library("safetensors.torch", "networks")
    try:
        return safetensors.load_file(path)
    except Exception as error:  # the Rust reader's own error type, or whatever hostile lengths lead to
        raise WeightsError(
            f"{path}: is no whole safetensors file ({_first_line(error)}); get it again: it may be cut short"
        ) from error


def load_torch_file(path: Path) -> Any:
    torch = extra_library("torch", "networks")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's remarks about foreign pickles, before it refuses them
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        forbidden = re.search(r"GLOBAL (\S+)", str(error))
        what = (
            f"is a pickle that wants to run {forbidden.group(1)}"
            if forbidden
            else "holds no tensors as torch saves them"
        )
        raise WeightsError(
            f"{path}: {what}: refused; get it again from its publisher: it may be cut short or not what it seems"
        ) from error
    except Exception as error:  # bytes from outside: the zip reader's or a storage's errors are of many types
        raise WeightsError(
            f"{path}: is no whole file of torch ({_first_line(error)}); get it again: it may be cut short"
        ) from error


def _tensors_of(loaded: Any, path: Path) -> Tensors:
    torch = extra_library("torch", "networks")
    for wrapping in WRAPPINGS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapping), Mapping):
            loaded = loaded[wrapping]
    if not isinstance(loaded, Mapping) or not loaded:
        raise WeightsError(f"{path}: holds {type(loaded).__name__}, expected tensors by name (a state dict)")
    other = [
        str(key) for key, value in loaded.items() if not (isinstance(key, str) and isinstance(value, torch.Tensor))
    ]
    if other:
        raise WeightsError(f"{path}: holds more than tensors by name: {_some(other)}; expected a state dict")
    odd = [f"{key}: {tensor.dtype}, {tensor.layout}" for key, tensor in loaded.items() if not _is_plain(tensor)]
    if odd:
        raise WeightsError(
            f"{path}: holds tensors that are no plain tables of numbers: {_some(odd)}; get the file as it was published"
        )
    return loaded


def _is_plain(tensor: torch.Tensor) -> bool:
    """Neither sparse, quantised, complex nor nested, and with its numbers in the file (`meta` has none)."""
    torch = extra_library("torch", "networks")
    integers = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
    dense = tensor.layout == torch.strided and not tensor.is_nested and tensor.device.type == "cpu"
    return dense and tensor.dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, *integers)


def _first_line(error: Exception) -> str:
    told = str(error).strip().partition("\n")[0].partition(". ")[0][:160].rstrip(".")
    return told if any(character.isalpha() for character in told) else type(error).__name__
