"""The newest of every library that pyproject.toml allows, on every Python that is here: installed afresh, then the fast tests,
then source archive and wheel as a user gets them.

`constraints.txt` pins what is known to work; this looks for what will not. Each Python gets an environment of its own under
`.venv-nightly/`. Told are the libraries that are newer than the pinned ones, so that a failure has a first suspect, and kept for the
next refresh of the pins as `.venv-nightly/VERSION.txt`. Ends with 1 when any Python failed.

    make nightly                                         # Python 3.11, 3.12 and 3.13, as far as they are here
    make nightly PYTHONS=python3.13                      # one of them
    make nightly PYTHONS=python3.13 TESTS=tests/study    # part of the tests; further words go to pytest
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".venv-nightly"
SUPPORTED = ((3, 11), (3, 12), (3, 13))
EXTRAS = "test,analysis,chaos,cluster,pdf,notebook,viz,docs"
#: What needs a browser, a notebook's kernel or minutes has other targets.
FAST = "not slow and not pages and not notebooks"
VERSION = "import sys; print(*sys.version_info[:2])"


def interpreters() -> dict[tuple[int, int], str]:
    """Return the supported interpreters that are here and run, by version."""
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[tuple[int, int], str] = {}
    for name in [*(f"python3.{minor}" for _, minor in SUPPORTED), *map(str, sorted(managed.glob("3.*/bin/python"))), sys.executable]:
        version = version_of(name)
        if version in SUPPORTED:
            found.setdefault(version, name)
    return dict(sorted(found.items()))


def version_of(python: str) -> tuple[int, int] | None:
    try:
        done = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    except OSError:
        return None
    words = done.stdout.split()
    return (int(words[0]), int(words[1])) if done.returncode == 0 and len(words) == 2 else None


def plain(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str, version: tuple[int, int]) -> dict[str, str]:
    """Return name -> pinned version of a constraints file, for a Python; of marks it knows `python_version`."""
    found = {}
    for line in text.splitlines():
        words = re.match(r'([\w.-]+)==([^\s;]+)(?:\s*;\s*python_version\s*(<|>=)\s*"3\.(\d+)")?\s*$', line)
        if words is None:
            continue
        name, pinned, sign, minor = words.groups()
        holds = sign is None or (version < (3, int(minor)) if sign == "<" else version >= (3, int(minor)))
        if holds:
            found[plain(name)] = pinned
    return found


def moved(frozen: str, pinned: dict[str, str]) -> list[str]:
    """Return `name: pinned -> installed` for each line of `pip freeze` that differs, or is not pinned."""
    told = []
    for line in frozen.splitlines():
        name, equals, installed = line.partition("==")
        if equals and "#" not in name and pinned.get(plain(name)) != installed:
            told.append(f"{plain(name)}: {pinned.get(plain(name), 'not pinned')} -> {installed}")
    return told


def call(words: list[str], **more: str) -> int:
    print("$", shlex.join(words), flush=True)
    return subprocess.run(words, cwd=ROOT, env={**os.environ, **more}, check=False).returncode


def night(python: str, version: tuple[int, int], tests: list[str]) -> str:
    """Return what failed on a Python; empty when nothing did."""
    name = f"{version[0]}.{version[1]}"
    home = HOME / name
    own = str(home / "bin" / "python")
    pip = [own, "-m", "pip", "--disable-pip-version-check"]
    print(f"== Python {name}: the newest of everything", flush=True)
    if call([python, "-m", "venv", "--clear", str(home)]) != 0:
        return "venv"
    newest = ["install", "--quiet", "--upgrade", "--upgrade-strategy", "eager"]
    if call([*pip, *newest, "pip", "build", "hatchling", "editables"]) or call([*pip, *newest, "--no-build-isolation", "--editable", f".[{EXTRAS}]"]):
        return "installation"
    frozen = subprocess.run([*pip, "freeze"], capture_output=True, text=True, check=True).stdout
    (HOME / f"{name}.txt").write_text(frozen, encoding="utf-8")
    told = moved(frozen, pins((ROOT / "constraints.txt").read_text(encoding="utf-8"), version))
    print(f"== other than pinned: {len(told)}", *told, sep="\n   ", flush=True)
    if call([*pip, "check"]):
        return "pip check: requirements that do not fit together"
    words = tests or ["-m", FAST, "-n", "auto", "--dist", "loadfile"]
    if call([own, "-m", "pytest", *words]):
        return "tests"
    if not tests and call([own, "-m", "pytest", "tests/test_package.py"], EDUSIM_NEWEST="1"):
        return "the wheel in a clean environment"
    return ""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--python", action="append", default=[], help="an interpreter; may be given several times")
    asked.add_argument("tests", nargs="*", help="words for pytest in place of the fast tests")
    words = asked.parse_args()
    found = {version: name for name in words.python if (version := version_of(name)) is not None} if words.python else interpreters()
    wrong = [f"{v[0]}.{v[1]}" for v in found if v not in SUPPORTED]
    if not found or wrong or len(found) < len(words.python):
        print("no supported Python among", ", ".join(words.python) or "python3.11, python3.12, python3.13", file=sys.stderr)
        return 2
    began, failed = time.monotonic(), {}
    for version, python in found.items():
        what = night(python, version, words.tests)
        if what:
            failed[f"{version[0]}.{version[1]}"] = what
    print(f"== nightly: {len(found) - len(failed)} of {len(found)} Pythons passed in {time.monotonic() - began:.0f} s", flush=True)
    for name, what in failed.items():
        print(f"   Python {name} failed: {what}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
