"""The program that measures GPUs is run in small wherever there is none, so that it works where one is lent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from vpr_ros.core.records import Features
from vpr_ros.core.vlad import HardVlad

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = "import sys, runpy\nfor name in ('cv2', 'rosbags', 'rich', 'faiss', 'rclpy'): sys.modules[name] = None\n"
SMALLEST = "--models vits14 --sides 98x98 --batches 2 --precisions fp32 --places 50 --rounds 1 --device cpu"


def test_it_runs_with_torch_timm_and_numpy_alone():
    arguments = f"sys.argv = ['x', *{SMALLEST.split()}]\n"
    code = f"{WITHOUT}{arguments}runpy.run_module('benchmarks.gpu_pipeline', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    head, _, titles, row = done.stdout.splitlines()
    assert head.startswith("CPU, ")
    assert row.startswith("vits14")
    assert titles.split()[:2] == ["network", "features"]
    assert all(float(cell) > 0 for cell in row.split()[4:-1])


def test_vlad_by_torch_is_the_vlad_of_robots():
    from benchmarks.gpu_pipeline import vlad_by_torch

    rng = np.random.default_rng(0)
    patches = rng.standard_normal((3, 40, 8)).astype(np.float32)
    patches /= np.linalg.norm(patches, axis=2, keepdims=True)
    centres = rng.standard_normal((5, 8)).astype(np.float32)
    centres[4] = 0.5 * patches[0, 0]
    vlad = HardVlad(centres, np.arange(5))
    nowhere, valid = np.zeros((40, 2), np.float32), np.ones(40, bool)
    expected = [vlad.aggregate(Features(each, nowhere, valid)) for each in patches]
    found = vlad_by_torch(torch.from_numpy(patches), torch.from_numpy(centres))
    np.testing.assert_allclose(found, expected, atol=1e-5)
