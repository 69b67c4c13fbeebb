"""The site: it builds without a warning, every link and anchor leads somewhere, nothing is asked of another host, search finds both languages."""

from __future__ import annotations

import functools
import html.parser
import http.server
import importlib.util
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser import require_browser, visit

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.pages
#: Processor seconds that making the site may take.
MOST_SECONDS = 90
#: One page of every kind: text, formulas, wide tables, docstrings, pictures, Chinese, contents, messages.
KINDS = (
    "index.html", "odd.html", "parameters.html", "commands.html", "python/index.html", "python/equations.html", "gallery.html", "zh/index.html",
    "zh/start.html", "zh/gallery.html", "tutorials/first-comparison.html", "how-to/index.html", "notebooks.html",
    "extending.html", "experiments/index.html", "search.html",
)  # fmt: skip
#: What fetches by itself when a page opens: (tag, attribute).
FETCHES = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("audio", "src"), ("object", "data"), ("embed", "src")}


class Page(html.parser.HTMLParser):
    """Links, anchors and what is fetched, of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.fetched: list[str] = []
        self.bare: list[str] = []
        self.lang = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        self.anchors |= {has[key] for key in ("id", "name") if has.get(key)}
        if tag == "html":
            self.lang = has.get("lang", "")
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        if tag == "link" and {"stylesheet", "preload", "icon"} & set(has.get("rel", "").split()):
            self.fetched.append(has.get("href", ""))
        self.fetched += [has[key] for key in has if (tag, key) in FETCHES]
        if tag == "img" and not has.get("alt", "").strip():
            self.bare.append(has.get("src", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, made anew."""
    missing = [name for name in ("sphinx", "myst_parser", "pydata_sphinx_theme") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"missing {', '.join(missing)}; the extra `docs` installs them")
    out = tmp_path_factory.mktemp("made") / "site"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "make_site.py"), str(out)], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "WARNING" not in done.stderr
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert seconds < MOST_SECONDS, f"making the site took {seconds:.0f} s of the processor"
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """Return every page of the site, read."""
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Serve the site on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_every_page_of_the_repository_is_there(pages: dict[str, Page]) -> None:
    docs = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert docs <= set(pages)
    assert set(KINDS) <= set(pages)


def test_every_page_stands_in_an_index(site: Path) -> None:
    source = site.with_name("site.work") / "source"
    alone = {path.relative_to(source).as_posix() for path in source.rglob("*.md") if path.read_text(encoding="utf-8").startswith("---\norphan: true")}
    ours = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert not alone & ours, "name these in a list of docs/how-to/index.md, reference/index.md, explanation/index.md or another index page"


def test_links_and_anchors_lead_somewhere(site: Path, pages: dict[str, Page]) -> None:
    wrong = []
    for at, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                if not parts.hostname or "." not in parts.hostname or " " in link:
                    wrong.append(f"{at}: {link} is no address")
                continue
            if parts.scheme == "mailto":
                continue
            assert not parts.scheme, f"{at}: {link}"
            path = (site / at).parent / unquote(parts.path) if parts.path else site / at
            there = path.resolve()
            if not there.is_file():
                wrong.append(f"{at}: {link} leads nowhere")
            elif parts.fragment and there.suffix == ".html":
                anchors = pages[there.relative_to(site.resolve()).as_posix()].anchors
                if unquote(parts.fragment) not in anchors:
                    wrong.append(f"{at}: {link} has no such place")
    assert not wrong, "\n".join(wrong[:40])


def test_links_written_by_hand_became_links(pages: dict[str, Page], site: Path) -> None:
    # A link that the site does not know stays as it was written and would lead to a page of text.
    left = {at: [link for link in page.links if urlsplit(link).path.endswith(".md")] for at, page in pages.items()}
    assert not {at: links for at, links in left.items() if links}


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    for at, page in pages.items():
        outside = [one for one in page.fetched if urlsplit(one).scheme not in ("", "data") or one.startswith("//")]
        assert not outside, f"{at}: {outside}"
        gone = [one for one in page.fetched if not one.startswith("data:") and not ((site / at).parent / unquote(urlsplit(one).path)).is_file()]
        assert not gone, f"{at}: {gone}"
    for sheet in site.rglob("*.css"):
        assert "url(http" not in sheet.read_text(encoding="utf-8").replace('"', "").replace("'", ""), sheet.name


def test_pictures_say_what_they_show_and_chinese_pages_say_so(pages: dict[str, Page]) -> None:
    assert not {at: page.bare for at, page in pages.items() if page.bare}
    assert {page.lang for at, page in pages.items() if at.startswith("zh/")} == {"zh-CN"}
    assert pages["index.html"].lang == "en"


def test_formulas_are_drawn_by_the_browser_itself(site: Path) -> None:
    text = (site / "odd.html").read_text(encoding="utf-8")
    assert text.count("<math") > 50 and text.count('display="block"') >= 4
    assert "\\operatorname" not in text and "\\tfrac" not in text


def test_every_public_name_has_its_docstring(site: Path, pages: dict[str, Page]) -> None:
    import inspect

    import edusim

    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import site_pages
    finally:
        sys.path.remove(str(ROOT / "tools"))
    faces = {f"edusim.{name}" for name in edusim.__all__ if name[0] != "_" and not inspect.ismodule(getattr(edusim, name))}
    assert faces <= pages["python/index.html"].anchors
    rooms = {name for name in edusim.__all__ if inspect.ismodule(getattr(edusim, name))}
    assert rooms <= set(site_pages.ROOMS)
    for room in site_pages.ROOMS:
        missing = {f"edusim.{room}.{name}" for name in site_pages.names_of(room)} - pages[f"python/{room}.html"].anchors
        assert not missing, missing


@pytest.mark.parametrize("over", ["file", "http"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_open_and_ask_nobody(site: Path, address: str, over: str, phone: bool) -> None:
    require_browser()
    base = site.as_uri() + "/" if over == "file" else address
    wide = {"width": 390, "height": 844, "touch": True} if phone else {"width": 1280, "height": 900}
    with visit(base + KINDS[0], **wide) as found:
        for kind in KINDS:
            found.page.goto(base + kind, wait_until="load")
            found.page.wait_for_timeout(150)
            assert found.page.locator("h1").first.inner_text().strip(), kind
            across = found.page.evaluate("document.documentElement.scrollWidth")
            assert across <= wide["width"] + 1, f"{kind} is {across} pixels wide"
        found.check()


@pytest.mark.parametrize("over", ["file", "http"])
@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("教共体", "glossary.html"),
        ("一页纸", "zh/one-page.html"), ("花名册", "roster.html"), ("rotation share", "parameters.html"),
        ("sensitivity", "sensitivity.html"),
    ],
)
def test_search_finds(site: Path, address: str, over: str, question: str, page: str) -> None:
    require_browser()
    base = site.as_uri() + "/" if over == "file" else address
    with visit(f"{base}search.html?q={question}") as found:
        found.page.wait_for_selector("#search-results ul.search li a", timeout=20_000)
        found.page.wait_for_function("!document.querySelector('#search-results h2').innerText.startsWith('Searching')", timeout=20_000)
        links = [urlsplit(link.get_attribute("href") or "").path for link in found.page.locator("#search-results ul.search li a").all()]
        assert page in links, links[:20]
        found.page.wait_for_timeout(300)
        found.check()


def test_colours_change_and_stay(address: str) -> None:
    require_browser()
    with visit(address + "zh/index.html", dark=True) as found:
        assert found.page.evaluate("document.documentElement.dataset.theme") == "dark"
        found.page.locator("button.theme-switch-button").first.click()
        found.page.wait_for_timeout(200)
        found.check()
