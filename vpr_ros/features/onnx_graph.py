"""Networks as ONNX graphs: opened on the device that was set, their faults told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vpr_ros.core.errors import SettingsError, WeightsError
from vpr_ros.core.extra_library import extra_library


def open_graph(path: Path, device: str) -> Any:
    """ONNX Runtime's session. Raises WeightsError for a file that is no graph, SettingsError for an unusable GPU."""
    runtime = extra_library("onnxruntime", "onnx")
    providers = _choose_providers(device, runtime.get_available_providers())
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # exporters leave unused constants behind: a warning each
    try:
        return runtime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # ONNX Runtime's errors share no base
        reason = " ".join(str(error).split())[:160]
        raise WeightsError(f"{path} is not an ONNX graph that can be run ({reason}); get it again") from error


def run_graph(session: Any, *inputs: Any) -> list[Any]:
    """All outputs for inputs in the graph's own order."""
    names = [there.name for there in session.get_inputs()]
    made: list[Any] = session.run(None, dict(zip(names, inputs, strict=True)))
    return made


def _choose_providers(device: str, available: Sequence[str]) -> list[str]:
    there = "CUDAExecutionProvider" in available
    if device == "cuda" and not there:
        raise SettingsError(
            "features.device=cuda: this onnxruntime is built without CUDA; pip install onnxruntime-gpu, "
            "or say --set features.device=cpu"
        )
    return ["CUDAExecutionProvider", "CPUExecutionProvider"] if there and device != "cpu" else ["CPUExecutionProvider"]
