"""The nightly job: reads the pins right, names what has moved, and covers every Python that the package claims."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TOOL: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "nightly.py"))
PINS = 'a_b==1.0\nmesa==3.3.1 ; python_version < "3.12"\nmesa==3.5.1 ; python_version >= "3.12"\n# a word\nc.d==2.post1\n'


def test_pins_hold_for_their_python() -> None:
    assert TOOL["pins"](PINS, (3, 11)) == {"a-b": "1.0", "mesa": "3.3.1", "c-d": "2.post1"}
    assert TOOL["pins"](PINS, (3, 13))["mesa"] == "3.5.1"
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    read = {name for version in TOOL["SUPPORTED"] for name in TOOL["pins"](text, version)}
    assert read == {TOOL["plain"](re.split(r"==", line)[0]) for line in lines}  # every line of the file is understood


def test_what_has_moved_is_named() -> None:
    frozen = "A-B==1.0\nMesa==3.6\nnew==1\n-e /some/where\n# Editable install with no version control (edusim-groups==0.1.0)\n"
    assert TOOL["moved"](frozen, TOOL["pins"](PINS, (3, 13))) == ["mesa: 3.5.1 -> 3.6", "new: not pinned -> 1"]


def test_every_python_that_is_claimed_is_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    claimed = {c.rpartition(" ")[2] for c in project["classifiers"] if c.startswith("Programming Language :: Python :: 3.")}
    assert claimed == {f"{major}.{minor}" for major, minor in TOOL["SUPPORTED"]}
    assert set(TOOL["EXTRAS"].split(",")) == set(project["optional-dependencies"]) - {"dev", "browser"}
    folder = ROOT / ".github" / "workflows"
    if not folder.exists():
        pytest.skip("the source archive holds no jobs")
    jobs = yaml.safe_load((folder / "nightly.yml").read_text(encoding="utf-8"))["jobs"]
    assert set(jobs["newest"]["strategy"]["matrix"]["python"]) == claimed
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for file in folder.glob("*.yml"):
        for step in re.findall(r"run: (.+)", file.read_text(encoding="utf-8")):
            assert step == ".ci/run" or step.split()[1] in targets, step
