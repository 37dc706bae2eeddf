"""docs/map_format.md must be true: its example runs, its tables name what the code names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sample_map import CAMERAS, write_sample_map

from vpr_ros.maps.map_format import FILES, FORMAT_VERSION

DOCUMENT = (Path(__file__).parents[2] / "docs" / "map_format.md").read_text(encoding="utf-8")


def test_the_example_reads_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sample_map(tmp_path / "office.map", places=3)
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    exec(compile(example, "docs/map_format.md", "exec"), {})
    told = capsys.readouterr().out
    assert "office/place_5: küche 1.jpg, room None" in told.splitlines()


def test_the_table_of_arrays_is_the_formats() -> None:
    types = {"int64": "<i8", "int32": "<i4", "uint8": "|u1", "int8": "|i1", "uint16": "<u2"}
    types |= {"float64": "<f8", "float32": "<f4", "float16": "<f2"}
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (\w+) \| ([^|]+) \|", DOCUMENT, re.MULTILINE)
    told = {name: (types[dtype], shape) for names, dtype, shape in rows for name in re.findall(r"`(\w+)`", names)}
    assert told.keys() == FILES.keys()
    for name, (dtype, shape) in told.items():
        assert dtype == FILES[name].dtype
        symbols = ", ".join(str(size) for size in FILES[name].shape)
        assert shape.replace("n + 1", "n+1") == re.sub("bytes of .*", "bytes", symbols)


def test_the_table_of_fields_is_the_manifests(tmp_path: Path) -> None:
    write_sample_map(tmp_path / "a")
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    told = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| [^|]+ \|$", DOCUMENT, re.MULTILINE)
    assert {name for names in told for name in re.findall(r"\w+", names)} == manifest.keys()
    assert f"format version {FORMAT_VERSION}." in DOCUMENT
    for field in manifest["cameras"][0]["intrinsics"]:
        assert f"`{field}`" in DOCUMENT
    assert CAMERAS[0].intrinsics is not None
