"""Whether a quotation stands in its document, told from stored fingerprints where the text is not at hand.

A fingerprint holds salted, truncated hashes of every run of a few characters of a document, not the text.
A quotation is held to stand in the document when each of its runs does; one changed character makes up to
``SIZES[0]`` runs that do not. White space, page marks and brackets of the transcript count for nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from edusim.declarations import configs

#: Lengths of the runs that are kept, longest first: a quotation is checked by the longest that fits it.
SIZES = (8, 4)
#: Bytes kept of each hash: 40 bits.
WIDTH = 5
SALT = "edusim clause register 1"

_PAGE = re.compile(r"^\s*\d{1,2}、", re.MULTILINE)
_MARK = re.compile(r"\[bookmark:[^\]]*\]")
_NAME = re.compile(r"\[([^\[\]\s]{1,8})\]")


def normalise(text: str) -> str:
    """Return a text without what its transcript added.

    White space goes. So do the number that opens a page (``12、`` at the head of a line), a word
    processor's bookmarks, and the square brackets around a place name that stand where the page carried
    injected words.
    """
    text = _NAME.sub(r"\1", _MARK.sub("", _PAGE.sub("", text) if _PAGE.match(text) else text))
    return re.sub(r"\s+", "", text)


def runs(text: str, size: int) -> set[bytes]:
    """Return the hashes of every run of ``size`` characters of a normalised text."""
    return {_hash(text[i : i + size]) for i in range(len(text) - size + 1)}


def _hash(run: str) -> bytes:
    return hashlib.sha256(f"{SALT}\n{run}".encode()).digest()[:WIDTH]


def encode(text: str) -> str:
    """Return the fingerprint file of a document's text."""
    plain = normalise(text)
    lines = [f"# salted sha256, {8 * WIDTH} bits, of every run of {' and '.join(map(str, SIZES))} characters; sorted; base64"]
    for size in SIZES:
        packed = base64.b64encode(b"".join(sorted(runs(plain, size)))).decode()
        lines.append(f"[{size}]")
        lines += [packed[i : i + 120] for i in range(0, len(packed), 120)]
    return "\n".join(lines) + "\n"


def decode(content: str) -> dict[int, frozenset[bytes]]:
    """Return the hashes of a fingerprint file by length of the run."""
    found: dict[int, frozenset[bytes]] = {}
    for part in re.split(r"^\[", content, flags=re.MULTILINE)[1:]:
        size, _, packed = part.partition("]")
        raw = base64.b64decode("".join(packed.split()))
        found[int(size)] = frozenset(raw[i : i + WIDTH] for i in range(0, len(raw), WIDTH))
    return found


def folder() -> Path:
    """Return where the shipped fingerprints are."""
    return configs() / "fingerprints"


@lru_cache(maxsize=32)
def _kept(document: str) -> dict[int, frozenset[bytes]]:
    file = folder() / f"{document}.txt"
    return decode(file.read_text(encoding="ascii")) if file.is_file() else {}


def documents() -> tuple[str, ...]:
    """Return the documents that have a fingerprint."""
    return tuple(sorted(file.stem for file in folder().glob("*.txt")))


def stands_in(quote: str, document: str) -> bool | None:
    """Return whether a quotation stands in a document; None where that cannot be told.

    It cannot be told of a document without a fingerprint, and of a quotation shorter than the shortest run.
    """
    return holds(quote, _kept(document))


def holds(quote: str, kept: dict[int, frozenset[bytes]]) -> bool | None:
    """Return whether every run of a quotation is among the kept hashes; None where that cannot be told."""
    plain = normalise(quote)
    size = next((n for n in SIZES if n in kept and n <= len(plain)), None)
    if size is None:
        return None
    return runs(plain, size) <= kept[size]


def missing(quotes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those (document, quotation) that do not stand in their document."""
    return [(document, quote) for document, quote in quotes if stands_in(quote, document) is False]
