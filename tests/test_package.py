"""The wheel, built and used in clean environments: on Python 3.11 (or the oldest here) and the newest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
VERSION = "import sys; print(sys.version_info[0], sys.version_info[1])"


def call(arguments: Sequence[str], folder: Path, status: int = 0) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "EDUSIM", "COVERAGE"))}
    done = subprocess.run(list(arguments), cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def interpreters() -> dict[tuple[int, int], str]:
    """Return the interpreters that are here and supported, by version: the oldest and the newest of them."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names = [sys.executable, *(f"python3.{minor}" for minor in (11, 12, 13)), *map(str, sorted(root.glob("3.1[1-3].*/bin/python")))]
    found: dict[tuple[int, int], str] = {}
    for name in names:
        try:
            done = subprocess.run([name, "-c", VERSION], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            major, minor = map(int, done.stdout.split())
            if (major, minor) >= (3, 11):
                found.setdefault((major, minor), name)
    return {version: found[version] for version in {min(found), max(found)}}


PYTHONS = interpreters()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)], ROOT)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_what_a_run_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in ("edusim/py.typed", "edusim/_configs/scenarios/county.yaml", "edusim/_configs/policies/law.yaml"):
        assert name in names
    assert sum(n.startswith("edusim/report/") and n.endswith(".ttf") for n in names) == 2
    assert any(n.endswith("OFL.txt") for n in names)
    assert any(n.endswith("licenses/LICENSE") for n in names)
    shipped = {str(p.relative_to(ROOT / "configs")) for p in (ROOT / "configs").rglob("*.yaml")}
    assert {f"edusim/_configs/{p}" for p in shipped} <= names
    assert not [n for n in names if "__pycache__" in n or n.startswith(("tests/", "configs/"))]


@pytest.mark.parametrize("version", sorted(PYTHONS), ids=lambda v: f"{v[0]}.{v[1]}")
def test_the_wheel_in_a_clean_environment(version: tuple[int, int], wheel: Path, tmp_path: Path) -> None:
    call([PYTHONS[version], "-m", "venv", "env"], tmp_path)
    python, edusim = str(tmp_path / "env" / "bin" / "python"), str(tmp_path / "env" / "bin" / "edusim")
    call([python, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), str(wheel)], tmp_path)
    call([python, "-c", "import edusim; assert edusim.load('county').policies"], tmp_path)
    assert "compare" in call([edusim, "--help"], tmp_path)
    found = json.loads(call([edusim, "doctor", "--json"], tmp_path))
    assert found["ok"] and found["missing"] == []
    assert found["fonts"]["bundled_hold_chinese"]
    assert str(tmp_path) in found["configs"]
    assert "fusion" in call([edusim, "compare", "small", "-n", "--lang", "en"], tmp_path)
    call([edusim, "compare", "small", "--draws", "2", "--years", "2", "-j", "1", "--out", "result"], tmp_path)
    assert {"manifest.json", "measures.parquet", "effects.csv", "table.zh.txt", "table.en.txt"} <= {p.name for p in (tmp_path / "result").iterdir()}
