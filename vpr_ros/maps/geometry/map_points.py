"""The points of an open map, keyframe by keyframe, as verifying a pose asks for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vpr_ros.core.pose.keyframe_points import KeyframePoints
from vpr_ros.core.pose.shared_error import SharedError
from vpr_ros.maps.geometry.keypoint_arrays import KeypointArrays
from vpr_ros.maps.place_map import PlaceMap


class StoredPoints:
    """`core.pose.MapPoints` of a map. Reads from the mapped files only what is asked for."""

    def __init__(self, place_map: PlaceMap, arrays: KeypointArrays) -> None:
        self._table = place_map.table
        self._arrays = arrays
        self._cameras = {camera.name: camera for camera in place_map.cameras}

    @property
    def shared_error(self) -> SharedError:
        """None is known of in a map that was not asked, because it was too small or built before maps were."""
        origin = self._arrays.origin
        return SharedError(origin.shared_error_m or 0.0, origin.shared_error_rad or 0.0)

    def keyframe(self, row: int) -> KeyframePoints | None:
        """None where this keyframe has no keypoints, no pose, no intrinsics or no mounting."""
        arrays, table = self._arrays, self._table
        rows = slice(int(arrays.offsets[row]), int(arrays.offsets[row + 1]))
        camera = self._cameras[table.cameras[row]]
        mounting = camera.base_from_camera
        if rows.start == rows.stop or table.map_from_base is None or camera.intrinsics is None or mounting is None:
            return None
        map_from_base = np.array(table.map_from_base[row])
        points = arrays.points_base[rows].astype(np.float64) @ map_from_base[:3, :3].T + map_from_base[:3, 3]
        descriptors = np.array(arrays.descriptors[rows])
        return KeyframePoints(
            place_id=int(table.place_ids[row]),
            pixels=np.array(arrays.pixels[rows]),
            descriptors=descriptors if descriptors.dtype == np.uint8 else descriptors.astype(np.float32),
            points_map=points,
            intrinsics=camera.intrinsics,
            map_from_base=map_from_base,
            base_from_camera=mounting,
        )

    def covisible(self, row: int, most: int) -> Sequence[int]:
        """Rows of other keyframes that see the same points, those that share most first; at most so many."""
        ids = self._arrays.covisible_ids[row, :most]
        return [self._table.row_of(place_id) for place_id in ids[ids >= 0].tolist()]


def map_points(place_map: PlaceMap) -> StoredPoints | None:
    """The points of a map, None where it was built without."""
    return None if place_map.keypoints is None else StoredPoints(place_map, place_map.keypoints)
