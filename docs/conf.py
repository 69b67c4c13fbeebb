"""How the documentation is made into a site; `tools/make_site.py` lays out the pages and calls Sphinx with this file.

Nothing of the site asks another host: icons and scripts are the theme's own files, formulas are MathML, which browsers draw
themselves. It opens by double click as well. One search serves Chinese and English.
"""

from __future__ import annotations

import gettext
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
import snowballstemmer
import sphinx.locale
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx import search
from sphinx.search.en import SearchEnglish

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import edusim  # noqa: E402

project = "edusim"
author = "The edusim authors"
copyright = "The edusim authors"
release = version = edusim.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "sphinx_copybutton", "sphinx_design"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["files"]
root_doc = "index"
nitpicky = False

myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline", "attrs_block"]
myst_heading_anchors = 6
myst_dmath_double_inline = True  # $$ inside a paragraph is a formula on a line of its own, as on other hosts
myst_dmath_allow_space = False  # a price in dollars is no formula
myst_dmath_allow_digits = False

toc_object_entries_show_parents = "hide"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autosummary_generate = False
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_attr_annotations = False
napoleon_use_ivar = True  # an attribute that is a property too is told once
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "edusim"
html_static_path = [str(ROOT / "docs" / "_static")]
templates_path = [str(ROOT / "docs" / "_templates")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_context = {"default_mode": "auto"}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_math_renderer = "mathml"
html_search_language = "zh_en"
html_sidebars = {"index": [], "gallery": [], "zh/gallery": []}
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "back_to_top_button": True,
    "pygments_light_style": "a11y-high-contrast-light",
}


# ---- one search for two languages ------------------------------------------------------------------


class ChineseAndEnglish(SearchEnglish):
    """English by words and stems, Chinese by single characters and pairs: no list of words to keep."""

    lang = "zh_en"
    language_name = "English"  # names the stemmer of the script
    js_splitter_code = r"""
var splitQuery = (query) => {
  const found = [];
  for (const part of query.match(/[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+/gu) || []) {
    if (!/[\u4e00-\u9fff]/u.test(part)) found.push(...part.split(/[^\p{Letter}\p{Number}_]+/gu).filter((term) => term));
    else if (part.length === 1) found.push(part);
    else for (let i = 0; i + 1 < part.length; i++) found.push(part.slice(i, i + 2));
  }
  return found;
};
"""
    _parts = re.compile(r"[\u4e00-\u9fff]+|[^\W\u4e00-\u9fff]+")

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self.stemmer = snowballstemmer.stemmer("english")

    def split(self, input: str) -> list[str]:
        """Return the words of a text: what :attr:`js_splitter_code` makes of a question, and single characters too."""
        found: list[str] = []
        for part in self._parts.findall(input):
            if "\u4e00" <= part[0] <= "\u9fff":
                found += [*part, *(part[i : i + 2] for i in range(len(part) - 1))]
            else:
                found.append(part)
        return found

    def stem(self, word: str) -> str:
        """Return the stem of an English word; Chinese stays."""
        return word if "\u4e00" <= word[0] <= "\u9fff" else self.stemmer.stemWord(word.lower())


search.languages["zh_en"] = ChineseAndEnglish


# ---- formulas --------------------------------------------------------------------------------------


def _mathml(tex: str, *, block: bool) -> str:
    # The converter stretches brackets itself and does not know the words that ask for it.
    tex = re.sub(r"\\[bB]ig+[lrm]?(?![a-z])", "", tex)
    # An index belongs to the letter with its accent, it is no limit below it.
    tex = re.sub(r"\\(hat|bar|tilde|overline)\s*(\{[^{}]*\}|\\[a-zA-Z]+|\w)", r"{\\\1{\2}}", tex)
    return str(tex2mathml(tex, as_block=block))


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append(_mathml(node.astext(), block=False))
    raise nodes.SkipNode


def _block(self: Any, node: nodes.math_block) -> None:
    # It may stand inside a paragraph, where HTML allows no division.
    self.body.append(f'<span class="math">{_mathml(node.astext(), block=True)}</span>')
    raise nodes.SkipNode


# ---- what Python knows by itself, and lines of Chinese ---------------------------------------------


def _bare_fields(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of named tuples: of them Python only knows their number."""
    return True if type(obj).__name__ == "_tuplegetter" else None


#: What no space stands beside where a line is broken.
WIDE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”‘’"


def _whole_lines(app: Any, doctree: nodes.document) -> None:
    """Join lines of Chinese: where a source is broken between two characters, browsers would draw a space."""
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment)):
            continue
        parent = text.parent
        at = next(i for i, child in enumerate(parent) if child is text)  # two texts of the same letters are equal, not the same
        before = parent[at - 1].astext()[-1:] if at else ""
        after = parent[at + 1].astext()[:1] if at + 1 < len(parent) else ""
        joined = re.sub(f"(?<=[{WIDE}])\n(?=[{WIDE}])", "", before + text + after)[len(before) :]
        joined = joined.removesuffix(after) if after else joined
        if joined != text:
            parent[at] = nodes.Text(joined)


# ---- Chinese pages speak Chinese around the text too -----------------------------------------------


def _words() -> Callable[[str], str]:
    """Return what translates the theme's and Sphinx's own words to Chinese."""
    theme = gettext.translation("sphinx", str(Path(pydata_sphinx_theme.__file__).parent / "locale"), ["zh"], fallback=True)
    own = gettext.translation("sphinx", str(Path(sphinx.locale.__file__).parent), ["zh_CN"], fallback=True)
    ours = {"Site Navigation": "网站导航", "Section Navigation": "本部分", "More": "更多", "Breadcrumb": "位置", "Collapse Sidebar": "收起侧栏",
            "Expand Sidebar": "展开侧栏"}  # fmt: skip

    def say(words: str) -> str:
        for known in (theme, own):
            found = known.gettext(words)
            if found != words:
                return found
        return ours.get(words, words)

    return say


def _page(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    if pagename.startswith("zh/"):
        context["language"] = "zh-CN"
        context["_"] = app.chinese


def setup(app: Any) -> None:
    """Register what Sphinx is to use of this file."""
    app.chinese = _words()
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("autodoc-skip-member", _bare_fields)
    app.connect("doctree-read", _whole_lines)
    app.connect("html-page-context", _page)
