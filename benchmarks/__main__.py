"""All figures, one benchmark after the other. The simulated flats take most of the time."""

from __future__ import annotations

from benchmarks import (
    aggregation_agreement,
    dense_sift_speed,
    exact_retrieval,
    flat_hardness,
    flat_places,
    index_agreement,
    map_cost,
    real_places,
)
from vpr_ros.core.errors import UsageError


def main() -> None:
    aggregation_agreement.main()
    dense_sift_speed.main()
    exact_retrieval.main()
    index_agreement.main([])
    map_cost.main()
    try:
        real_places.main()
    except UsageError as error:
        print(f"real images left out: {error}")
    flat_hardness.main([])
    flat_places.main([])


if __name__ == "__main__":
    main()
