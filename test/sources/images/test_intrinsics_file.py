from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpr_ros.core.errors import SourceError
from vpr_ros.sources.images.intrinsics_file import read_intrinsics_file

CALIBRATED = """
image_width: 640
image_height: 480
camera_name: head
camera_matrix: {rows: 3, cols: 3, data: [520.5, 0, 320, 0, 521, 239, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [-0.2, 0.05, 0, 0.001, 0]}
rectification_matrix: {rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}
"""


def write(folder: Path, text: str, name: str = "camera.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_camera_calibration_writes(tmp_path):
    seen = read_intrinsics_file(write(tmp_path, CALIBRATED))
    assert (seen.width, seen.height, seen.distortion_model) == (640, 480, "plumb_bob")
    assert seen.matrix.tolist() == [[520.5, 0, 320], [0, 521, 239], [0, 0, 1]]
    assert seen.distortion == (-0.2, 0.05, 0.0, 0.001, 0.0)
    assert not seen.rectified


def test_what_rgbd_folders_have(tmp_path):
    text = '{"width": 64, "height": 48, "K": [[50, 0, 32], [0, 50, 24], [0, 0, 1]], "dist_k1k2p1p2k3": null}'
    seen = read_intrinsics_file(write(tmp_path, text, "meta.json"))
    assert (seen.width, seen.matrix[0, 0], seen.distortion_model, seen.distortion) == (64, 50.0, "none", ())


P = "projection_matrix: {rows: 3, cols: 4, data: [500, 0, 318, 0, 0, 501, 238, 0, 0, 0, 1, 0]}\n"


@pytest.mark.parametrize(("said", "asked"), [("rectified: true\n", False), ("", True), ("rectified: true\n", True)])
def test_of_undistorted_images_p_counts_and_the_coefficients_do_not(tmp_path, said, asked):
    seen = read_intrinsics_file(write(tmp_path, CALIBRATED + P + said), rectified=asked)
    assert (seen.matrix[0, 0], seen.matrix[1, 2], seen.distortion, seen.rectified) == (500, 238, (), True)
    without_p = read_intrinsics_file(write(tmp_path, CALIBRATED + said), rectified=asked)
    assert (without_p.matrix[0, 0], without_p.rectified) == (520.5, True)
    as_taken = read_intrinsics_file(write(tmp_path, CALIBRATED + P + "rectified: false\n"))
    assert (as_taken.matrix[0, 0], as_taken.rectified) == (520.5, False)


def test_a_file_and_an_option_that_contradict_each_other(tmp_path):
    with pytest.raises(SourceError, match="says rectified: false, but --rectified was asked for"):
        read_intrinsics_file(write(tmp_path, CALIBRATED + "rectified: false"), rectified=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CALIBRATED + "rectified: 'yes'", "rectified is 'yes', expected true or false"),
        (CALIBRATED + "rectified: true\nprojection_matrix: {data: [1, 2]}", "no calibration"),
        ("", "expected image_width"),
        ("image_width: 3", "expected image_width"),
        ("[1, 2]", "expected groups"),
        (CALIBRATED.replace("520.5", "0"), "K is zero"),
        (CALIBRATED.replace("520.5", ".nan"), "K is zero"),
        (CALIBRATED.replace("640", "0"), "no image size"),
        (CALIBRATED.replace("[520.5,", "["), "no calibration"),
        (CALIBRATED.replace("plumb_bob", "double_sphere"), "double_sphere"),
        (CALIBRATED.replace("data: [-0.2,", "data: [here,"), "no calibration"),
    ],
)
def test_what_is_no_calibration_is_told_in_one_line(tmp_path, text, why):
    with pytest.raises(SourceError, match=why) as caught:
        read_intrinsics_file(write(tmp_path, text))
    assert "camera.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_intrinsics_file(tmp_path / "none.yaml")


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60) | st.binary(max_size=40))
def test_nothing_but_a_source_error_comes_of_any_text(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("camera") / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SourceError):
        read_intrinsics_file(path)
