"""The documents are true: generated pages are fresh, hand arithmetic equals the run, README's code runs, links hold."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from edusim import cli
from extras import is_answered

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "edusim"
FILES = sorted(p for p in SOURCE.rglob("*.py") if "_configs" not in p.parts)
PAGES = (
    "model-at-a-glance.md", "clauses.md", "measures.md", "parameters.md", "roster.md", "run-folder.md", "errors.md", "glossary.md", "patterns.md",
    "commands.md", "gallery.md", "zh/gallery.md",
)  # fmt: skip
MIXED = ("odd.md", "odd-modes.md", "ethics-and-limits.md")  # by hand, but for the parts between markers
MARKDOWN = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")})
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tool() -> Any:
    """Return a function that gives a module of `tools/`."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield lambda name: __import__(name)
    finally:
        sys.path.remove(str(ROOT / "tools"))


# ---- generated pages -------------------------------------------------------------------------------


@cache
def page_now(name: str) -> str:
    """Return a page as the tool makes it now, made once."""
    return str(__import__("make_docs").text(name))


#: The page that describes a run folder makes one.
SOME_SLOW = [pytest.param(n, marks=pytest.mark.slow) if n == "run-folder.md" else n for n in (*PAGES, *MIXED)]


@pytest.mark.parametrize("name", SOME_SLOW)
def test_a_generated_page_is_fresh(name: str, tool: Any) -> None:
    maker: ModuleType = tool("make_docs")
    assert set(maker.pages()) == set(PAGES) and set(maker.mixed()) == set(MIXED)
    now = (ROOT / "docs" / name).read_text(encoding="utf-8")
    new = page_now(name)
    if now != new:
        pairs = zip(now.splitlines(), new.splitlines(), strict=False)
        first = next((f"\n- {a}\n+ {b}" for a, b in pairs if a != b), "\nits length differs")
        pytest.fail(f"docs/{name} is stale: run `python tools/make_docs.py`.{first[:2000]}")


@pytest.mark.usefixtures("tool")
@pytest.mark.parametrize("name", SOME_SLOW[: len(PAGES)])
def test_a_generated_page_holds_no_place_or_date(name: str) -> None:
    text = page_now(name)
    assert str(ROOT) not in text and str(Path.home()) + "/" not in text
    assert not re.search(r"/(tmp|home|root|work|Users)/", text)


def test_the_hand_arithmetic_equals_the_run(tool: Any) -> None:
    found = tool("worked_year").worked()
    kept = [line for line in found.lines() if line.run is not None]
    assert len(kept) >= 30
    for line in kept:
        scale = max(1.0, abs(line.run))  # yuan are in the tens of thousands
        assert abs(line.hand - line.run) <= 1e-12 * scale, f"{line.what}: {line.hand!r} by hand, {line.run!r} in the run"
    # What the page promises to show: each of these stands beside the number that the run keeps.
    shown = {line.what.split(" ")[0] for line in kept}
    assert {"quality", "appraisal", "learned", "pay", "own'", "Q", "P'", "A", "probability", "teachers"} <= shown
    assert len(found.cells) == 5


def test_the_hand_arithmetic_would_notice_a_wrong_number(tool: Any) -> None:
    # A comparison that cannot fail shows nothing: the draws are a different code, and one changed bit is seen.
    from edusim import draws

    keyed = tool("keyed")
    assert keyed.key(7, "teaching.noise", 2026) == int(draws.key(7, "teaching.noise", 2026))
    assert keyed.key(8, "teaching.noise", 2026) != int(draws.key(7, "teaching.noise", 2026))
    ours = keyed.normal(keyed.key(7, "teaching.noise", 2026), 12)
    theirs = float(draws.normal(7, "teaching.noise", 2026, [12])[0])
    assert abs(ours - theirs) <= 1e-12
    assert abs(keyed.normal(keyed.key(7, "teaching.noise", 2026), 13) - theirs) > 1e-6


def test_every_code_in_the_source_has_its_text(tool: Any) -> None:
    found = tool("docs_pages").error_codes()
    written = set()
    for file in FILES:
        codes = r'"((?:CFG|CLI|DATA|RUN|EXPLAIN|STATE|MEASURE|FIG|REGION|REPORT|BUG|STUDY|CAL)-[A-Z][A-Z-]*)"'
        written |= set(re.findall(codes, file.read_text(encoding="utf-8")))
    assert len(written) > 80
    assert sorted(written - set(found)) == []
    for code, (texts, _) in found.items():
        for zh, en in texts:
            assert re.search(r"[\u4e00-\u9fff]", zh), f"{code}: {zh}"
            assert re.search(r"[a-z]", en) and not re.search(r"[\u4e00-\u9fff]", en.replace("学校.csv", "")), f"{code}: {en}"


def test_the_glossary_has_one_word_for_one_idea(tool: Any) -> None:
    rows = [row for part in tool("glossary").IDEAS.values() for row in part]
    for column, language in ((0, "Chinese"), (1, "English")):
        words = [row[column] for row in rows]
        assert not {w for w in words if words.count(w) > 1}, f"a {language} word stands for two ideas"


# ---- docstrings ------------------------------------------------------------------------------------


def public(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Return the public classes, functions and methods of a file, with their names."""
    found: list[tuple[str, ast.AST]] = []

    def walk(body: list[ast.stmt], above: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                decorators = {ast.unparse(d) for d in node.decorator_list}
                if not decorators & {"overload"} and not any(d.endswith(".setter") for d in decorators):
                    found.append((f"{above}{node.name}", node))
                if isinstance(node, ast.ClassDef):
                    walk(node.body, f"{above}{node.name}.")

    walk(tree.body, "")
    return found


@pytest.mark.parametrize("folder", sorted({file.parent for file in FILES}), ids=lambda p: str(p.relative_to(SOURCE)))
def test_everything_public_says_what_it_does(folder: Path) -> None:
    overrides = {"add_usage", "error"}  # a method of the standard library's class, said there
    bare = []
    for file in (file for file in FILES if file.parent == folder):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for name, node in public(tree):
            text = ast.get_docstring(node)  # type: ignore[arg-type]
            if name.rpartition(".")[2] not in overrides and not (text and text.splitlines()[0].strip()):
                bare.append(f"{file.relative_to(ROOT)}: {name} has no docstring with a first line")
        if not ast.get_docstring(tree):
            bare.append(f"{file.relative_to(ROOT)}: the file says nothing of itself")
    assert not bare, "\n".join(bare)


# ---- links -----------------------------------------------------------------------------------------


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets on the usual hosts."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_exist(file: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, mark = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        assert there.exists(), f"{file.name} links to {target}"
        if mark:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert mark in {anchor(h) for h in headings}, f"{file.name}: no heading for #{mark}"


# ---- README ----------------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    """Return README's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_readme_speaks_both_languages_at_like_length() -> None:
    chinese = README[README.index("## 中文说明") :]
    english = README[: README.index("## 中文说明")]
    n_chinese = len(re.findall(r"[\u4e00-\u9fff]", chinese))
    n_english = len(re.findall(r"[A-Za-z]+", english))
    assert 0.8 < n_chinese / n_english < 3.0  # a page of Chinese has about 1.6 characters for a word of English
    for part in ("make demo", "make test", "edusim check", "edusim template", "--roster", "docs/model-at-a-glance.md"):
        assert part in chinese and part in english, part
    assert README.count("<!-- benchmarks:start -->") == README.count("<!-- benchmarks:end -->") == 1


def test_readme_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join([*blocks("sh"), *re.findall(r"`([^`\n]+)`", README)])))
    assert {"demo", "test", "bench"} <= named
    assert named <= targets


@pytest.mark.slow
@pytest.mark.parametrize("code", blocks("python"), ids=range(len(blocks("python"))))
def test_readme_python_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    assert len([line for line in code.splitlines() if line.strip()]) <= 6
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert "95% interval" in capsys.readouterr().out
    assert list(tmp_path.glob("*.png"))


def in_small(line: str) -> str:
    """Return a command of a page in small: few draws, one year, a small county, no pictures beside those of documents."""
    quick = re.sub(r"--draws \d+", "--draws 2 --years 1 -j 1", line)
    if " compare" in line and "--draws" not in line:  # a year of it may be asked for below
        quick += " --draws 2 --years 4 -j 1"
    if " compare" in line and "--roster" not in line and "my-study" not in line:  # on a small county
        quick += " -S region.n_pupils=3000"
    if " report " in line and "--charts" not in line:  # the pictures of its documents are enough
        quick += " --charts none"
    return quick


@pytest.mark.slow
def test_readme_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command of the README does what it says, in small; one process for all of them, since starting takes longest."""
    lines = [line.partition("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    once = ("study", "discover", "sensitivity")
    lines = [line.replace(" --lang zh", "") if any(f" {verb} " in line for verb in once) else line for line in lines]  # a study is run once
    lines = list(dict.fromkeys(line for line in lines if line.startswith(".venv/bin/edusim")))
    assert len(lines) >= 5
    demo = re.search(r"^\t@\$\(BIN\)/(edusim compare .+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert demo is not None
    lines.insert(0, f".venv/bin/{demo[1]}")  # `make demo` comes first; what follows reads its folder
    monkeypatch.chdir(tmp_path)
    for line in lines:
        if "TABLE.csv" in line:  # the published table is not shipped
            assert (ROOT / "configs" / "rosters" / f"{shlex.split(line)[-1]}.yaml").exists()
            continue
        quick = in_small(line).replace("--year 2028", "--year 2026")
        if re.search("edusim (explore|app|map)( |$)", line):  # what they do has tests of its own; here, that the words are right
            quick += " -n"
        if " discover " in line:
            quick += " -S design.futures.n=2 -j 1"
        if any(f" {verb} " in line for verb in (*once, "optimise")):  # the same study in small
            quick = quick.replace("experiments/", f"{ROOT}/experiments/").replace("/study.yaml", "/small.yaml")
            quick = quick.replace("/sensitivity.yaml", "/sensitivity.small.yaml -j 1")
            quick = re.sub(r"out/funding-and-rotation\b", "out/funding-and-rotation-small", quick)
        code = cli.main(shlex.split(quick)[1:])
        told = capsys.readouterr()
        assert is_answered(shlex.split(quick)[1:], code, told.err), f"{line}\n{told.out[-2000:]}\n{told.err[-2000:]}"
        if " out/demo" in line and " compare" in line:  # the pictures of one folder are enough
            assert list((tmp_path / "out" / "demo" / "figures").glob("*.png"))
            monkeypatch.setattr("edusim.report.figures.draw_all", lambda *_, **__: [])


# ---- guides ----------------------------------------------------------------------------------------

#: Tutorials and guides; what they tell to type is typed, from top to bottom.
GUIDES = [p for folder in ("tutorials", "how-to", "zh") for p in sorted((ROOT / "docs" / folder).glob("*.md")) if "```sh\n" in p.read_text(encoding="utf-8")]
GUIDES = [p for p in GUIDES if p.name != "gallery.md"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("guide", GUIDES, ids=lambda p: str(p.relative_to(ROOT / "docs")))
def test_a_guide_can_be_followed(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Its files are saved, its commands typed (in small), its Python run, one after another in one folder."""
    text = guide.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    saved = re.search(r"Save this as `([\w.-]+)`", text)
    n_run, names = 0, {"__name__": "guide"}
    for kind, body in re.findall(r"^```(sh|yaml|python)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if kind == "yaml" and saved:
            Path(saved[1]).write_text(body.replace("years: 3", "years: 1"), encoding="utf-8")
        elif kind == "python":
            exec(compile(body.replace("year == 2030", "year == 2026"), str(guide), "exec"), names)
            n_run += 1
        elif kind == "sh":
            for line in body.splitlines():
                quick = in_small(line).replace("--year 2028", "--year 2026")
                out = re.search(r"--out (\S+)", line)
                if re.search(r"compare (small|county) ", line) and out and text.count(out[1]) == 1 and n_run:
                    quick += " -n"  # nothing is read from its folder: that its words and values are right is enough
                elif " compare" in line and "-n" not in line.split():
                    quick += " --design feasible"
                words = shlex.split(quick)
                assert words[0] == "edusim", line
                code = cli.main(words[1:])
                told = capsys.readouterr()
                assert is_answered(words[1:], code, told.err), f"{line}\n{told.out[-2000:]}\n{told.err[-2000:]}"
                n_run += 1
    assert n_run


def test_commands_of_the_gallery_are_ready(tool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each would run: what it names is there, its options and values are right. What they leave was kept by the tool itself."""
    from edusim import scenario
    from edusim.study import open_study

    gallery, parser_of = tool("gallery"), tool("commands_page").parser_of
    monkeypatch.chdir(tmp_path)
    for command in dict.fromkeys(figure.command for chapter in gallery.CHAPTERS.values() for figure in chapter):
        line = command.splitlines()[0].replace("experiments/", f"{ROOT}/experiments/")
        words = shlex.split(line)
        if words[0] == "python":
            assert Path(words[1]).exists() and (len(words) == 2 or (Path(words[1]).parent / words[2]).exists())
            continue
        if words[1] in ("optimise", "calibrate", "compare"):
            code = cli.main([*words[1:], "-n"])
            told = capsys.readouterr()
            assert code == 0, f"{line}\n{told.out[-2000:]}\n{told.err[-2000:]}"
            continue
        verb = words[1:3] if words[1] == "study" else words[1:2]
        given = parser_of(verb, "en").parse_args(words[1 + len(verb) :])  # options and values; then the study is opened with its changes
        if verb not in (["validate"], ["notebooks"]):
            open_study(words[1 + len(verb)], scenario.settings(given.settings))


def test_the_gallery_shows_every_kind_of_figure(tool: Any) -> None:
    from edusim.report import FIGURES

    gallery = tool("gallery")
    figures = [figure for chapter in gallery.CHAPTERS.values() for figure in chapter]
    assert set(FIGURES) <= {figure.name for figure in figures}
    made = {figure.made_by for figure in figures}
    drawn = set()
    for file in (SOURCE / "report").glob("*_figure*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            returns = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
            if returns == "Chart" and node.name != "page_of" and not node.name.startswith("_"):  # type: ignore[attr-defined]
                drawn.add(f"{file.stem}.{node.name}")  # type: ignore[attr-defined]
    assert drawn <= made, f"not in the gallery: {sorted(drawn - made)}"
    for figure in figures:
        for lang in ("zh", "en"):
            data = (gallery.PICTURES / f"{figure.name}.{lang}.png").read_bytes()
            assert data[:8] == b"\x89PNG\r\n\x1a\n" and 5_000 < len(data) <= gallery.MOST_BYTES, f"{figure.name}.{lang}"


def test_pictures_are_pictures() -> None:
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    for name in pictures:
        data = (ROOT / name).read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and 20_000 < len(data) < 1_000_000, name


def test_changelog_states_the_headline_numbers() -> None:
    # The numbers themselves are no test: a rule may change them. That they are stated with an interval is.
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = text[text.index("\n## ") :]
    for design in ("as feasible", "identical pairs"):
        assert design in newest
    assert len(re.findall(r"[+−-]?\d\.\d{3}\*? \[[+−-]?\d\.\d{3}, [+−-]?\d\.\d{3}\]", newest)) >= 6
