"""Every notebook, built and run in both languages: no cell fails, every figure cell holds a picture, officials see no code."""

from __future__ import annotations

import ast
import re
import time
from pathlib import Path
from typing import Any

import pytest

from edusim.notebook import building, running

pytestmark = pytest.mark.notebooks

ROOT = Path(__file__).resolve().parents[2]
BOOKS = building.named()
CHINESE = re.compile("[\u3400-\u9fff]")
#: Words of a document in quotation marks, and headings of clauses such as 四(五).
CITED = re.compile("“[^”]*”|情景推演，不是预测|[附末一二三四五六七八九十]+[\\d()（）附末一二三四五六七八九十]*")
#: Seconds on one core, without what is compiled in a machine's first run; three times that here, where cores are shared.
QUICK = 40


@pytest.fixture(scope="session", autouse=True)
def _loops_are_compiled() -> None:
    from edusim.model import warm_up

    warm_up()


def test_there_are_notebooks() -> None:
    assert building.sources() == ROOT / "notebooks"
    assert [name[:2] for name in BOOKS] == [f"{i:02d}" for i in range(1, len(BOOKS) + 1)]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_runs(name: str, lang: str, tmp_path: Path) -> None:
    book = building.read(BOOKS[name], lang)
    began = time.monotonic()
    running.run(book, tmp_path, lang)
    assert building.complaints(book) == []
    assert time.monotonic() - began < 3 * QUICK
    figures = [cell for cell in book.cells if building.FIGURE in cell.metadata.get("tags", ())]
    assert figures, "a notebook without a figure shows nothing"
    outputs = [one for cell in book.cells if cell.cell_type == "code" for one in cell.outputs]
    said = "".join(str(one.get("data", {}).get("text/plain", "")) + one.get("text", "") for one in outputs)
    if lang == "zh":
        assert CHINESE.search(said)
    else:
        said = CITED.sub("", said)  # a clause is cited by its heading and its own words
        assert not CHINESE.search(said), CHINESE.search(said)
    assert not re.search(r"/(home|root|tmp|work|Users)/", said), "what a reader sees names a place of this machine"


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_speaks_both_languages(name: str) -> None:
    books = {lang: building.read(BOOKS[name], lang) for lang in ("zh", "en")}
    assert books["zh"].metadata["title"] != books["en"].metadata["title"]
    assert CHINESE.search(books["zh"].metadata["title"]) and not CHINESE.search(books["en"].metadata["title"])
    assert {lang: building.heading(BOOKS[name], lang) for lang in books} == {lang: book.metadata["title"] for lang, book in books.items()}
    for lang, book in books.items():
        words = " ".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
        assert re.search("不是预测" if lang == "zh" else "not a forecast", words), "it says what it is"
        if lang == "en":
            assert not CHINESE.search(re.sub(r"[（(][^()（）]*[)）]", "", words)), "Chinese in the English text, other than a term in brackets"


@pytest.mark.parametrize("name", BOOKS)
def test_no_number_is_typed_into_a_text_and_none_asks_another_host(name: str) -> None:
    source = BOOKS[name].read_text(encoding="utf-8")
    assert not re.search(r"https?://(?!(localhost|127\.0\.0\.1))", source)
    assert not re.search(r"[+−-]\d+\.\d+ ?SD|95% (interval|区间)[^。.]{0,4} [+−-]?\d", source), "what a run says is computed where it is read"
    ast.parse("\n".join(line for line in source.splitlines() if not line.startswith(("%", "!"))))


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, file in BOOKS.items():
        first, second = (building.write(building.read(file, "zh"), tmp_path / f"{name}.{i}.ipynb").read_bytes() for i in (1, 2))
        assert first == second
        assert b"/tmp" not in first


WRONG = {
    "no language": '# %% [markdown]\n# # Title\n\n# %%\nx = 1\n',
    "no title": '# %% tags=["language"]\nlang = "en"\n',
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_leaves_the_convention_is_refused(case: str, tmp_path: Path) -> None:
    file = tmp_path / "01_wrong.py"
    file.write_text(WRONG[case], encoding="utf-8")
    with pytest.raises(ValueError, match=r"01_wrong\.py"):
        building.read(file, "en")


def run_of(cells: str, tmp_path: Path) -> Any:
    file = tmp_path / "01_made.py"
    file.write_text(f'# %% [markdown]\n# # Title\n\n# %% tags=["language"]\nlang = "en"\n\n{cells}', encoding="utf-8")
    return running.run(building.read(file, "en"), tmp_path)


def test_a_figure_cell_without_a_picture_is_noticed(tmp_path: Path) -> None:
    # A gate that cannot fail is none.
    book = run_of('# %% tags=["figure"]\nprint("no picture")\n\n# %%\nimport sys\nsys.stderr.write("noise")\n', tmp_path)
    found = building.complaints(book)
    assert len(found) == 2
    assert "holds no picture" in found[0] and "standard error" in found[1]


def test_a_cell_that_fails_is_told_kindly(tmp_path: Path) -> None:
    from edusim.errors import RunError

    with pytest.raises(RunError, match="did not run") as caught:
        run_of("# %%\n1 / 0\n", tmp_path)
    assert caught.value.code == "RUN-NOTEBOOK" and "ZeroDivisionError" in caught.value.en
