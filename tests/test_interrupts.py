"""Ctrl-C is never lost, wherever it falls, and never breaks into what an earlier one left to tidy up."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edusim import cli, cli_output, interrupts


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(interrupts, "AGAIN", 0.05)
    # What is raised in a destructor or a callback is told there; pytest would make a fault of it.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def swallowed() -> None:
    try:
        press()
    except BaseException:
        pass


def in_a_destructor() -> None:
    class Thing:
        def __del__(self) -> None:
            press()

    Thing()
    gc.collect()


def in_a_callback() -> None:
    # As LLVM hands over a compiled loop.
    ctypes.CFUNCTYPE(None)(press)()


def swallowed_then_stumbled() -> None:
    swallowed()
    raise RuntimeError("no compiled object yet")


def made_a_system_error() -> None:
    try:
        press()
    except KeyboardInterrupt as problem:
        raise SystemError("returned a result with an exception set") from problem


def on_its_way() -> None:
    press()


WAYS = [swallowed, in_a_destructor, in_a_callback, swallowed_then_stumbled, made_a_system_error, on_its_way]


def act(monkeypatch: pytest.MonkeyPatch, way: Callable[[], None]) -> list[str]:
    """Put a verb in the place of ``doctor`` that is interrupted and would then go on for five seconds."""
    reached: list[str] = []

    def verb(*_: Any) -> int:
        way()
        end = time.monotonic() + 5.0
        while time.monotonic() < end:
            time.sleep(0.01)
        reached.append("the end")
        return 0

    monkeypatch.setitem(cli._ACTIONS, "doctor", verb)
    return reached


@pytest.mark.parametrize("way", WAYS, ids=[w.__name__ for w in WAYS])
def test_it_is_answered_wherever_it_falls(way: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reached = act(monkeypatch, way)
    assert cli.main(["doctor", "--lang", "en"]) == cli.INTERRUPTED
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "edusim: interrupted; no result was written [INTERRUPTED]\n")
    assert not reached
    assert not interrupts.asked()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_without_a_timer_the_next_report_of_progress_raises_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(interrupts, "_TIMER", False)
    progress = cli_output.Progress(quiet=False)
    steps: list[int] = []

    def verb(*_: Any) -> int:
        swallowed()
        for done in range(3):
            progress(done, 3)
            steps.append(done)
        return 0

    monkeypatch.setitem(cli._ACTIONS, "doctor", verb)
    assert cli.main(["doctor", "--lang", "zh"]) == cli.INTERRUPTED
    assert not steps
    assert capsys.readouterr().err == "edusim: 已中断，没有写出结果 [INTERRUPTED]\n"


def test_tidying_up_is_left_in_peace() -> None:
    tidied = []
    with interrupts.minded():
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012
            try:
                press()
            finally:
                time.sleep(0.2)  # several reminders fall in here
                interrupts.stop_if_asked()
                tidied.append("whole")
        with pytest.raises(KeyboardInterrupt):  # and nobody has answered
            time.sleep(1.0)
        interrupts.answered()
        time.sleep(0.1)
    assert tidied == ["whole"]


def test_an_answer_by_the_verb_itself_is_the_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def verb(*_: Any) -> int:
        try:
            press()
        except KeyboardInterrupt:
            interrupts.answered()
        time.sleep(0.15)
        return 7

    monkeypatch.setitem(cli._ACTIONS, "doctor", verb)
    assert cli.main(["doctor"]) == 7
    assert capsys.readouterr().err == ""


def test_handlers_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    alarm = signal.getsignal(signal.SIGALRM)
    for way in (on_its_way, lambda: os.kill(os.getpid(), 0)):
        monkeypatch.setitem(cli._ACTIONS, "doctor", lambda *_, way=way: way() or 0)
        cli.main(["doctor"])
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGALRM) is alarm


@pytest.mark.parametrize("own", [signal.SIG_IGN, lambda *_: None], ids=["ignored", "own"])
def test_a_callers_own_handler_stays(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is started with nohup or in the background is told to take no notice of Ctrl-C.
    signal.signal(signal.SIGINT, own)
    seen: list[Any] = []
    monkeypatch.setitem(cli._ACTIONS, "doctor", lambda *_: seen.append(signal.getsignal(signal.SIGINT)) or press() or 0)
    assert cli.main(["doctor"]) == 0
    assert seen == [own]


def test_another_thread_may_call() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(cli.main(["--version"])))
    thread.start()
    thread.join()
    assert found == [0]


def test_while_workers_are_started_it_waits_and_they_never_see_it() -> None:
    told = "import signal, sys; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    begun = ""
    with interrupts.minded():
        with pytest.raises(KeyboardInterrupt), interrupts.held():  # noqa: PT012
            press()
            begun = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout
        assert interrupts.asked()
    assert begun == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
