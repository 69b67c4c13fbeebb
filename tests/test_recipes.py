"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the tree: what they add is live."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STEP = re.compile(
    r"^ *(?P<how>In|At the end of|A new file) `(?P<file>[^`\n]+)`"
    r"(?:, (?P<place>after|before|in place of) the line `+(?P<line>.+?)`+)?:\n\n(?P<block> *```(?:python|yaml|text)\n.*?\n *```)$",
    re.MULTILINE | re.DOTALL,
)
COPIED = ("configs", "docs", "src", "tests", "tools", "experiments", "benchmarks", "notebooks")


def steps() -> list[re.Match[str]]:
    return list(STEP.finditer(PAGE))


def body(step: re.Match[str]) -> str:
    lines = step["block"].split("\n")
    return textwrap.dedent("\n".join(lines[1:-1])) if step["how"] == "A new file" else _indented(lines)


def _indented(lines: list[str]) -> str:
    """Return a block without the indentation of the list that it stands in; what it has beyond that is its own."""
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines[1:-1])


def follow(step: re.Match[str], root: Path) -> None:
    """Do what a step says; a line that is not there, or is there twice, is a fault of the recipe."""
    path, text = root / step["file"], body(step) + "\n"
    if step["how"] == "A new file":
        assert not path.exists(), f"{step['file']} is there already"
        path.write_text(text, encoding="utf-8")
        return
    old = path.read_text(encoding="utf-8")
    if step["how"] == "At the end of":
        path.write_text(old.rstrip("\n") + "\n" + text, encoding="utf-8")
        return
    lines = old.split("\n")
    found = [i for i, line in enumerate(lines) if line.strip() == step["line"].strip()]
    assert len(found) == 1, f"{step['file']} holds the line {len(found)} times: {step['line']}"
    at = found[0] + (step["place"] == "after")
    lines[at : at + (step["place"] == "in place of")] = text.rstrip("\n").split("\n") if step["place"] != "before" else text.split("\n")[:-1]
    path.write_text("\n".join(lines), encoding="utf-8")


def test_the_recipes_name_lines_that_stand_once() -> None:
    found = steps()
    assert [step["file"].rpartition("/")[2] for step in found] == [
        "hours.py", "law.yaml", "alliance.yaml", "study.py", "context.py", "model.py", "model.py", "development.yaml", "architecture.md",
        "odd.md", "glance.py", "study_first.yaml", "odd.py", "odd-modes.md",
    ]  # fmt: skip
    assert PAGE.count("A new file `") + PAGE.count("At the end of `") + len(re.findall(r"^ *In `[^`]+`, ", PAGE, re.MULTILINE)) == len(found)
    for step in found:
        path = ROOT / step["file"]
        if step["how"] == "A new file":
            assert not path.exists()
        elif step["how"] == "In":
            lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n")]
            assert lines.count(step["line"].strip()) == 1, (step["file"], step["line"])


@pytest.mark.slow
def test_what_the_recipes_add_is_live(tmp_path: Path) -> None:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".pytest_cache"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    for step in steps():
        follow(step, tmp_path)
    commands = re.search(r"## Then\n.*?```sh\n(.*?)```", PAGE, re.DOTALL)
    assert commands is not None
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src"), "EDUSIM_LANG": "en", "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    said = ""
    for line in commands[1].strip().splitlines():
        words = line.replace('"not slow"', "not_slow").split()
        words = ["not slow" if word == "not_slow" else word for word in words]
        assert words[0] == "python"
        done = subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        said += done.stdout
    assert "days of study leave a year" in said
    script = (
        "import json, edusim\n"
        "run = edusim.run('small', policy='study_first', years=2)\n"
        "off = edusim.run(edusim.load('small').with_({'study_first:development.study_days': 0}), policy='study_first', years=2)\n"
        "one = lambda r: float(r.measures.query(\"measure == 'staffing.study_days' and year == 2027\")['value'].iloc[0])\n"
        "held = run.records.query(\"event == 'study_leave'\")\n"
        "print(json.dumps([edusim.__file__, one(run), one(off), len(held), list(edusim.County('small').year_table['phase'])]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=True)
    file, with_leave, without, held, phases = json.loads(done.stdout)
    assert Path(file).is_relative_to(tmp_path)
    assert with_leave > 0 == without and held > 0
    assert phases.index("study_leave") == phases.index("share") + 1
