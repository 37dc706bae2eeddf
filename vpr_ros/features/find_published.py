"""Weights of keypoint networks and matchers: a named file, the weights folder, or where their authors put them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vpr_ros.core.errors import WeightsError
from vpr_ros.core.extra_library import extra_library
from vpr_ros.core.feature_settings import DOWNLOADED
from vpr_ros.core.paths import expand_path
from vpr_ros.features.find_weights import weights_folder, why_unreachable


@dataclass(frozen=True)
class Published:
    """setting: what names another file. names: what the file may be called in the weights folder, the first preferred.

    url: where the authors publish one of them, in a format that is read here; None where nobody does.
    """

    setting: str
    names: tuple[str, ...]
    url: str | None


def find_published(named: str, published: Published) -> Path:
    """The file that `published.setting` = `named` stands for; `hub`: in the weights folder, else downloaded into it.

    Raises WeightsError that says which file to put where.
    """
    if named != DOWNLOADED:
        path = expand_path(Path(named))
        if not path.is_file():
            raise WeightsError(f"{published.setting}={named}: there is no such file; name one, or `{DOWNLOADED}`")
        return path
    for name in published.names:
        if (weights_folder() / name).is_file():
            return weights_folder() / name
    return _download(published)


def _download(published: Published) -> Path:
    names = " or ".join(published.names)
    if published.url is None:
        reason = "nobody publishes one to download"
    else:
        parts = urlsplit(published.url)
        offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
        reason = why_unreachable(f"{parts.scheme}://{parts.netloc}", offline) or ""
    if published.url is not None and not reason:
        path = weights_folder() / Path(urlsplit(published.url).path).name
        hub = extra_library("torch.hub", "networks")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            hub.download_url_to_file(published.url, str(path), progress=False)  # aside first, then renamed
            return path
        except Exception as error:  # HTTP, TLS, a full disk: told below, whichever it was
            reason = " ".join(str(error).split())[:160] or type(error).__name__
    source = f"get {published.url} and put it there" if published.url else "put it there"
    raise WeightsError(
        f"{names} is not in {weights_folder()} and cannot be had ({reason}); {source}, "
        f"or name it: --set {published.setting}=FILE"
    )
