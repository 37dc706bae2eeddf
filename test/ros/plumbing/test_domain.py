"""ROS_DOMAIN_ID before rclpy sees it."""

from __future__ import annotations

import pytest

from vpr_ros.core.errors import UsageError
from vpr_ros.ros.plumbing.domain import check_domain


@pytest.mark.parametrize("environment", [{}, *({"ROS_DOMAIN_ID": text} for text in ("", "0", "7", "232"))])
def test_domains_that_there_are_pass(environment: dict[str, str]) -> None:
    check_domain(environment)


@pytest.mark.parametrize("text", ["9999", "233", "-1", "abc", "1.5", "7 ", "7\n8", "\u0663"])
def test_others_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected a whole number 0\.\.232") as caught:
        check_domain({"ROS_DOMAIN_ID": text})
    assert "\n" not in str(caught.value)
