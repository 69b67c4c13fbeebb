"""Ctrl-C that cannot get lost.

Python turns Ctrl-C into an exception wherever the program happens to be. Where that is a callback of a library written
in C (LLVM handing over a compiled loop), a destructor or somebody's ``except BaseException``, the exception ends there
and the program goes on as if nobody had asked it to stop. :func:`minded` therefore notes the signal and raises
``KeyboardInterrupt`` again, every :data:`AGAIN` seconds, until it is answered; never while it is on its way, so that
what is to be tidied up is tidied up. Where there is no timer (Windows) it is raised again by the next report of progress.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

#: Seconds after which an interrupt that got lost is raised again.
AGAIN = 0.5

_TIMER = hasattr(signal, "setitimer")
_is_asked = False


def asked() -> bool:
    """Tell whether Ctrl-C was pressed and has not been answered yet."""
    return _is_asked


def answered() -> None:
    """Take note that the reader has been told: the interrupt is not raised again."""
    global _is_asked
    _is_asked = False
    if _TIMER and threading.current_thread() is threading.main_thread():
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def stop_if_asked() -> None:
    """Raise an interrupt again that got lost; called wherever progress is reported.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C was pressed, nobody has answered it, and it is not on its way up.
    """
    if _is_asked and threading.current_thread() is threading.main_thread() and not caused_by_interrupt(sys.exc_info()[1]):
        raise KeyboardInterrupt


def caused_by_interrupt(problem: BaseException | None) -> bool:
    """Tell whether an exception is an interrupt, or one that came up while an interrupt was on its way."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        if isinstance(problem, KeyboardInterrupt):
            return True
        seen.add(id(problem))
        problem = problem.__cause__ or problem.__context__
    return False


def _note(_number: int, _frame: FrameType | None) -> None:
    global _is_asked
    _is_asked = True
    if _TIMER:
        signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
    raise KeyboardInterrupt


def _remind(_number: int, _frame: FrameType | None) -> None:
    # A handler sees what the code it breaks into is handling: a `finally` or `__exit__` at work on the interrupt is left in peace.
    stop_if_asked()


@contextlib.contextmanager
def minded(*, last: bool = False) -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` on Ctrl-C until it is answered, in the main thread; leave a caller's own handler alone.

    Parameters
    ----------
    last
        Whether the process ends afterwards: Ctrl-C that was set to be ignored for the farewell stays ignored.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    before: dict[int, Any] = {}
    answered()
    try:
        if _TIMER:
            before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _remind)
        before[signal.SIGINT] = signal.signal(signal.SIGINT, _note)
        yield
    finally:
        answered()
        for number, handler in before.items():
            if not last or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold Ctrl-C back while workers are started, and let it through afterwards.

    The workers never see one: they are born with the signal blocked, and would else each print a traceback while they load.
    """
    seen: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    # Blocked for the sake of what is born here; a numerical library's thread may still be handed the signal.
    handler = signal.signal(signal.SIGINT, lambda number, _: seen.append(number)) if is_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if is_main:
            signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
            if seen:
                signal.raise_signal(signal.SIGINT)
