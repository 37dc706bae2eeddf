"""What lies beyond our own encodings goes to cv_bridge, where ROS has it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vpr_ros.core.errors import ImageError
from vpr_ros.ros.inputs import known_encodings
from vpr_ros.ros.inputs.known_encodings import rgb_of, why_unknown


def message(encoding: str) -> Any:
    return SimpleNamespace(encoding=encoding, height=2, width=3, step=9, is_bigendian=0, data=np.zeros(18, np.uint8))


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], list[Any]]]:
    """Installs a cv_bridge whose conversion returns, or raises, what is given; what it was asked for."""
    known_encodings._cv_bridge.cache_clear()

    def install(answer: Any) -> list[Any]:
        asked: list[Any] = []

        class CvBridge:
            def imgmsg_to_cv2(self, message: Any, desired_encoding: str) -> Any:
                asked.append((message.encoding, desired_encoding))
                if isinstance(answer, Exception):
                    raise answer
                return answer

        module = ModuleType("cv_bridge")
        module.CvBridge = CvBridge  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "cv_bridge", module)
        return asked

    yield install
    known_encodings._cv_bridge.cache_clear()


@pytest.fixture
def no_bridge(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known_encodings._cv_bridge.cache_clear()
    monkeypatch.setitem(sys.modules, "cv_bridge", None)
    yield
    known_encodings._cv_bridge.cache_clear()


@pytest.mark.usefixtures("no_bridge")
def test_our_own_encodings_do_without_it() -> None:
    assert why_unknown("rgb8") is None
    assert rgb_of(message("rgb8"), "camera", 1.0).shape == (2, 3, 3)


@pytest.mark.usefixtures("no_bridge")
def test_without_it_what_is_supported_is_named() -> None:
    assert "bayer_rggb8" in (why_unknown("nv24") or "")
    with pytest.raises(ImageError, match=r"camera: encoding 'nv24' is not supported; install ROS's cv_bridge"):
        rgb_of(message("nv24"), "camera", 1.0)


def test_it_is_asked_for_rgb(bridge: Callable[[Any], list[Any]]) -> None:
    asked = bridge(np.full((2, 3, 3), 7, np.uint8))
    assert why_unknown("nv24") is None
    assert rgb_of(message("nv24"), "camera", 1.0)[1, 2].tolist() == [7, 7, 7]
    assert asked == [("nv24", "rgb8")]


def test_its_complaints_are_errors_of_one_line(bridge: Callable[[Any], list[Any]]) -> None:
    bridge(RuntimeError("[nv99] is not\n a recognized encoding"))
    with pytest.raises(ImageError, match=r"cannot convert 'nv99' to rgb8: \[nv99\] is not a recognized encoding$"):
        rgb_of(message("nv99"), "camera", 1.0)


def test_what_it_makes_is_checked(bridge: Callable[[Any], list[Any]]) -> None:
    bridge(np.zeros((2, 3), np.float32))
    with pytest.raises(ImageError, match="cv_bridge makes float32"):
        rgb_of(message("nv24"), "camera", 1.0)


def test_large_images_do_not_even_reach_it(bridge: Callable[[Any], list[Any]]) -> None:
    asked = bridge(np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ImageError, match="megapixels"):
        rgb_of(message("nv24"), "camera", 1e-6)
    assert asked == []
