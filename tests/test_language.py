"""Every string a person reads is there in Chinese and in English: the catalogue, pairs at their place, and what commands print."""

from __future__ import annotations

import ast
import contextlib
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import edusim
from edusim.cli import main
from edusim.cli_options import VERBS
from edusim.language import SECTIONS, catalogue, has, text

SOURCE = Path(edusim.__file__).parent
FILES = sorted(p for p in SOURCE.rglob("*.py") if "_configs" not in p.parts and p.parent.name != "language")
CHINESE = re.compile("[\u3400-\u9fff]")
ENGLISH = re.compile("[A-Za-z]{2,}")
#: Texts that name the same thing in the other language on purpose: the small line under a title.
OTHER_TONGUE = ("subtitle",)
#: Names that stay as they are in Chinese too.
SAME_IN_BOTH = re.compile(
    r"\{[^}]*\}|https?://\S+|[\w./-]+\.(?:md|yaml|csv|json|xlsx|docx|parquet|png|svg|pdf|html)|docs/\S+|experiments/\S+|edusim[ \w./<>|-]*|--?\w[\w-]*|"
    r"\b(?:SD|CV|ICC|PDF|Word|Excel|HTML|CSV|JSON|YAML|Sobol|Morris|FAST|PAWN|DGSM|Dask|Slurm|Python|Mesa|P\d+|Q2|Wilson|Fieller|Student|Theil|Gini|"
    r"not a forecast|Scenario exploration|SES|OLS|PRIM|CART|NSGA-II+|R2|mu_star|sigma|id|km|m2|zh|en)\b",
    re.IGNORECASE,
)


def placeholders(content: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(content) if name}


def test_every_section_is_registered_and_every_module_is_a_section() -> None:
    modules = {p.stem for p in (SOURCE / "language").glob("*.py")} - {"__init__"}
    assert modules == set(SECTIONS)
    assert len(catalogue()) > 1000


#: Keys whose two texts count in different ways, and so take different numbers.
COUNT_DIFFERENTLY = {"sensitivity.and_more"}


def wrong_with(key: str) -> Iterator[str]:
    zh, en = catalogue()[key]
    a, b = placeholders(zh), placeholders(en)
    loose = key.startswith(("explain.", "optimise.", "discover.", "sensitivity.")) and (a <= b or b <= a)
    if a != b and not loose and key not in COUNT_DIFFERENTLY:
        yield f"placeholders {sorted(a)} and {sorted(b)}"
    if any(part in key for part in OTHER_TONGUE):
        return
    if CHINESE.search(re.sub(r"教督〔\d+〕\d+号", "", en)) and "forecast" not in key and not key.endswith("footer"):
        yield "Chinese in the English text"
    left = len(ENGLISH.findall(SAME_IN_BOTH.sub(" ", zh)))
    if (zh == en and left >= 2) or (left >= 4 and not CHINESE.search(zh)):
        yield "the Chinese text is English"


def test_both_languages_say_it() -> None:
    found = [f"{key}: {problem}" for key in catalogue() for problem in wrong_with(key)]
    assert not found, "\n".join(found)


def parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def literal(node: ast.AST) -> str | None:
    """Return the words of a string literal or of the fixed parts of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return None


def is_docstring(node: ast.AST, up: dict[ast.AST, ast.AST]) -> bool:
    return isinstance(up.get(node), ast.Expr)


def has_partner(node: ast.AST, up: dict[ast.AST, ast.AST]) -> bool:
    """Whether English stands beside a Chinese string: in the call, the tuple or the table that holds it, or in one around that."""
    for _ in range(8):
        node = up.get(node)  # type: ignore[assignment]
        if node is None or isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            return False
        if isinstance(node, ast.arguments) or (isinstance(node, ast.If) and re.search(r"zh|lang|side", ast.unparse(node.test))):
            return True  # one branch a language
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and re.search(r"\w*zh\b", ast.unparse(node).split("=")[0]):
            return True  # a variable for each language
        if isinstance(node, ast.keyword) and str(node.arg).endswith("zh"):
            return True
        if isinstance(node, ast.Call) and re.search(r"zh\.(append|extend)$", ast.unparse(node.func)):
            return True
        if isinstance(node, ast.Call | ast.Tuple | ast.List | ast.Dict | ast.IfExp | ast.Return | ast.Assign):
            inside = [words for child in ast.walk(node) if (words := literal(child)) is not None]
            if any(ENGLISH.search(words) and not CHINESE.search(words) for words in inside):
                return True
            names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)} | {
                k.arg for child in ast.walk(node) if isinstance(child, ast.Call) for k in child.keywords if k.arg
            }
            if names & {"en", "english", "label_en", "name_en", "mend_en", "text_en"}:
                return True
    return False


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def lonely_chinese() -> Iterator[str]:
    for file in FILES:
        code = file.read_text(encoding="utf-8")
        if not CHINESE.search(code):
            continue
        tree = tree_of(file)
        up = parents(tree)
        for node in ast.walk(tree):
            if isinstance(up.get(node), ast.JoinedStr):
                continue
            words = literal(node)
            if words and CHINESE.search(words) and not is_docstring(node, up) and not has_partner(node, up):
                yield f"{file.relative_to(SOURCE)}:{node.lineno} {words[:60]}"  # type: ignore[attr-defined]


#: Chinese that is read, not written: what a reader's file may say, what is looked for in a font or a document; and the forms of
#: Chinese numbers and regular expressions, which have no English.
READ_NOT_WRITTEN = (
    "region/roster_columns.py", "region/roster_check.py", "region/roster_cells.py", "region/roster_mapping.py", "fingerprints.py",
    "report/fonts.py", "report/style.py", "register.py", "region/synthetic.py", "policy_words.py", "region/roster_relations.py", "region/roster_totals.py",
)  # fmt: skip
FORMS = re.compile(r"^[\d零一二两三四五六七八九十〇{}]+$|^附$|\(\?<?=?[\[!]|^community plan|^教督〔|^⺀|^\{\}–\{\} 学年$|^schema_version")


@pytest.mark.slow
def test_no_chinese_stands_without_its_english() -> None:
    found = [line for line in lonely_chinese() if not line.startswith(READ_NOT_WRITTEN) and not FORMS.search(line.split(" ", 1)[1])]
    assert not found, "\n".join(found)


#: Functions whose words reach a person.
SINKS = {"write", "whisper", "note", "say", "set_title", "set_xlabel", "set_ylabel", "annotate", "suptitle", "add_paragraph", "add_heading"}


def lonely_english() -> Iterator[str]:
    for file in FILES:
        if file.relative_to(SOURCE).as_posix().startswith(("schemas", "starter")):
            continue
        for node in ast.walk(tree_of(file)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name not in SINKS or "handle" in ast.unparse(node.func) or "out.write" in ast.unparse(node.func).removeprefix("sys.std"):
                continue
            if any(CHINESE.search(literal(other) or "") for argument in node.args for other in ast.walk(argument)):
                continue  # a pair
            for argument in node.args:
                words = literal(argument)
                bare = SAME_IN_BOTH.sub(" ", words) if words else ""
                if len(ENGLISH.findall(bare)) >= 2 and " " in bare.strip() and not CHINESE.search(bare) and not re.fullmatch(r"[a-z_.{}]+", words or ""):
                    yield f"{file.relative_to(SOURCE)}:{node.lineno} {name}({words!r:.80})"


@pytest.mark.slow
def test_no_english_is_printed_without_its_chinese() -> None:
    found = list(lonely_english())
    assert not found, "\n".join(found)


def test_every_key_that_code_asks_for_is_in_the_catalogue() -> None:
    missing = []
    for file in FILES:
        code = file.read_text(encoding="utf-8")
        for key in re.findall(r"(?<![.\w])(?:worded|text_of|text)\(\s*[\"']([a-z_]+(?:\.[A-Za-z_0-9]+)+)[\"']", code):
            if not has(key):
                missing.append(f"{file.relative_to(SOURCE)}: {key}")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("verb", ["", *VERBS])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_is_in_the_readers_language(verb: str, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(SystemExit):
        main([*([verb] if verb else []), "--help", "--lang", lang])
    said = capsys.readouterr().out
    assert len(said.splitlines()) > 5
    for line in said.splitlines():
        if lang == "en":
            assert not CHINESE.search(SAME_IN_BOTH.sub(" ", line).replace("中文", "")), line
        elif not (line.lstrip().startswith(("[", "edusim ")) or re.match(r"\s*-?\s*[\w.]+: ", line)) and len(ENGLISH.findall(SAME_IN_BOTH.sub(" ", line))) >= 4:
            assert CHINESE.search(line), line


def test_a_text_is_filled_in() -> None:
    key = next(key for key, (zh, _) in catalogue().items() if placeholders(zh) == {"year"})
    assert "2031" in text(key, "zh", year=2031) and "2031" in text(key, "en", year=2031)
