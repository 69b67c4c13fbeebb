"""Source archive and wheel, built one from the other and used as a user gets them: on the oldest Python here and the newest.

Everything is made once: one build, one environment for each Python. `make wheel-test` (`EDUSIM_ALL=1`) also installs every extra by itself
and runs all fast tests of the archive; `make nightly` (`EDUSIM_NEWEST=1`) leaves the pins out and keeps to its own Python.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
VERSION = "import sys; print(sys.version_info[0], sys.version_info[1])"
ALL, NEWEST = (os.environ.get(name) == "1" for name in ("EDUSIM_ALL", "EDUSIM_NEWEST"))
PINS = [] if NEWEST else ["--constraint", str(ROOT / "constraints.txt")]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
#: What is in the repository for those who work on it, and in no archive.
NOT_SHIPPED = (".ci/", ".github/", ".gitignore", ".pre-commit-config.yaml")
#: Of the tests in the archive those that say most in few seconds; they read the archive's files and import what is installed.
SOME_TESTS = ("tests/test_architecture.py", "tests/test_formats.py", "tests/test_startup.py", "tests/test_citation.py")
#: Bytes on disk of a plain install without compiled caches, libraries and all, in docs/install.md: more must be meant.
LARGEST = 850e6
#: Imports every module of the distributions named, which is more than that they lie there.
IMPORT = """
import importlib, re, sys
from importlib.metadata import files
for name in sys.argv[1:]:
    tops = {f.parts[0] for f in files(name) if len(f.parts) == 2 and f.name == "__init__.py"}
    tops |= {f.stem for f in files(name) if len(f.parts) == 1 and f.suffix == ".py"}
    modules = sorted(t for t in tops if re.fullmatch(r"[A-Za-z]\\w*", t) and not t.endswith("_test"))
    for module in modules:
        importlib.import_module(module)
    print(name, *modules)
"""


def call(arguments: Sequence[str], folder: Path, status: int = 0, **more: str) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "EDUSIM", "COVERAGE", "PYTEST"))}
    done = subprocess.run(list(arguments), cwd=folder, env={**clean, **more}, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{' '.join(arguments)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def interpreters() -> dict[tuple[int, int], str]:
    """Return the interpreters that are here and supported, by version: the oldest and the newest of them."""
    if NEWEST:
        return {sys.version_info[:2]: sys.executable}
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
LATEST = max(PYTHONS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the source archive, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    call([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)], ROOT)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def source(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the unpacked source archive."""
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(built[0]) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def environment(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[int, int]], Path]:
    """Return what gives the folder of a Python's environment, with the wheel and nothing else; each is made once."""
    made: dict[tuple[int, int], Path] = {}

    def of(version: tuple[int, int]) -> Path:
        if version not in made:
            folder = tmp_path_factory.mktemp(f"python{version[0]}.{version[1]}")
            call([PYTHONS[version], "-m", "venv", "env"], folder)
            call([str(folder / "env/bin/python"), "-m", "pip", "install", "--quiet", "--no-compile", *PINS, str(built[1])], folder)
            made[version] = folder / "env"
        return made[version]

    return of


def on_top(core: Path, folder: Path, python: str) -> str:
    """Make an environment that sees what another one holds, and return its interpreter: what is installed there stays out of the other."""
    call([python, "-m", "venv", str(folder)], folder.parent)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "core.pth").write_text(f"{next(core.glob('lib/python*/site-packages'))}\n", encoding="utf-8")
    return str(folder / "bin" / "python")


# ---- what the files hold ---------------------------------------------------------------------------


def tracked(*folders: str) -> set[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("no repository, so nothing says which files there should be")
    return set(call(["git", "ls-files", *folders], ROOT).splitlines())


def test_the_archive_holds_the_repository(source: Path) -> None:
    held = {str(p.relative_to(source)) for p in source.rglob("*") if p.is_file()}
    lacking = [name for name in tracked() - held if not name.startswith(NOT_SHIPPED) and (ROOT / name).exists()]
    assert not lacking, f"not in the source archive: {sorted(lacking)[:10]}"
    assert not [name for name in held if re.search(r"__pycache__|\.venv|\.py[co]$|^out/", name)]


def test_the_wheel_holds_what_a_run_needs(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[1]).namelist())
    for name in ("edusim/py.typed", "edusim/_configs/scenarios/county.yaml", "edusim/_configs/policies/law.yaml"):
        assert name in names
    assert sum(n.startswith("edusim/report/") and n.endswith(".ttf") for n in names) == 2
    assert any(n.endswith("OFL.txt") for n in names)
    assert any(n.endswith("licenses/LICENSE") for n in names)
    shipped = {str(p.relative_to(ROOT / "configs")) for p in (ROOT / "configs").rglob("*.yaml")}
    assert {f"edusim/_configs/{p}" for p in shipped} <= names
    assert {name.removeprefix("src/") for name in tracked("src/edusim") if (ROOT / name).exists()} <= names
    assert not [n for n in names if "__pycache__" in n or n.startswith(("tests/", "configs/"))]


def test_what_the_metadata_says_is_whole(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        text = wheel.read(next(n for n in wheel.namelist() if n.endswith("/METADATA"))).decode("utf-8")
    assert set(re.findall(r"^Provides-Extra: (\S+)", text, re.MULTILINE)) == set(EXTRAS)
    assert "Requires-Python: >=3.11" in text and "Description-Content-Type: text/markdown" in text and "License-Expression: Apache-2.0" in text


# ---- installed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", sorted(PYTHONS), ids=lambda v: f"{v[0]}.{v[1]}")
def test_the_wheel_in_a_clean_environment(version: tuple[int, int], environment: Callable[[tuple[int, int]], Path], tmp_path: Path) -> None:
    env = environment(version)
    python, edusim = str(env / "bin/python"), str(env / "bin/edusim")
    call([python, "-m", "pip", "check"], tmp_path)
    call([python, "-c", "import edusim; assert edusim.load('county').policies"], tmp_path)
    assert "compare" in call([edusim, "--help"], tmp_path)
    found = json.loads(call([edusim, "doctor", "--json"], tmp_path))
    assert found["ok"] and found["missing"] == []
    assert found["fonts"]["bundled_hold_chinese"]
    assert str(env) in found["configs"]
    assert "fusion" in call([edusim, "compare", "small", "-n", "--lang", "en"], tmp_path)
    call([edusim, "compare", "small", "--draws", "2", "--years", "2", "-j", "1", "--out", "result"], tmp_path)
    assert {"manifest.json", "measures.parquet", "effects.csv", "table.zh.txt", "table.en.txt"} <= {p.name for p in (tmp_path / "result").iterdir()}


def test_verbs_that_the_readme_shows_need_no_extra(environment: Callable[[tuple[int, int]], Path], tmp_path: Path) -> None:
    """What a plain install lacks is said kindly; of the README's verbs none lacks anything."""
    lines = [
        ["init", "mine"], ["template", "roster.xlsx", "--example"], ["check", "roster.xlsx"], ["check", "mine/scenario.yaml"],
        ["policies", "show", "gangkou"], ["study", "plan", str(ROOT / "experiments/funding_and_rotation/small.yaml")],
        ["optimise", str(ROOT / "experiments/best_plan/small.yaml"), "-n"],
        ["sensitivity", str(ROOT / "experiments/funding_and_rotation/sensitivity.small.yaml"), "-n"],
    ]  # fmt: skip
    code = "import sys, json; from edusim import cli; [print(w[0], cli.main(w)) for w in json.loads(sys.argv[1])]; import SALib.sample.sobol, markdown_it"
    told = call([str(environment(LATEST) / "bin/python"), "-c", code, json.dumps(lines)], tmp_path).splitlines()
    assert [line for line in told if line in {f"{words[0]} 0" for words in lines}] == [f"{words[0]} 0" for words in lines]


def test_a_plain_install_stays_small(environment: Callable[[tuple[int, int]], Path]) -> None:
    found = json.loads(call([str(environment(LATEST) / "bin/python"), str(ROOT / "tools/size.py"), "--json"], ROOT))
    assert 300e6 < found["bytes"] < LARGEST, found
    assert found["distributions"]["edusim-groups"] < 40e6


def test_tests_of_the_archive_run_on_what_is_installed(
    source: Path, environment: Callable[[tuple[int, int]], Path], tmp_path: Path
) -> None:
    python = on_top(environment(LATEST), tmp_path / "env", PYTHONS[LATEST])
    call([python, "-m", "pip", "install", "--quiet", *PINS, *EXTRAS["test"], *(EXTRAS["analysis"] if ALL else [])], tmp_path)
    tests = source.with_name("as-unpacked")
    shutil.copytree(source, tests)
    shutil.rmtree(tests / "src" / "edusim" / "_configs", ignore_errors=True)
    words = ["-n", "auto", "--dist", "loadfile"] if ALL else ["-n", "0", *SOME_TESTS]
    out = call([python, "-m", "pytest", "-q", "-m", "not slow and not pages and not notebooks", *words], tests)
    assert re.search(r"\d{2,} passed", out), out[-2000:]


# ---- extras ----------------------------------------------------------------------------------------


def resolved(python: str, wheel: Path, extras: str, folder: Path) -> dict[str, Any]:
    report = folder / f"{extras.replace(',', '-')}.json"
    call([python, "-m", "pip", "install", "--quiet", "--dry-run", "--report", str(report), *PINS, f"{wheel}[{extras}]"], folder)
    found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {one["metadata"]["name"].lower().replace("_", "-"): one["metadata"]["version"] for one in found}


@pytest.mark.skipif(not ALL, reason="EDUSIM_ALL=1; with the pins `make` installs them together anyhow")
def test_all_extras_fit_together(built: tuple[Path, Path], environment: Callable[[tuple[int, int]], Path], tmp_path: Path) -> None:
    found = resolved(str(environment(LATEST) / "bin/python"), built[1], ",".join(sorted(set(EXTRAS) - {"dev"})), tmp_path)
    wanted = {re.split(r"[<>=\[ ]", need)[0].lower().replace("_", "-") for name, needs in EXTRAS.items() if name != "dev" for need in needs}
    assert wanted <= {*found, "edusim-groups"}, wanted - set(found)


@pytest.mark.skipif(not ALL, reason="EDUSIM_ALL=1 installs every extra by itself")
@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_every_extra_by_itself(extra: str, built: tuple[Path, Path], environment: Callable[[tuple[int, int]], Path], tmp_path: Path) -> None:
    python = on_top(environment(LATEST), tmp_path / "env", PYTHONS[LATEST])
    call([python, "-m", "pip", "install", "--quiet", "--no-compile", *PINS, f"{built[1]}[{extra}]"], tmp_path)
    call([python, "-m", "pip", "check"], tmp_path)
    needs = [re.split(r"[<>=\[ ]", need)[0] for need in EXTRAS[extra]]
    told = call([python, "-c", IMPORT, *(name for name in needs if name not in ("edusim-groups", "pre-commit"))], tmp_path)
    assert len(told.splitlines()) >= 1
    call([python, "-m", "edusim", "doctor", "--json"], tmp_path)
