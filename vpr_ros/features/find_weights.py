"""Where a network's weights lie: a named file, the weights folder, or timm's hub, in that order of trust and speed."""

from __future__ import annotations

import http.client
import os
import threading
import urllib.error
import urllib.request
from pathlib import Path

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import DOWNLOADED
from vpr_ros.core.paths import expand_path

HUB_FILE = "model.safetensors"
"""What timm calls the weights in each of its repositories on the hub."""
PATIENCE_S = 5.0
"""A robot without network shall hear so at once; a hub that takes longer to answer would take minutes to download."""


def weights_folder() -> Path:
    """$VPR_WEIGHTS, or ~/.cache/vpr_ros/weights: files that lie here under their published names are found."""
    named = os.environ.get("VPR_WEIGHTS")
    return expand_path(Path(named)) if named else Path.home() / ".cache" / "vpr_ros" / "weights"


def find_weights(named: str, key: str, timm_name: str) -> Path:
    """The file that the setting `key` = `named` stands for; `hub` looks for the weights of the timm model.

    Looks in the weights folder, then in the hub's own cache, then asks the hub, which it waits for only briefly. Raises
    WeightsError that says which file to put where.
    """
    if named != DOWNLOADED:
        path = expand_path(Path(named))
        if not path.is_file():
            raise WeightsError(f"{key}={named}: there is no such file; name one, or `{DOWNLOADED}`")
        return path
    for name in published_names(timm_name):
        if (weights_folder() / name).is_file():
            return weights_folder() / name
    return _ask_hub(key, timm_name)


def published_names(timm_name: str) -> list[str]:
    """What the weights of a timm model are called: by who published them first, and by timm in safetensors layout."""
    published = extra_library("timm", "networks").get_pretrained_cfg(timm_name)
    return [*([Path(published.url).name] if published.url else []), f"{timm_name}.safetensors"]


def _ask_hub(key: str, timm_name: str) -> Path:
    published = extra_library("timm", "networks").get_pretrained_cfg(timm_name)
    hub = extra_library("huggingface_hub", "networks")
    constants = extra_library("huggingface_hub.constants", "networks")
    repository = published.hf_hub_id
    try:
        return Path(hub.hf_hub_download(repository, HUB_FILE, local_files_only=True))
    except Exception as absent:  # error types differ between versions of the library; all mean: not in its cache
        reason = why_unreachable(constants.ENDPOINT, constants.HF_HUB_OFFLINE)
        if reason is None:
            try:
                return Path(hub.hf_hub_download(repository, HUB_FILE, etag_timeout=PATIENCE_S))
            except Exception as error:  # likewise: HTTP, TLS, a full disk
                reason = " ".join(str(error).split())[:160] or type(error).__name__
        name = published_names(timm_name)[0]
        raise WeightsError(
            f"no weights for {timm_name}: {name} is not in {weights_folder()} and the hub has not given it ({reason}); "
            f"get {published.url or repository} and put it there, or name it: --set {key}=FILE"
        ) from absent


def why_unreachable(endpoint: str, offline: bool) -> str | None:
    """None when the hub answers. In a thread of its own: looking up a host name cannot be given a time limit."""
    if offline:
        return "HF_HUB_OFFLINE is set"
    outcome: list[str | None] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(endpoint, method="HEAD"), timeout=PATIENCE_S):
                outcome.append(None)
        except urllib.error.HTTPError:
            outcome.append(None)  # an answer, if not a kind one: the download will tell more
        except (OSError, ValueError, http.client.HTTPException) as error:
            outcome.append(" ".join(str(getattr(error, "reason", error)).split()) or type(error).__name__)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_S + 1)
    return outcome[0] if outcome else f"{endpoint} does not answer within {PATIENCE_S:.0f} s"
