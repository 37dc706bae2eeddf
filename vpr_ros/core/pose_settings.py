"""The `pose` settings: which keypoints are found and matched, and how a pose is solved from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from vpr_ros.core.feature_settings import DOWNLOADED
from vpr_ros.core.gate_settings import GateSettings
from vpr_ros.core.setting import setting

KEYPOINTS = ("sift", "xfeat", "aliked", "disk")
MATCHERS = ("auto", "mutual_ratio", "lightglue", "lighterglue")
COARSE_WEIGHTINGS = ("best", "equal", "similarity", "barycentric")
GEOMETRIES = ("auto", "depth", "triangulate", "none")


@dataclass(frozen=True)
class PoseSettings:
    """How a pose in metres is found. Only maps with geometry have one."""

    enabled: bool = setting(True, "solve a pose wherever the map has geometry and the camera is calibrated")
    keypoints: str = setting(
        "sift",
        "what is found in images again: sift needs no weights; xfeat, aliked, disk are networks",
        choices=KEYPOINTS,
    )
    max_keypoints: int = setting(1000, "keypoints of an image at most, spread over it", low=16, high=20000)
    long_side_px: int = setting(
        480, "keypoints are sought in images of at most this long side; they are never enlarged", low=64, high=8192
    )
    matcher: str = setting(
        "auto",
        "mutual_ratio compares descriptors; lightglue (aliked, disk) and lighterglue (xfeat) are networks; auto takes "
        "one of these where its weights are named, else mutual_ratio",
        choices=MATCHERS,
    )
    ratio: float = setting(
        0.0,
        "mutual_ratio: the nearest descriptor's distance over the second's, at most; 0 takes what suits the keypoints, "
        "0.85 for sift and 0.95 for networks",
        low=0.0,
        high=1.0,
    )
    xfeat_weights: str = setting(DOWNLOADED, "XFeat's file: an export (.onnx) or verlab's xfeat.pt for kornia")
    aliked_weights: str = setting(DOWNLOADED, "ALIKED's file, e.g. aliked-n16.pth")
    disk_weights: str = setting(DOWNLOADED, "DISK's file, e.g. depth-save.pth")
    lightglue_weights: str = setting(DOWNLOADED, "LightGlue's file for these keypoints, e.g. aliked_lightglue.pth")
    lighterglue_weights: str = setting(
        DOWNLOADED, "LighterGlue's file: an export (.onnx) or verlab's xfeat-lighterglue.pt for kornia"
    )
    geometry: str = setting(
        "auto",
        "where keypoints of a map lie: from depth, triangulated with the known poses, or nowhere (none); auto takes a "
        "COLMAP model's own points, else depth where at least half of the keyframes have it, else triangulates",
        choices=GEOMETRIES,
    )
    refine_poses: bool = setting(
        False,
        "triangulate: move the keyframes' poses, by centimetres, together with their points to where the images agree "
        "best; how far is told",
    )
    min_depth_m: float = setting(0.2, "nearer depth is not believed", low=0.0, high=100.0)
    max_depth_m: float = setting(10.0, "depth further away is not believed", low=0.1, high=1000.0)
    candidates: int = setting(10, "candidates that are matched at most", low=1, high=1000)
    clear_inliers: int = setting(
        60, "no more candidates are matched after one with as many inliers that passes every gate", low=4, high=100000
    )
    clear_ratio: float = setting(0.4, "and with this share of its matches agreeing", low=0.0, high=1.0)
    clear_cells: int = setting(8, "and with inliers in as many of the image's 4x4 cells", low=1, high=16)
    planar: bool = setting(
        False,
        "the robot drives on level floors: height, roll and pitch are the map's there, not the image's; the gates of "
        "such a robot apply then, whatever pose.gates.robot says",
    )
    coarse_weighting: str = setting(
        "barycentric",
        "coarse pose: the best candidate's, or the mean of those near it, weighted equally, by similarity, or so that "
        "their descriptors mixed come nearest to the query's (barycentric)",
        choices=COARSE_WEIGHTINGS,
    )
    coarse_power: float = setting(8.0, "weights of `similarity` are its power", low=0.0, high=1000.0)
    gates: GateSettings = field(default_factory=GateSettings)
