"""Keypoints and their matcher by name. Networks and their libraries are imported only when one is asked for."""

from __future__ import annotations

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.feature_settings import DOWNLOADED
from vpr_ros.core.pose_settings import PoseSettings
from vpr_ros.core.records import KeypointExtractor, KeypointMatcher

LEARNED = {"aliked": "lightglue", "disk": "lightglue", "xfeat": "lighterglue"}
"""The network that can match these keypoints."""

SIFT_RATIO, NETWORK_RATIO = 0.85, 0.95
"""What `pose.ratio=0` means: descriptors of networks differ less from one point to the next."""


def make_keypoints(settings: PoseSettings, device: str = "auto") -> tuple[KeypointExtractor, KeypointMatcher]:
    """What the settings name; `device` is where networks run: auto, cpu or cuda.

    Raises SettingsError for a matcher of other keypoints and for a GPU that is not there, WeightsError where a
    network's weights cannot be had or used.
    """
    matcher = choose_matcher(settings)
    return _make_extractor(settings, device), _make_matcher(matcher, settings, device)


def choose_matcher(settings: PoseSettings) -> str:
    """What `pose.matcher` means for these keypoints. Raises SettingsError where it cannot match them."""
    learned = LEARNED.get(settings.keypoints)
    if settings.matcher == "auto":
        named = {"lightglue": settings.lightglue_weights, "lighterglue": settings.lighterglue_weights}
        return learned if learned is not None and named[learned] != DOWNLOADED else "mutual_ratio"
    if settings.matcher not in ("mutual_ratio", learned):
        fitting = " or ".join(kind for kind, matcher in LEARNED.items() if matcher == settings.matcher)
        raise SettingsError(
            f"pose.matcher={settings.matcher} matches {fitting}, pose.keypoints={settings.keypoints}; "
            "set pose.matcher=auto, or other keypoints and rebuild the map"
        )
    return settings.matcher


def _make_extractor(settings: PoseSettings, device: str) -> KeypointExtractor:
    if settings.keypoints == "sift":
        from vpr_ros.features.keypoints.sift import Sift

        return Sift(settings.long_side_px)
    if settings.keypoints == "xfeat":
        from vpr_ros.features.keypoints.xfeat import open_xfeat

        return open_xfeat(settings, device)
    if settings.keypoints == "aliked":
        from vpr_ros.features.keypoints.aliked import open_aliked

        return open_aliked(settings, device)
    if settings.keypoints == "disk":
        from vpr_ros.features.keypoints.disk import open_disk

        return open_disk(settings, device)
    raise SettingsError(f"pose.keypoints={settings.keypoints!r} names no keypoints")


def _make_matcher(name: str, settings: PoseSettings, device: str) -> KeypointMatcher:
    if name == "lightglue":
        from vpr_ros.features.matchers.lightglue import open_lightglue

        return open_lightglue(settings, device)
    if name == "lighterglue":
        from vpr_ros.features.matchers.lighterglue import open_lighterglue

        return open_lighterglue(settings, device)
    from vpr_ros.features.matchers.mutual_ratio import MutualRatio

    return MutualRatio(settings.ratio or (SIFT_RATIO if settings.keypoints == "sift" else NETWORK_RATIO))
