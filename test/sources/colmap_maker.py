"""COLMAP models, written by COLMAP's own library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

PARAMS = [500.0, 510.0, 320.5, 240.5, 0.1, -0.05, 0.001, 0.002]


def write_model(folder: Path, *, every_model: bool = False, binary: bool = True, points: bool = True) -> Any:
    """Three images of one OPENCV camera, or of two; or an image of each model of cameras that pycolmap knows."""
    import pycolmap

    reconstruction = pycolmap.Reconstruction()
    names = [name for name in pycolmap.CameraModelId.__members__ if name != "INVALID"] if every_model else ["OPENCV"]
    for key, name in enumerate(names, start=1):
        camera = pycolmap.Camera.create_from_model_name(key, name, 500.0, 640, 480)
        if name == "OPENCV":
            camera.params = PARAMS
        reconstruction.add_camera_with_trivial_rig(camera)
    for index in range(max(3, len(names))):
        image = pycolmap.Image(name=f"im{index}.png", camera_id=1 + index % len(names), image_id=index + 1)
        if points:
            image.points2D = pycolmap.Point2DList([pycolmap.Point2D(np.array([1.0, 2.0 + index]))] * (index % 3))
        turn = np.array([0.1 * index, -0.2, 0.3, 1.0]) / np.linalg.norm([0.1 * index, -0.2, 0.3, 1.0])
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(turn), np.array([index, 0.5, -1.0]))
        reconstruction.add_image_with_trivial_frame(image, pose)
    folder.mkdir(parents=True, exist_ok=True)
    (reconstruction.write_binary if binary else reconstruction.write_text)(str(folder))
    return reconstruction
