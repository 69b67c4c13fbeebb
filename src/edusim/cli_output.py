"""What the command line tells a person, and how a result reaches the disk whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edusim import deprecations, interrupts
from edusim.errors import EdusimError, RunError, language
from edusim.language import LANGUAGES, time_left
from edusim.language import text as worded

#: Seconds after which progress is told again where there is no terminal, though no tenth is full.
SAY_SECONDS = 20.0
#: Seconds before the time left is worth telling.
SURE_SECONDS = 2.0


class Progress:
    """Progress and the time left, on standard error: a bar on a terminal, else a line at every tenth and every few seconds.

    Work that follows on other work (another number of steps) begins anew. All lines are kept for the log.

    Parameters
    ----------
    quiet
        Show nothing (the log is kept all the same).
    """

    def __init__(self, quiet: bool) -> None:
        self.lines: list[str] = []
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._begin = time.monotonic()
        self._anew(0, -1)
        if not quiet and is_terminal(sys.stderr):
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[left]}"))
            self._bar = Bar(*columns, console=Console(stderr=True, highlight=False), transient=True)
            self._task = self._bar.add_task("", total=None, left="")
            self._bar.start()

    def _anew(self, done: int, total: int) -> None:
        self._first, self._done, self._total = done, done, total
        self._since = self._said = time.monotonic()
        self._tenth = -1

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report that ``done`` of ``total`` steps are carried out; a Ctrl-C that got lost stops here."""
        interrupts.stop_if_asked()
        if total != self._total or done < self._done:
            self._anew(done, total)
        self._done = done
        left = "" if says_time_left(text) else self._left()
        line = "  ".join(filter(None, (f"{done}/{total} {text}".rstrip(), left)))
        self.lines.append(f"{time.monotonic() - self._begin:9.2f} s  {line}")
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=text, left=left)
        elif not self._quiet:
            tenth, now = 10 * done // max(total, 1), time.monotonic()
            if tenth > self._tenth or now - self._said >= SAY_SECONDS:
                self._tenth, self._said = tenth, now
                whisper(line)

    def _left(self) -> str:
        """Return the time left in words, at the pace so far; nothing before the pace is known."""
        passed, made = time.monotonic() - self._since, self._done - self._first
        if made <= 0 or passed < SURE_SECONDS or self._done >= self._total:
            return ""
        return time_left(passed / made * (self._total - self._done), language())

    def note(self, text: str) -> None:
        """Say a sentence, in the log too."""
        self.lines.append(f"{time.monotonic() - self._begin:9.2f} s  {text}")
        if self._bar is not None:
            self._bar.console.print(text, markup=False)
        elif not self._quiet:
            whisper(text)

    def stop(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()


def is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal that can redraw a line."""
    try:
        return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False


def says_time_left(text: str) -> bool:
    """Return whether a word of progress tells the time left itself."""
    frames = [worded(f"driver.left.{unit}", lang, number="\0").split("\0") for unit in ("s", "min", "h", "days") for lang in LANGUAGES]
    return any(head in text and tail in text for head, tail in frames)


def whisper(text: str) -> None:
    """Write a line to standard error."""
    # Progress must never end a run: standard error may be closed or gone.
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


@contextlib.contextmanager
def what_is_outdated(lang: str) -> Iterator[None]:
    """Say once on standard error what was given by an old name or in an old format; other warnings go their way."""
    said: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        if not isinstance(message, deprecations.Outdated):
            usual(message, category, *place, **more)
        elif (text := message.told.message(lang)) not in said:
            said.add(text)
            whisper(f"edusim: {text}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", deprecations.Outdated)
        usual, warnings.showwarning = warnings.showwarning, show
        yield


def _plain(value: Any) -> Any:
    # JSON knows neither NumPy's numbers nor NaN.
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and value - value != 0.0:
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output; NaN becomes null."""
    sys.stdout.write(json.dumps(_plain(content), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def check_folder(folder: Path, force: bool) -> None:
    """Refuse a folder that a result cannot be written to, before any work is done.

    Parameters
    ----------
    folder
        Where the result will be; need not exist yet.
    force
        Whether a result that is there already may be replaced.

    Raises
    ------
    RunError
        ``RUN-EXISTS`` or ``RUN-FOLDER``.
    """
    if os.path.lexists(folder):
        is_result = folder.is_dir() and ((folder / "manifest.json").exists() or not any(folder.iterdir()))
        if not is_result:
            raise RunError(
                "RUN-EXISTS", "此处已有别的文件或文件夹", "something else is there already", where=str(folder),
                mend_zh="请换一个 --out", mend_en="choose another --out",
            )  # fmt: skip
        if not force and any(folder.iterdir()):
            raise RunError(
                "RUN-EXISTS", "此处已有一份结果", "a result is there already", where=str(folder),
                mend_zh="请换一个 --out，或加 --force 替换", mend_en="choose another --out, or add --force to replace it",
            )  # fmt: skip
    from edusim.folders import probe

    try:
        probe(folder.absolute().parent)
    except OSError as problem:
        raise failure(problem, folder) from None


def failure(problem: BaseException, where: os.PathLike[str] | str = "") -> EdusimError:
    """Return a fault of the machine (disk, memory, folder) as an error that a user can act on."""
    if isinstance(problem, MemoryError):
        return RunError(
            "RUN-MEMORY", "内存不足", "not enough memory",
            mend_zh="请减少 -j 或县的规模", mend_en="use fewer workers (-j) or a smaller county",
        )  # fmt: skip
    if isinstance(problem, OSError):
        place = str(where or problem.filename or "")
        full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if problem.errno in full or "No space left" in str(problem):
            return RunError(
                "RUN-DISK-FULL", "磁盘已满，没有写出结果", "the disk is full; no result was written", where=place,
                mend_zh="请腾出空间或换一个 --out", mend_en="make room or choose another --out",
            )  # fmt: skip
        reason = problem.strerror or type(problem).__name__
        return RunError(
            "RUN-FOLDER", f"无法写入或读取（{reason}）", f"cannot be written or read ({reason})", where=place,
            mend_zh="请换一个可写的文件夹", mend_en="choose a folder that can be written",
        )  # fmt: skip
    name = f"{type(problem).__name__}: {problem}".splitlines()[0][:200]
    return RunError(
        "BUG-UNEXPECTED", f"程序内部错误（{name}）", f"a fault of edusim itself ({name})",
        mend_zh="请设 EDUSIM_DEBUG=1 重跑，并报告所示内容", mend_en="run again with EDUSIM_DEBUG=1 and report what it shows",
    )  # fmt: skip


def save(result: Any, folder: Path, progress: Progress, lang: str | None = None) -> None:
    """Write a result whole or not at all; one that is replaced stays until the new one stands."""
    aside = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    replaces = folder.exists()
    progress.note(worded("output.writing", language(lang)))
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    if replaces:
        folder.rename(aside)
    try:
        result.save(folder, lang)
    except BaseException:
        if replaces and not folder.exists():
            aside.rename(folder)
        raise
    if replaces:
        shutil.rmtree(aside, ignore_errors=True)
    try:
        with open(folder / "log.txt", "a", encoding="utf-8") as log:
            log.write("\n".join(progress.lines) + "\n")
    except OSError:  # the result stands; the log is a convenience
        progress.note(worded("output.no_log", language(lang)))


def next_steps(lines: Sequence[str], lang: str) -> str:
    """Return command lines as what comes next."""
    return worded("output.next", lang) + "\n" + "".join(f"  edusim {line}\n" for line in lines)
