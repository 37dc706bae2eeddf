"""Pictures: decodable, lit, sharp, and new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from robot_bag import image_of, same

from vpr_ros.core.records import Array
from vpr_ros.doctor.check_pictures import BLURRED, check_frozen, check_pictures
from vpr_ros.doctor.finding import FAIL, OK, WARN
from vpr_ros.doctor.look_at_bag import look_at_bag
from vpr_ros.doctor.recording import Recording
from vpr_ros.doctor.reference_track import Reference
from vpr_ros.doctor.visual_motion import shrink
from vpr_ros.doctor.watch_frames import Looked, Watched, blur_of, watch_frames


def looked(change: Callable[[Array], Array], every: int = 1) -> Watched:
    images = [image_of(number) for number in range(0, 40, 2)]
    changed = [change(image) if number % every == 0 else image for number, image in enumerate(images)]
    return watch_frames([Looked(number, False, image) for number, image in enumerate(changed)], None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda image: np.full_like(image, 90), "blank"),
        (lambda image: image // 12, "half black"),
        (lambda image: np.clip(image.astype(int) * 3, 0, 255).astype(np.uint8), "half white"),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 5), "blurred"),
        (lambda image: cv2.blur(image, (25, 1)), "blurred"),
    ],
)
def test_pictures_that_show_nothing(change: Callable[[Array], Array], told: str):
    (finding,) = [each for each in check_pictures(looked(change)) if told in each.found]
    assert finding.level == FAIL
    (finding,) = [each for each in check_pictures(looked(change, every=5)) if told in each.found]
    assert finding.level == WARN
    assert finding.numbers["share"] == pytest.approx(0.2)
    assert [each.level for each in check_pictures(looked(change, every=20))] == [OK]


def test_sound_pictures(watched: Watched):
    assert [each.level for each in check_pictures(watched)] == [OK]


def test_real_pictures_are_sharp_until_they_are_blurred(shared: Path):
    files = sorted((shared / "data/seven_scenes_redkitchen/rgb").glob("*.jpg"))[::25]
    sharp = [cv2.imread(str(file))[..., ::-1] for file in files]
    assert max(blur_of(shrink(image)) for image in sharp) < 0.8 * BLURRED
    moved = [cv2.blur(image, (32, 1)) for image in sharp]
    assert min(blur_of(shrink(image)) for image in moved) > BLURRED


@pytest.mark.parametrize(("every", "level"), [(10, WARN), (1, FAIL)])
def test_pictures_that_cannot_be_decoded(record: Callable[..., Recording], every: int, level: str):
    recording = record(data=lambda jpeg, number: jpeg[:400] if number and number % every == 0 else jpeg)
    findings = check_pictures(watch_frames(look_at_bag(recording, None), None))
    assert findings[0].level == level
    assert "of 96 cannot be decoded, the first: /camera/image_raw/compressed" in findings[0].found


def test_a_driver_that_repeats_itself(record: Callable[..., Recording], reference: Reference):
    assert check_frozen(record(shown=same), reference.track) == []
    (finding,) = check_frozen(record(shown=lambda number: number - number % 2), reference.track)
    assert finding.level == FAIL
    assert "show the picture before once more" in finding.found


def test_one_picture_of_a_robot_that_stands_is_no_repetition(record: Callable[..., Recording], reference: Reference):
    recording = record(shown=lambda _number: 0)
    standing = type(reference.track)(reference.track.stamps_ns, np.tile(np.eye(4), (len(reference.track.poses), 1, 1)))
    assert check_frozen(recording, standing) == []
