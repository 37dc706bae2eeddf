"""All figures, one benchmark after the other. The simulated flats take most of the time.

Left out: the acceptance flats, poses in flats (pose_flats), the baseline (`make baseline`), what needs a GPU
(`make bench-gpu`) and what takes hours or tens of gigabytes at full size (evaluation_scale).
"""

from __future__ import annotations

from benchmarks import (
    aggregation_agreement,
    batched_building,
    dense_sift_speed,
    evaluation_memory,
    evaluation_overhead,
    exact_retrieval,
    flat_hardness,
    flat_places,
    heads_cost,
    image_conversion,
    index_agreement,
    keypoint_cost,
    map_cost,
    mobilenet_agreement,
    overlap_prediction,
    overlap_voting,
    pose_kitchen,
    real_places,
    verify_speed,
    xfeat_netvlad_places,
)
from vpr_ros.core.errors import UsageError


def main() -> None:
    aggregation_agreement.main()
    dense_sift_speed.main()
    image_conversion.main()
    exact_retrieval.main()
    index_agreement.main([])
    map_cost.main()
    batched_building.main([])
    heads_cost.main()
    evaluation_overhead.main([])
    evaluation_memory.main([])
    overlap_voting.main()
    try:
        real_places.main()
        mobilenet_agreement.main()
        xfeat_netvlad_places.main()
        overlap_prediction.main([])
        keypoint_cost.main([])
        pose_kitchen.main([])
        verify_speed.main([])
    except UsageError as error:
        print(f"real images left out: {error}")
    flat_hardness.main([])
    flat_places.main([])


if __name__ == "__main__":
    main()
