"""Completion, tried in real shells: keys are typed into bash and zsh, and fish is asked; what then stands there is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edusim import cli, cli_completion, cli_options
from edusim.errors import EdusimError

#: What is typed, and what Tab makes of it.
TYPED = [
    ("edusim calib", "edusim calibrate "),
    ("edusim study st", "edusim study status "),
    ("edusim report --wi", "edusim report --with "),
    ("edusim compare --policies status_quo,fus", "edusim compare --policies status_quo,fusion"),
    ("edusim run --policy co", "edusim run --policy co"),  # several: nothing is chosen for the reader
    ("edusim compare --baseline gang", "edusim compare --baseline gangkou "),
    ("edusim run -S rotation.sha", "edusim run -S rotation.share="),
    ("edusim compare -S rotation.share=0.1 sm", "edusim compare -S rotation.share=0.1 small "),
    ("edusim schema cal", "edusim schema calibrate "),
    ("edusim run --records al", "edusim run --records all "),
    ("edusim policies show nin", "edusim policies show ninghe "),
    ("edusim run min", "edusim run mine.yaml "),
    ("edusim study plan min", "edusim study plan mine.yaml "),
    ("edusim report o", "edusim report out/"),
    ("edusim doctor --lang z", "edusim doctor --lang zh "),
]
#: Seconds that a shell on a busy machine may take over one key.
PATIENCE = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("completion")
    (place / "out" / "demo").mkdir(parents=True)
    (place / "mine.yaml").write_text("kind: scenario\n")
    for shell in cli_completion.SHELLS:
        (place / f".edusim.{shell}").write_text(cli_completion.script(shell, "en"), encoding="utf-8")
    return place


class Shell:
    """An interactive shell in a terminal of its own."""

    def __init__(self, words: list[str], folder: Path, prepare: list[str]) -> None:
        self.child, self.fd = pty.fork()
        if self.child == 0:  # pragma: no cover
            os.chdir(folder)
            os.environ |= {"PS1": "> ", "PROMPT": "> ", "TERM": "dumb", "INPUTRC": os.devnull, "HOME": str(folder), "ZDOTDIR": str(folder)}
            os.execvp(words[0], words)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        for line in prepare:
            self.write(line + "\n")
        self.write("echo read''y\n")
        self.until("ready")

    def write(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def read(self, seconds: float) -> str:
        got, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    got += os.read(self.fd, 65536)
                except OSError:
                    break
        return got.decode("utf-8", "replace")

    def until(self, wanted: str, patience: float = PATIENCE) -> str:
        """Read until ``wanted`` stands there, or patience ends."""
        got, end = "", time.monotonic() + patience
        while wanted not in got and time.monotonic() < end:
            got += self.read(0.1)
        return got

    def tab(self, typed: str, wanted: str) -> str:
        """Type a line and Tab, and return what stands on the line then; the line is wiped out again."""
        self.write(typed + "\t")
        patient = PATIENCE if wanted != typed else 1.0
        got = self.until(wanted if wanted != typed else "\a", patient)
        got += self.read(0.05)
        self.write("\x15")
        self.read(0.1)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07", "", got).replace("\r", "")

    def end(self) -> None:
        """End the shell, which is our own child."""
        os.close(self.fd)
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)


@pytest.fixture(scope="module")
def bash(folder: Path) -> Iterator[Shell]:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    shell = Shell(["bash", "--norc", "--noprofile", "-i"], folder, ["source .edusim.bash"])
    yield shell
    shell.end()


@pytest.fixture(scope="module")
def zsh(folder: Path) -> Iterator[Shell]:
    if shutil.which("zsh") is None:
        pytest.skip("there is no zsh")
    shell = Shell(["zsh", "-f", "-i"], folder, ["autoload -U compinit; compinit -u -D", 'eval "$(cat .edusim.zsh)"'])
    yield shell
    shell.end()


@pytest.mark.parametrize(("typed", "wanted"), TYPED, ids=[typed for typed, _ in TYPED])
def test_bash_completes(typed: str, wanted: str, bash: Shell) -> None:
    assert wanted in bash.tab(typed, wanted)


def test_bash_completes_behind_an_equals_sign(bash: Shell) -> None:
    assert "--policies=fusion " in bash.tab("edusim compare --policies=fus", "--policies=fusion ")
    assert "--lang=zh " in bash.tab("edusim doctor --lang=z", "--lang=zh ")


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "wanted"), TYPED, ids=[typed for typed, _ in TYPED])
def test_zsh_completes(typed: str, wanted: str, zsh: Shell) -> None:
    assert wanted in zsh.tab(typed, wanted)


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "wanted"), TYPED, ids=[typed for typed, _ in TYPED])
def test_fish_completes(typed: str, wanted: str, folder: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("there is no fish")
    asked = f'source .edusim.fish; complete -C "{typed}"'
    done = subprocess.run(["fish", "-N", "-c", asked], cwd=folder, capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "HOME": str(folder)})  # fmt: skip
    assert wanted.rpartition(" ")[2] in done.stdout or wanted.split()[-1] in done.stdout, done


@pytest.mark.parametrize("shell", cli_completion.SHELLS)
def test_a_script_holds_every_verb_and_is_read_by_its_shell(shell: str, folder: Path) -> None:
    text = (folder / f".edusim.{shell}").read_text(encoding="utf-8")
    for verb in cli_options.VERBS:
        assert re.search(rf"\b{verb}\b", text)
    if shutil.which(shell):
        subprocess.run([shell, "-n", f".edusim.{shell}"], cwd=folder, check=True, timeout=60)


def test_the_verb_prints_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "bash", "--lang", "en"]) == 0
    assert capsys.readouterr().out == cli_completion.script("bash", "en")
    assert cli.main(["completion", "bsh", "--lang", "en"]) == 2
    assert "did you mean bash?" in capsys.readouterr().err
    assert cli.main(["completion", "zsh", "--lang", "zh", "--json"]) == 0
    assert "用成对抽样" in capsys.readouterr().out
    with pytest.raises(EdusimError, match="name the shell"):
        cli_completion.completion([], "en")
