"""Poses of keyframes moved together with their triangulated points to where the images agree best.

For poses of a drive that are off by centimetres. Each keyframe is held near where it was believed; as a whole the drive
stays where it was, and turned as it was, so that the map's frame keeps its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vpr_ros.core.geometry import distance_m, invert_pose, rotation_between_rad
from vpr_ros.core.records import Array, Matrix4
from vpr_ros.maps.geometry.gather_keypoints import KeyframeCamera

BELIEVED_M = 0.05
"""Standard deviation that poses are believed to have; what moves further had better reasons than one point."""
FEWEST = 30
"""Keyframes that see fewer points are left where they are."""
Cameras = tuple["KeyframeCamera | None", ...]


@dataclass(frozen=True, eq=False)
class RefinedPoses:
    """cameras: as they stand now. note: for a person, how far they moved."""

    cameras: Cameras
    note: str


def refine_poses(colmap: Any, reconstruction: Any, cameras: Cameras) -> RefinedPoses:
    """Changes the reconstruction too: image i + 1 is of keyframe i, and its points stay in the map's frame."""
    images = {number: reconstruction.image(number) for number in sorted(reconstruction.reg_image_ids())}
    moving = [number for number, image in images.items() if image.num_points3D >= FEWEST]
    if len(moving) < 2:
        return RefinedPoses(cameras, "poses were not refined: too few points tie keyframes together")
    _adjust(colmap, reconstruction, images, moving)
    _put_back(colmap, reconstruction, cameras, moving)
    refined = list(cameras)
    for number in moving:
        camera = cameras[number - 1]
        assert camera is not None
        map_from_camera = invert_pose(_camera_from_map(reconstruction, number))
        map_from_base = map_from_camera @ invert_pose(camera.base_from_camera)
        refined[number - 1] = replace(camera, map_from_base=map_from_base)
    return RefinedPoses(tuple(refined), _told(cameras, refined, moving))


def _adjust(colmap: Any, reconstruction: Any, images: dict[int, Any], moving: list[int]) -> None:
    options = colmap.BundleAdjustmentOptions(
        refine_focal_length=False,
        refine_principal_point=False,
        refine_extra_params=False,
        refine_sensor_from_rig=False,
        print_summary=False,
    )
    options.ceres.loss_function_type = colmap.LossFunctionType.SOFT_L1
    config, priors = colmap.BundleAdjustmentConfig(), []
    for number, image in images.items():
        config.add_image(number)
        if number not in moving:
            config.set_constant_rig_from_world_pose(image.frame_id)
        priors.append(
            colmap.PosePrior(
                pose_prior_id=number,
                corr_data_id=image.data_id,
                position=image.projection_center(),
                position_covariance=np.eye(3) * BELIEVED_M**2,
                coordinate_system=colmap.PosePriorCoordinateSystem.CARTESIAN,
            )
        )
    further = colmap.PosePriorBundleAdjustmentOptions()
    further.alignment_ransac.random_seed = 0
    colmap.create_pose_prior_bundle_adjuster(options, further, config, priors, reconstruction).solve()
    reconstruction.update_point_3d_errors()


def _put_back(colmap: Any, reconstruction: Any, cameras: Cameras, moving: list[int]) -> None:
    """Keyframes that stand in a line may turn about it together, and nothing in the images would mind."""
    before = np.stack([camera.map_from_camera for n in moving if (camera := cameras[n - 1]) is not None])
    after = np.stack([invert_pose(_camera_from_map(reconstruction, number)) for number in moving])
    u, _, v = np.linalg.svd(np.einsum("nij,nkj->ik", before[:, :3, :3], after[:, :3, :3]))
    turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v
    shift = before[:, :3, 3].mean(axis=0) - turn @ after[:, :3, 3].mean(axis=0)
    reconstruction.transform(colmap.Sim3d(1.0, colmap.Rotation3d(turn), shift))


def _camera_from_map(reconstruction: Any, number: int) -> Matrix4:
    pose = np.eye(4)
    pose[:3] = reconstruction.image(number).cam_from_world().matrix()
    return pose


def _told(before: Cameras, after: list[KeyframeCamera | None], moving: list[int]) -> str:
    pairs = [(before[number - 1], after[number - 1]) for number in moving]
    poses: Array = np.array([[one.map_from_base, two.map_from_base] for one, two in pairs if one and two])
    moved_m = distance_m(poses[:, 0], poses[:, 1])
    turned_deg = np.degrees(rotation_between_rad(poses[:, 0], poses[:, 1]))
    return (
        f"poses of {len(moving)} keyframes refined: moved by {100 * np.median(moved_m):.1f} cm (median), "
        f"{100 * moved_m.max():.1f} cm (most), turned by {np.median(turned_deg):.2f} and {turned_deg.max():.2f} deg"
    )
