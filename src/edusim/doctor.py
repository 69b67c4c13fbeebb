"""What ``edusim doctor`` finds on a machine: versions, cores, memory, fonts, cache, folders, extras, programs, terminal.

Missing is what a run needs. An extra or a program that is not installed only closes the verbs that need it, and says so.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import edusim
from edusim.cli_help import columns, paragraph, room
from edusim.errors import language
from edusim.language import text as worded

#: Distributions that a run needs; the first column of what is printed.
NEEDED = (
    "duckdb", "loky", "markdown-it-py", "matplotlib", "mesa", "networkx", "numba", "numpy", "openpyxl", "pandas", "psutil", "pyarrow", "python-docx",
    "PyYAML", "rich", "SALib", "scipy", "shtab",
)  # fmt: skip
#: Extra -> distributions that it brings; what for stands in the catalogue under ``doctor.extra.NAME``.
EXTRAS: dict[str, tuple[str, ...]] = {
    "notebook": ("ipywidgets", "jupyterlab", "jupytext", "nbclient", "nbconvert", "voila"),
    "viz": ("altair", "ipyvue", "ipyvuetify", "solara", "solara-assets"),
    "analysis": ("ema-workbench", "optuna", "pymoo", "scikit-learn", "threadpoolctl"),
    "chaos": ("openturns",),
    "cluster": ("dask-jobqueue", "distributed"),
    "pdf": ("typst",),
}
#: Program -> names it goes by; what for stands in the catalogue under ``doctor.program.NAME``.
PROGRAMS: dict[str, tuple[str, ...]] = {
    "browser": ("chromium", "chromium-browser", "google-chrome", "microsoft-edge", "firefox", "xdg-open", "open"),
    "office": ("soffice", "libreoffice", "wps", "open"),
    "slurm": ("sbatch",),
}
#: Windows and macOS always have something that opens a page and a document.
_OPENS = {"win32": "start", "darwin": "open"}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _extras() -> dict[str, list[str]]:
    """Return extra -> what of it is not installed; an empty list when it is all there."""
    return {extra: [name for name in names if _version(name) is None] for extra, names in EXTRAS.items()}


def _programs() -> dict[str, str | None]:
    opener = _OPENS.get(sys.platform)
    found = {name: next((place for other in names if (place := shutil.which(other))), None) for name, names in PROGRAMS.items()}
    return {name: place or (opener if name != "slurm" else None) for name, place in found.items()}


def _terminal() -> dict[str, Any]:
    """Return the encoding of standard output, whether it holds Chinese, its columns, and whence the language is."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        shows = bool(worded("doctor.shows_chinese", "zh").encode(encoding))
    except (UnicodeEncodeError, LookupError):
        shows = False
    names = ("EDUSIM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    source = next((f"{name}={os.environ[name]}" for name in names if os.environ.get(name)), "")
    return {
        "encoding": encoding, "shows_chinese": shows, "columns": shutil.get_terminal_size().columns,
        "is_terminal": bool(getattr(sys.stdout, "isatty", lambda: False)()), "language": language(), "language_from": source,
    }  # fmt: skip


def _memory() -> tuple[int | None, int | None]:
    """Return bytes of memory in all, and free for use now; None where the system does not tell."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None, None


def _writable(folder: Path) -> bool:
    above = folder
    while not above.exists() and above != above.parent:
        above = above.parent
    try:
        with tempfile.TemporaryFile(dir=above):
            return True
    except OSError:
        return False


def _room_on(folder: Path) -> int | None:
    above = folder
    while not above.exists() and above != above.parent:
        above = above.parent
    try:
        return shutil.disk_usage(above).free
    except OSError:
        return None


def examine(cores: int) -> dict[str, Any]:
    """Return what was found, as plain values.

    Parameters
    ----------
    cores
        Cores that this process may use.

    Returns
    -------
    dict
        ``ok`` (nothing needed is missing), ``edusim``, ``python``, ``system``, ``cores``, ``memory_bytes``,
        ``memory_free_bytes``, ``versions``, ``fonts``, ``cache`` (folder, state ``compiled`` or ``cold``),
        ``folders`` (path -> can be written, bytes free), ``configs``, ``extras`` (extra -> what of it is not installed),
        ``programs`` (program -> where it is), ``terminal`` and ``missing``.
    """
    from edusim import declarations

    versions = {name: _version(name) for name in NEEDED}
    missing = [name for name, found in versions.items() if found is None]
    fonts: dict[str, Any] = {"bundled": [], "bundled_hold_chinese": False}
    cache: dict[str, Any] = {"folder": None, "state": "unknown"}
    if versions["matplotlib"] is not None:
        from edusim.report import fonts as font_room

        fonts = font_room.status()
        if not fonts["bundled_hold_chinese"]:
            missing.append("bundled Chinese font")
    if versions["numba"] is not None:
        from edusim import _compile

        folder = str(_compile.numba_config().CACHE_DIR)
        cache = {"folder": folder, "state": "cold" if _compile.is_cold() else "compiled"}
    configs = declarations.configs()
    if not (configs / "scenarios").is_dir():
        missing.append("configs")
    total, free = _memory()
    places = {"here": Path.cwd(), "out": Path("out").absolute(), "temporary": Path(tempfile.gettempdir())}
    return {
        "ok": not missing,
        "edusim": edusim.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": cores,
        "memory_bytes": total,
        "memory_free_bytes": free,
        "versions": versions,
        "fonts": fonts,
        "cache": cache,
        "folders": {name: {"path": str(place), "writable": _writable(place), "bytes_free": _room_on(place)} for name, place in places.items()},
        "configs": str(configs),
        "extras": _extras(),
        "programs": _programs(),
        "terminal": _terminal(),
        "missing": missing,
    }


def text(found: dict[str, Any], lang: str) -> str:
    """Return the findings of :func:`examine` as lines in ``lang`` (``zh`` or ``en``)."""
    zh = lang == "zh"

    def yes(value: bool) -> str:
        return worded("common.yes" if value else "common.no", lang)

    def gigabytes(value: int | None) -> str:
        return "?" if value is None else f"{value / 2**30:.1f} GiB"

    states = {"compiled": ("已编译", "compiled"), "cold": ("首次运行时编译", "cold: the first run compiles"), "unknown": ("未知", "unknown")}
    names = {"here": ("当前文件夹", "this folder"), "out": ("结果文件夹", "results"), "temporary": ("临时文件夹", "temporary files")}
    pick = 0 if zh else 1
    fonts, cache = found["fonts"], found["cache"]
    lines = [
        f"edusim {found['edusim']}, Python {found['python']}, {found['system']}",
        f"{worded('doctor.cores', lang)}: {found['cores']}; {worded('doctor.memory', lang)}: {gigabytes(found['memory_bytes'])}"
        f" ({worded('doctor.free', lang)} {gigabytes(found['memory_free_bytes'])})",
        f"{worded('doctor.versions', lang)}: "
        + ", ".join(f"{name} {value or (worded('doctor.missing_2', lang))}" for name, value in found["versions"].items()),
        f"{worded('doctor.chinese_font_bundled', lang)}: {yes(bool(fonts['bundled_hold_chinese']))}"
        f" ({', '.join(fonts['bundled'])}); {worded('doctor.of_the_system', lang)}: {fonts.get('system') or yes(False)}",
        f"{worded('doctor.compiled_loops', lang)}: {states[cache['state']][pick]} ({cache['folder']})",
        f"{worded('doctor.shipped_configuration', lang)}: {found['configs']}",
    ]
    lines += [
        f"{names[name][pick]}: {place['path']}, {worded('doctor.can_be_written', lang)}: {yes(place['writable'])}, "
        f"{worded('doctor.free', lang)} {gigabytes(place['bytes_free'])}"
        for name, place in found["folders"].items()
    ]
    shell = found["terminal"]
    lines.append(
        f"{worded('doctor.language', lang)}: {shell['language']} ({shell['language_from'] or worded('doctor.no_locale', lang)}); "
        f"{worded('doctor.terminal', lang)}: {shell['encoding']}, {worded('doctor.shows_chinese', lang)}: {yes(shell['shows_chinese'])}, "
        f"{shell['columns']} {worded('doctor.columns', lang)}"
    )
    if not shell["shows_chinese"]:
        lines.append(f"  {worded('doctor.mend_terminal', lang)}")
    lines += ["", worded("doctor.extras", lang)]
    rows = []
    for name, absent in found["extras"].items():
        state = worded("doctor.installed", lang) if not absent else f'pip install "edusim-groups[{name}]"'
        rows.append((name, worded(f"doctor.extra.{name}", lang), state))
    lines += _rows(rows)
    lines += ["", worded("doctor.programs", lang)]
    lines += _rows([
        (worded(f"doctor.program.{name}", lang), worded(f"doctor.program_for.{name}", lang), place or worded("doctor.not_found", lang))
        for name, place in found["programs"].items()
    ])  # fmt: skip
    lines.append("")
    if found["missing"]:
        lines.append(f"{worded('doctor.missing', lang)}: {', '.join(found['missing'])}")
    else:
        lines.append(worded("doctor.nothing_is_missing", lang))
    width = room()
    return "\n".join(line if line[:1] in ("", " ") else paragraph(line, width, 2).lstrip() for line in lines)


def _rows(rows: list[tuple[str, str, str]]) -> list[str]:
    """Return rows of name, purpose and state as lines in columns."""
    first, second = (max(columns(row[i]) for row in rows) for i in (0, 1))
    return [f"  {a}{' ' * (first - columns(a))}  {b}{' ' * (second - columns(b))}  {c}" for a, b, c in rows]
