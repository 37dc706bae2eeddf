"""Where weights of keypoint networks are looked for, and what is said when they are nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpr_ros.core.errors import WeightsError
from vpr_ros.features import find_published as module
from vpr_ros.features.find_published import Published, find_published

PUBLISHED = Published("pose.some_weights", ("first.onnx", "second.pth"), "https://host.invalid/weights/second.pth")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path / "weights"))
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


def test_a_named_file_before_all(tmp_path: Path, folder: Path):
    (folder / "first.onnx").touch()
    (tmp_path / "mine.pth").touch()
    assert find_published(str(tmp_path / "mine.pth"), PUBLISHED) == tmp_path / "mine.pth"
    with pytest.raises(WeightsError, match=r"pose\.some_weights=gone: there is no such file"):
        find_published("gone", PUBLISHED)


def test_the_weights_folder_in_order_of_preference(folder: Path):
    (folder / "second.pth").touch()
    assert find_published("hub", PUBLISHED) == folder / "second.pth"
    (folder / "first.onnx").touch()
    assert find_published("hub", PUBLISHED) == folder / "first.onnx"


def test_downloaded_into_the_weights_folder(folder: Path, monkeypatch: pytest.MonkeyPatch):
    hub = pytest.importorskip("torch.hub")
    asked = []
    monkeypatch.setattr(module, "why_unreachable", lambda endpoint, _: asked.append(endpoint))
    monkeypatch.setattr(hub, "download_url_to_file", lambda url, path, **_: Path(path).write_text(url))
    path = find_published("hub", PUBLISHED)
    assert asked == ["https://host.invalid"]
    assert (path, path.read_text()) == (folder / "second.pth", PUBLISHED.url)


def test_one_line_says_which_file_to_put_where(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "why_unreachable", lambda *_: "no route to host")
    with pytest.raises(WeightsError) as told:
        find_published("hub", PUBLISHED)
    assert str(told.value) == (
        f"first.onnx or second.pth is not in {folder} and cannot be had (no route to host); get "
        "https://host.invalid/weights/second.pth and put it there, or name it: --set pose.some_weights=FILE"
    )


def test_a_download_that_fails_is_told(monkeypatch: pytest.MonkeyPatch):
    hub = pytest.importorskip("torch.hub")
    monkeypatch.setattr(module, "why_unreachable", lambda *_: None)

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(hub, "download_url_to_file", fail)
    with pytest.raises(WeightsError, match="No space left on device"):
        find_published("hub", PUBLISHED)
