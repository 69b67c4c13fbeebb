"""Make the documentation into a site: `python tools/make_site.py [OUT]` (the extra `docs`), by default in `out/site`.

The pages of `docs/` stay where readers of the repository find them. They are laid out here as the site has them, beside the pages of
experiments and benchmarks that they link to, with links changed to fit; what can drift is written anew from the code. Then Sphinx makes
the site by `docs/conf.py`; every warning is an error.
"""

from __future__ import annotations

import argparse
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in (ROOT / "src", ROOT / "tools"):
    sys.path.insert(0, str(folder))
os.environ.setdefault("MPLBACKEND", "Agg")

#: Pages outside `docs/`: where they are -> where the site has them.
ELSEWHERE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "THIRD_PARTY_NOTICES.md": "notices.md",
    "README.md": "index.md",  # the repository's first page; links to it lead to the site's
    "notebooks/README.md": "writing-notebooks.md",
}
#: Parts of the repository's first page that the site tells at greater length; its other parts are left to the first page.
README_PARTS = {"your-own-county": "how-to/own-county.md", "your-own-document": "how-to/own-policy.md", "studies-of-many-runs": "studies.md"}
#: Pages that begin without a heading: what the site calls them.
TITLES = {"benchmarks/results.md": "Speed, measured", "benchmarks/studies.md": "What studies cost, measured"}


def places() -> dict[str, str]:
    """Return the place in the site of every page and picture of the repository that it shows: path -> path."""
    found = {at: to for at, to in ELSEWHERE.items() if (ROOT / at).exists()}
    found |= {path.name: path.name.lower() for path in sorted(ROOT.glob("*.md")) if path.name not in found}
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in (".md", ".png"):
            found[path.relative_to(ROOT).as_posix()] = path.relative_to(ROOT / "docs").as_posix()
    for folder in ("experiments", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.md")):
            here = path.relative_to(ROOT).as_posix()
            found[here] = here.replace("README.md", "index.md")
    return found


def relinked(text: str, at: str, to: str, where: dict[str, str], files: set[str]) -> str:
    """Return a page with its links as the site needs them.

    Parameters
    ----------
    text
        The page.
    at, to
        Its path in the repository and in the site.
    where
        :func:`places`.
    files
        Takes the paths of linked files that are no pages; they are shipped as they are.
    """

    def link(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        target, _, mark = found["target"].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
        if (ROOT / path).is_dir():
            path = posixpath.join(path, "README.md")
        if path == "README.md":
            new, mark = README_PARTS.get(mark, where[path]), ""
        elif path in where:
            new = where[path]
        elif (ROOT / path).is_file():
            files.add(path)
            new = f"files/{path}"
        else:
            return found[0]
        new = posixpath.relpath(new, posixpath.dirname(to) or ".")
        return f"]({new}{'#' + mark if mark else ''})"

    return re.sub(r"(?P<code>^(`{3,}|~{3,}).*?^\2|(?P<tick>`+)[^`].*?(?P=tick))|\]\((?P<target>[^)\s]+)\)", link, text, flags=re.DOTALL | re.MULTILINE)


def unwrapped(text: str, generated: Iterable[str]) -> str:
    """Return a page with its items that stand in the site alone, where their page is made: ``<!-- site: TITLE | PATH | words -->``."""

    def shown(found: re.Match[str]) -> str:
        there = re.sub(r"^(\.\./)+", "", found[2]) in generated
        return f"- [{found[1]}]({found[2]}): {found[3]}\n" if there else ""

    return re.sub(r"^<!-- site: (.+?) \| (\S+) \| (.+?) -->\n", shown, text, flags=re.MULTILINE)


def with_contents(pages: dict[str, str]) -> None:
    """Give each index page the pages of its lists as its contents: an item begins with a link to one.

    A page stands once: under the index of its own folder where that names it, else under the first that does, in the order of
    the first page of all.
    """
    found: dict[str, list[str]] = {}
    for at, text in pages.items():
        if posixpath.basename(at) == "index.md":
            links = re.findall(r"^(?:- |\| )\[[^\]]+\]\(([^)\s#]+\.md)\)", text, re.MULTILINE)
            found[at] = list(dict.fromkeys(posixpath.normpath(posixpath.join(posixpath.dirname(at), link)) for link in links))
    listed_somewhere = {"index.md"}
    order = ["index.md", *(page for page in found["index.md"] if page in found)]
    order += [at for at in found if at not in order]
    for at in order:
        others = [one for one in order if one != at]
        mine = []
        for page in found[at]:
            home = posixpath.join(posixpath.dirname(page), "index.md").lstrip("/")
            listed = [one for one in others if page in found[one]]
            if page == "index.md" or home in listed or any(order.index(one) < order.index(at) for one in listed if home != at):
                continue
            listed_somewhere.add(page)
            mine.append(posixpath.relpath(page, posixpath.dirname(at) or "."))
        if mine:
            pages[at] += "\n```{toctree}\n:hidden:\n\n" + "\n".join(mine) + "\n```\n"
    for at in set(pages) - listed_somewhere:  # such as SECURITY.md: there for those who follow a link
        pages[at] = f"---\norphan: true\n---\n\n{pages[at]}"


def lay_out(folder: Path, generated: dict[str, Callable[[], str]]) -> None:
    """Lay out the sources of the site in a folder; what has not changed is left as it is, so that Sphinx need not read it again."""
    where, files = places(), set[str]()
    wanted: dict[str, bytes] = {}
    pages: dict[str, str] = {}
    for at, to in where.items():
        if at == "README.md":
            continue
        if not at.endswith(".md"):
            wanted[to] = (ROOT / at).read_bytes()
            continue
        page = relinked(unwrapped((ROOT / at).read_text(encoding="utf-8"), generated), at, to, where, files)
        pages[to] = f"# {TITLES[at]}\n\n{page}" if at in TITLES else page
    pages |= {to: make() for to, make in generated.items()}
    with_contents(pages)
    wanted |= {to: page.encode() for to, page in pages.items()}
    for path in files:
        wanted[f"files/{path}"] = (ROOT / path).read_bytes()
    for old in [p for p in folder.rglob("*") if p.is_file()]:
        if old.relative_to(folder).as_posix() not in wanted:
            old.unlink()
    for to, data in wanted.items():
        path = folder / to
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def build(out: Path, *, fresh: bool = False) -> int:
    """Make the site in a folder; return Sphinx's exit status."""
    import site_pages

    work = out.with_name(out.name + ".work")
    if fresh:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
    lay_out(work / "source", site_pages.PAGES)
    kept = work / "doctrees" / "environment.pickle"
    anew = ["-E"] if kept.exists() and (ROOT / "docs" / "conf.py").stat().st_mtime > kept.stat().st_mtime else []
    line = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", *anew, "-c", str(ROOT / "docs"),
            "-d", str(work / "doctrees"), str(work / "source"), str(out)]  # fmt: skip
    return subprocess.run(line, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="make the documentation into a site")
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "out" / "site")
    parser.add_argument("--fresh", action="store_true", help="make everything anew")
    options = parser.parse_args()
    out = options.out.resolve()
    code = build(out, fresh=options.fresh)
    if code == 0:
        print(f"written: {out / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
