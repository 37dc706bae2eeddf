from __future__ import annotations

import numpy as np
import pytest

from vpr_ros.simulation.texture_atlas import AtlasBuilder, sample_atlas


def _atlas(*images):
    builder = AtlasBuilder()
    for image in images:
        builder.add(image)
    return builder.build()


def _sample(atlas, texture, u, v, lod):
    arrays = [np.atleast_1d(np.asarray(value)) for value in (texture, u, v, lod)]
    return sample_atlas(atlas, arrays[0], *(array.astype(np.float32) for array in arrays[1:]))[:, :3]


def test_texel_centres_give_their_own_colour() -> None:
    image = np.random.default_rng(0).uniform(0, 1, (8, 8, 3))
    for row, column in ((0, 0), (3, 5), (7, 7)):
        found = _sample(_atlas(np.zeros((4, 4, 3)), image), 1, (column + 0.5) / 8, (row + 0.5) / 8, 0)
        np.testing.assert_allclose(np.sqrt(found[0]), image[row, column], atol=1 / 255)


def test_textures_repeat_in_both_directions() -> None:
    atlas = _atlas(np.random.default_rng(1).uniform(0, 1, (16, 16, 3)))
    here = _sample(atlas, 0, 0.03, 0.98, 0)
    for du, dv in ((1, 0), (0, -2), (-3, 5)):
        np.testing.assert_allclose(_sample(atlas, 0, 0.03 + du, 0.98 + dv, 0), here, atol=2e-3)


def test_coarse_levels_keep_the_mean_light() -> None:
    image = np.random.default_rng(2).uniform(0, 1, (32, 32, 3))
    atlas = _atlas(image)
    np.testing.assert_allclose(_sample(atlas, 0, 0.3, 0.6, 20)[0], (image**2).mean(axis=(0, 1)), atol=0.01)
    np.testing.assert_allclose(atlas.mean_albedo[0], (image**2).mean(axis=(0, 1)), atol=1e-5)


def test_far_checkerboard_is_grey_instead_of_noise() -> None:
    board = np.indices((64, 64)).sum(axis=0)[..., None] % 2 * np.ones(3)
    found = _sample(_atlas(board), np.zeros(50, int), np.linspace(0, 1, 50), np.linspace(0, 3, 50), np.full(50, 3))
    assert found.std() < 0.01


@pytest.mark.parametrize("shape", [(8, 4, 3), (6, 6, 3), (8, 8, 4)])
def test_odd_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="power of two"):
        AtlasBuilder().add(np.zeros(shape))
