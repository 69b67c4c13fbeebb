"""Files as an office opens them: LibreOffice turns them into PDF, poppler the PDF into pictures and words.

A test that wants this calls :func:`require_office` first: without the programs it is skipped, with
``EDUSIM_REQUIRE_OFFICE=1`` it fails instead (``tools/install_office.sh`` installs them). Every test process has its own
profile of LibreOffice, so that several can run at the same time, and its own list of fonts: those of the machine and the
bundled Han sans, which also stands in for 仿宋, 黑体, 楷体 and 宋体 where the machine has none of them.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

FONTS = Path(__file__).resolve().parents[1] / "src" / "edusim" / "report" / "fonts"
#: The family of the bundled font, and the names it stands in for.
HAN = "Edusim Han Sans"
STANDS_IN_FOR = (
    "仿宋", "FangSong", "仿宋_GB2312", "FangSong_GB2312", "黑体", "SimHei", "楷体", "KaiTi", "楷体_GB2312", "KaiTi_GB2312",
    "宋体", "SimSun", "NSimSun", "方正小标宋简体", "FZXiaoBiaoSong-B05S", "微软雅黑", "Microsoft YaHei", "等线", "DengXian",
)  # fmt: skip
PROGRAMS = ("soffice", "pdftoppm", "pdftotext", "pdfinfo", "pdffonts")
#: Seconds; a cold start on a busy machine takes some ten.
PATIENCE = 180.0


def require_office(*programs: str) -> None:
    """Skip the test when a program is missing; fail it instead when ``EDUSIM_REQUIRE_OFFICE`` is 1."""
    missing = [program for program in programs or PROGRAMS if shutil.which(program) is None]
    if not missing:
        return
    words = f"missing {', '.join(missing)}; tools/install_office.sh installs what these tests need"
    if os.environ.get("EDUSIM_REQUIRE_OFFICE") == "1":
        pytest.fail(words)
    pytest.skip(words)


def fonts_conf(folder: Path) -> Path:
    """Write a ``fonts.conf`` into ``folder``: the machine's own, the bundled fonts, the names they stand in for."""
    aliases = "\n".join(
        f'<alias binding="same"><family>{escape(name)}</family><accept><family>{HAN}</family></accept></alias>'
        for name in STANDS_IN_FOR
    )
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"<dir>{escape(str(FONTS))}</dir>\n<cachedir>{escape(str(folder / 'cache'))}</cachedir>\n{aliases}\n</fontconfig>\n",
        encoding="utf-8",
    )
    return path


@cache
def _home(process: int) -> Path:
    # One profile and one list of fonts a process; ``process`` keeps a forked child from using its parent's.
    folder = Path(tempfile.mkdtemp(prefix="edusim-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    fonts_conf(folder)
    return folder


def _run(command: Sequence[str], timeout: float = PATIENCE) -> str:
    home = _home(os.getpid())
    env = {**os.environ, "FONTCONFIG_FILE": str(home / "fonts.conf"), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, start_new_session=True
    )  # fmt: skip
    try:
        said, complained = child.communicate(timeout=timeout)
    except BaseException:  # soffice is a script around the program: end both
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        raise
    assert child.returncode == 0, f"{command[0]}: {complained.decode(errors='replace')[-2000:]}"
    return said.decode("utf-8", errors="replace")


def convert(path: Path, out: Path, kind: str) -> Path:
    """Return ``path`` as LibreOffice writes it in another format (``pdf``, ``xlsx``, ``docx``, ``csv``) into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    profile = (_home(os.getpid()) / "profile").as_uri()
    said = _run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nologo", "--convert-to", kind,
         "--outdir", str(out), str(path)]
    )  # fmt: skip
    made = out / f"{path.stem}.{kind.split(':', maxsplit=1)[0]}"
    assert made.is_file(), f"soffice made no {made.name}: {said}"
    return made


def to_pdf(path: Path, out: Path) -> Path:
    """Return the PDF that LibreOffice makes of a document or workbook, in folder ``out``."""
    return convert(path, out, "pdf")


def to_pages(pdf: Path, out: Path, dpi: int = 80) -> list[Path]:
    """Return a PNG of every page of a PDF, in order, in folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    _run(["pdftoppm", "-png", "-r", str(dpi), str(pdf), str(out / pdf.stem)])
    pages = [page for page in out.glob(f"{pdf.stem}-*.png") if re.fullmatch(r"\d+", page.stem.rsplit("-", 1)[1])]
    return sorted(pages, key=lambda page: int(page.stem.rsplit("-", 1)[1]))


def words_of(pdf: Path, *, layout: bool = False) -> list[str]:
    """Return the text of every page of a PDF; ``layout`` keeps what stands beside each other on one line."""
    text = _run(["pdftotext", *(["-layout"] if layout else []), "-enc", "UTF-8", str(pdf), "-"])
    return text.split("\f")[:-1] if text.endswith("\f") else text.split("\f")


def squeezed(text: str) -> str:
    """Return a text without any white space, to look for words that lines were broken in."""
    return re.sub(r"\s+", "", text)


def fonts_of(pdf: Path) -> set[str]:
    """Return the names of the fonts that a PDF uses, without the tag of a subset."""
    lines = _run(["pdffonts", str(pdf)]).splitlines()[2:]
    return {line.split()[0].rsplit("+", 1)[-1] for line in lines if line.strip()}


@cache
def _characters() -> frozenset[int]:
    # What the fonts of this machine and the bundled ones can draw between them.
    from fontTools.ttLib import TTCollection, TTFont

    files = _run(["fc-list", "--format", "%{file}\n"]).split("\n") if shutil.which("fc-list") else []
    known: set[int] = set()
    for file in sorted({*filter(None, files), *(str(path) for path in FONTS.glob("*.ttf"))}):
        if file.lower().endswith((".ttf", ".otf")):
            known.update(TTFont(file, lazy=True).getBestCmap() or ())
        elif file.lower().endswith(".ttc"):
            for font in TTCollection(file, lazy=True).fonts:
                known.update(font.getBestCmap() or ())
    return frozenset(known)


def without_glyph(text: str) -> str:
    """Return the characters of a text that no font at hand can draw; a page would show boxes for them."""
    return "".join(sorted({c for c in text if c.isprintable() and not c.isspace() and ord(c) not in _characters()}))
