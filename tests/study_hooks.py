"""What tests let a worker do before a run: named in a job as ``study_hooks:NAME``, importable in every worker."""

import os
import signal
import time

from edusim.errors import RunError


def _is(task, name):
    return task.key in os.environ.get(name, "").split(",")


def kill(task):
    """End the worker process as the kernel does, for the keys in STUDY_KILL."""
    if _is(task, "STUDY_KILL"):
        os.kill(os.getpid(), signal.SIGKILL)


def leave(task):
    """End the worker process without a word, for the keys in STUDY_KILL."""
    if _is(task, "STUDY_KILL"):
        os._exit(7)


def kill_in_company(task):
    """End the worker process for the keys in STUDY_KILL, once each: alone, later, they are fine."""
    mark = os.path.join(os.environ["STUDY_MARKS"], task.key)
    if _is(task, "STUDY_KILL") and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)


def kill_always(task):
    """End every worker process, whatever it runs."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(task):
    """Let the keys in STUDY_FAIL fail as a fault of the program does."""
    if _is(task, "STUDY_FAIL"):
        raise ZeroDivisionError("a fault for a test")
    if _is(task, "STUDY_REFUSE"):
        raise RunError("RUN-TEST", "试", "a refusal for a test")


def slowly(task):
    """Let every run take a while longer."""
    time.sleep(0.05)
