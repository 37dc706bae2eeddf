from __future__ import annotations

import http.client
import http.server
import socket
import threading
import time
from pathlib import Path

import huggingface_hub.constants
import pytest

from vpr_ros.core.errors import WeightsError
from vpr_ros.features import find_weights as finding
from vpr_ros.features.find_weights import find_weights, weights_folder

KEY, NAME = "features.dinov2.weights", "vit_small_patch14_dinov2.lvd142m"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty weights folder, an empty cache of the hub, and no hub."""
    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


@pytest.mark.parametrize("name", ["dinov2_vits14_pretrain.pth", f"{NAME}.safetensors"])
def test_a_file_under_its_published_name_is_found_without_network(nowhere, monkeypatch, name):
    monkeypatch.setattr(finding, "_ask_hub", lambda *_: pytest.fail("asked the network"))
    (nowhere / name).write_bytes(b"")
    assert find_weights("hub", KEY, NAME) == nowhere / name


def test_a_named_file_is_taken_and_only_that(nowhere, tmp_path):
    (nowhere / "dinov2_vits14_pretrain.pth").write_bytes(b"")
    (tmp_path / "mine.pth").write_bytes(b"")
    assert find_weights(str(tmp_path / "mine.pth"), KEY, NAME) == tmp_path / "mine.pth"
    with pytest.raises(WeightsError, match=rf"^{KEY}=\S+none\.pth: there is no such file"):
        find_weights(str(tmp_path / "none.pth"), KEY, NAME)


def test_without_file_and_network_one_line_says_which_file_to_put_where(nowhere):
    began = time.monotonic()
    with pytest.raises(WeightsError) as caught:
        find_weights("hub", KEY, NAME)
    told = str(caught.value)
    assert "\n" not in told
    assert f"dinov2_vits14_pretrain.pth is not in {nowhere}" in told
    assert "refused" in told
    assert f"--set {KEY}=FILE" in told
    assert "dinov2_vits14/dinov2_vits14_pretrain.pth and put it there" in told
    assert time.monotonic() - began < 10


def test_being_offline_on_purpose_asks_nobody(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match="HF_HUB_OFFLINE is set"):
        find_weights("hub", KEY, NAME)


def test_a_hub_that_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(finding, "PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(WeightsError, match=r"timed out|does not answer"):
            find_weights("hub", KEY, NAME)
    assert time.monotonic() - began < 5


def test_a_hub_that_talks_nonsense_is_one_line(monkeypatch):
    def babble(*_: object, **__: object) -> None:
        raise http.client.BadStatusLine("SSH-2.0-OpenSSH\r\nmore")

    monkeypatch.setattr(finding.urllib.request, "urlopen", babble)
    with pytest.raises(WeightsError, match=r"has not given it \(SSH-2\.0-OpenSSH more\)"):
        find_weights("hub", KEY, NAME)


def test_a_name_that_takes_for_ever_to_look_up_is_not_waited_for(monkeypatch):
    over = threading.Event()

    def look_up(*_, **__):
        over.wait(30)
        raise OSError("the test is over")  # what the thread is left with must not end in another test

    monkeypatch.setattr(finding, "PATIENCE_S", 0.1)
    monkeypatch.setattr(finding.urllib.request, "urlopen", look_up)
    began = time.monotonic()
    try:
        with pytest.raises(WeightsError, match="does not answer within"):
            find_weights("hub", KEY, NAME)
        assert time.monotonic() - began < 5
    finally:
        over.set()


def test_what_the_hub_has_is_fetched_once_and_kept(monkeypatch):
    asked = []
    content = b"weights of the hub"

    class Hub(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            for name, value in (("ETag", '"ab12"'), ("X-Repo-Commit", "c" * 40), ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        here = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", here)
        template = here + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        found = find_weights("hub", KEY, NAME)
        assert found.read_bytes() == content
        assert f"/timm/{NAME}/resolve/main/model.safetensors" in asked
        count = len(asked)
        assert find_weights("hub", KEY, NAME) == found
        assert len(asked) == count
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_weights_folder_is_the_users_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv("VPR_WEIGHTS")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert weights_folder() == tmp_path / ".cache" / "vpr_ros" / "weights"
    monkeypatch.setenv("VPR_WEIGHTS", "~/nets")
    assert weights_folder() == tmp_path / "nets"
