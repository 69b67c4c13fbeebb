"""What ``edusim doctor`` finds on a machine: versions, cores, memory, fonts, cache, folders."""

from __future__ import annotations

import os
import platform
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import edusim
from edusim.language import text as worded

#: Distributions that a run needs; the first column of what is printed.
NEEDED = (
    "duckdb", "loky", "markdown-it-py", "matplotlib", "mesa", "networkx", "numba", "numpy", "openpyxl", "pandas", "psutil", "pyarrow", "python-docx",
    "PyYAML", "rich", "SALib", "scipy", "shtab",
)  # fmt: skip


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
        ``folders`` (path -> can be written), ``configs`` and ``missing``.
    """
    from edusim import declarations

    versions: dict[str, str | None] = {}
    for name in NEEDED:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
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
        "folders": {name: {"path": str(place), "writable": _writable(place)} for name, place in places.items()},
        "configs": str(configs),
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
        f"{names[name][pick]}: {place['path']}, {worded('doctor.can_be_written', lang)}: {yes(place['writable'])}"
        for name, place in found["folders"].items()
    ]
    if found["missing"]:
        lines.append(f"{worded('doctor.missing', lang)}: {', '.join(found['missing'])}")
    else:
        lines.append(worded("doctor.nothing_is_missing", lang))
    return "\n".join(lines)
