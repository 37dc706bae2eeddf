from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from vpr_ros.core.errors import WeightsError
from vpr_ros.features.foreign_centres import read_centres

torch = pytest.importorskip("torch")


def test_the_published_centres_are_read_as_they_are(shared: Path) -> None:
    path = shared / "models" / "anyloc_vocab_vitg14" / "urban_c_centers.pt"
    centres = read_centres(path, 1536)
    assert centres.shape == (32, 1536)
    np.testing.assert_array_equal(centres, torch.load(path, weights_only=True).numpy())
    lengths = np.linalg.norm(centres, axis=1)
    assert lengths.max() < 1  # means of directions, not directions


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, torch.zeros(3), torch.zeros(2, 4, dtype=torch.long)])
def test_other_things_that_torch_saves_are_no_centres(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "c.pt")
    with pytest.raises(WeightsError, match="holds no table of centres"):
        read_centres(tmp_path / "c.pt", 4)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self):
            return (Path.write_text, (tmp_path / "ran", "x"))

    (tmp_path / "c.pt").write_bytes(pickle.dumps(Attack()))
    with pytest.raises(WeightsError, match="refused"):
        read_centres(tmp_path / "c.pt", 4)
    assert not (tmp_path / "ran").exists()
