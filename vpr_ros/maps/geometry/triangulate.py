"""Points of keyframes with known poses, triangulated by pycolmap: matches that the poses allow become tracks, tracks
become points, points that the images contradict are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vpr_ros.core.pose.colmap_camera import colmap_camera, import_colmap
from vpr_ros.core.records import Array, FloatArray, KeypointMatcher
from vpr_ros.maps.geometry.choose_pairs import choose_pairs
from vpr_ros.maps.geometry.gather_keypoints import Gathered, in_base
from vpr_ros.maps.geometry.match_keyframes import keyframes_at_hand, match_along_lines, match_surely
from vpr_ros.maps.geometry.placed_points import PlacedPoints
from vpr_ros.maps.geometry.refine_poses import refine_poses

LEAST_IMAGES = 3
"""What two images agree on may be two things on one line of sight; a third one sees that."""
PIXEL_SHARE = 0.05
"""Half a pixel may move a point by at most this share of its distance: that asks for an angle between its rays."""
ANGLES_DEG = (1.0, 4.0)
"""The least and the most that is asked."""
LEAST_MATCHES = 8
"""Pairs of images with fewer are taken for chance."""


@dataclass(frozen=True)
class Limits:
    """A point further from where an image saw it is not what the image saw; rays that meet at a smaller angle say
    little of how far away.
    """

    most_off_px: float
    least_angle_deg: float


def triangulate(
    gathered: Gathered,
    matcher: KeypointMatcher,
    descriptors: FloatArray,
    track: Callable[..., Any],
    refine: bool = False,
) -> PlacedPoints:
    """Points of keypoints that several keyframes see; calibrations are held, poses too unless they shall be refined."""
    colmap = import_colmap()
    pairs = choose_pairs(gathered.cameras, descriptors)
    reconstruction, graph = _reconstruction(colmap, gathered), colmap.CorrespondenceGraph()
    for keyframe in range(len(gathered.cameras)):
        graph.add_image(keyframe + 1, len(gathered.pixels[gathered.rows(keyframe)]))
    look = keyframes_at_hand(gathered)
    sure = match_surely(gathered, pairs, look, matcher, track)
    for one, two, matches in match_along_lines(pairs, sure, look, track):
        if len(matches) >= LEAST_MATCHES:
            geometry = colmap.TwoViewGeometry()
            geometry.config = colmap.TwoViewGeometryConfiguration.CALIBRATED
            geometry.inlier_matches = matches.astype(np.uint32)
            graph.add_two_view_geometry(one + 1, two + 1, geometry)
    graph.finalize()
    limits = Limits(sure.tolerance_px, _least_angle_deg(gathered))
    observations = _find_points(colmap, reconstruction, graph, limits, track)
    if not refine:
        return _placed(gathered, reconstruction)
    refined = refine_poses(colmap, reconstruction, gathered.cameras)
    _drop_points(observations, limits)
    placed = _placed(replace(gathered, cameras=refined.cameras), reconstruction)
    return replace(placed, refined=refined)


def _reconstruction(colmap: Any, gathered: Gathered) -> Any:
    """Cameras and images where they stood, with their keypoints; numbers of images count from 1."""
    reconstruction = colmap.Reconstruction()
    numbers: dict[int, int] = {}
    for keyframe, camera in enumerate(gathered.cameras):
        if camera is None:
            continue
        if id(camera.intrinsics) not in numbers:
            numbers[id(camera.intrinsics)] = len(numbers) + 1
            lens = colmap_camera(camera.intrinsics)
            lens.camera_id = numbers[id(camera.intrinsics)]
            reconstruction.add_camera_with_trivial_rig(lens)
        pixels = np.asarray(gathered.pixels[gathered.rows(keyframe)], dtype=np.float64)
        image = colmap.Image(str(keyframe), pixels, numbers[id(camera.intrinsics)], keyframe + 1)
        camera_from_map = np.linalg.inv(camera.map_from_camera)
        reconstruction.add_image_with_trivial_frame(image, colmap.Rigid3d(camera_from_map[:3]))
    return reconstruction


def _least_angle_deg(gathered: Gathered) -> float:
    """Between rays of a point, for the coarsest of the cameras."""
    focal_px = min(float(camera.intrinsics.matrix[0, 0]) for camera in gathered.cameras if camera is not None)
    return float(np.clip(np.degrees(0.5 / focal_px / PIXEL_SHARE), *ANGLES_DEG))


def _find_points(colmap: Any, reconstruction: Any, graph: Any, limits: Limits, track: Callable[..., Any]) -> Any:
    """Fills the reconstruction with points; gives what they are dropped with."""
    observations = colmap.ObservationManager(reconstruction, graph)
    triangulator = colmap.IncrementalTriangulator(graph, reconstruction, observations)
    options = colmap.IncrementalTriangulatorOptions(
        random_seed=0,
        min_angle=limits.least_angle_deg,
        complete_max_reproj_error=limits.most_off_px,
        merge_max_reproj_error=limits.most_off_px,
    )
    images: Sequence[int] = sorted(reconstruction.reg_image_ids())
    for image in track(images, "triangulating", len(images)):
        triangulator.triangulate_image(options, image)
    triangulator.complete_all_tracks(options)
    triangulator.merge_all_tracks(options)
    _drop_points(observations, limits)
    if reconstruction.num_points3D():
        _settle_points(colmap, reconstruction)
        _drop_points(observations, limits)
    return observations


def _drop_points(observations: Any, limits: Limits) -> None:
    """Observations off their points, then points seen by too few or from too near each other."""
    observations.filter_all_points3D(limits.most_off_px, limits.least_angle_deg)
    observations.filter_points3D_with_short_tracks(LEAST_IMAGES)


def _settle_points(colmap: Any, reconstruction: Any) -> None:
    """Each point to where all images that see it agree best; poses and calibrations stay."""
    options = colmap.BundleAdjustmentOptions(
        refine_focal_length=False,
        refine_principal_point=False,
        refine_extra_params=False,
        refine_rig_from_world=False,
        refine_sensor_from_rig=False,
        print_summary=False,
    )
    options.ceres.loss_function_type = colmap.LossFunctionType.SOFT_L1
    config = colmap.BundleAdjustmentConfig()
    for image in reconstruction.reg_image_ids():
        config.add_image(image)
    # Not colmap.bundle_adjustment, which tells on stderr how long it took.
    colmap.create_default_bundle_adjuster(options, config, reconstruction).solve()
    reconstruction.update_point_3d_errors()


def _placed(gathered: Gathered, reconstruction: Any) -> PlacedPoints:
    points = np.full((len(gathered.pixels), 3), np.nan)
    tracks = np.full(len(gathered.pixels), -1, np.int32)
    errors: list[Array] = [np.zeros(0)]
    for number, point in enumerate(reconstruction.points3D.values()):
        rows = [gathered.offsets[each.image_id - 1] + each.point2D_idx for each in point.track.elements]
        points[rows] = point.xyz
        tracks[rows] = number
        errors.append(np.full(len(rows), point.error))
    for keyframe, camera in enumerate(gathered.cameras):
        if camera is not None:
            points[gathered.rows(keyframe)] = in_base(points[gathered.rows(keyframe)], camera.map_from_base)
    return PlacedPoints(points.astype(np.float32), tracks, np.concatenate(errors))
