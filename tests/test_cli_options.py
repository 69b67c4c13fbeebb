"""One option, one meaning: -n, -j, -S, -q, --json, --lang and --out are spelt, stored and explained alike by every verb that has them."""

from __future__ import annotations

import argparse
from functools import cache

import pytest

from edusim import cli, cli_completion, cli_options, cli_study_options
from edusim.cli_help import LESSONS

VERBS = [*(verb for verb in cli_options.VERBS if verb != "study"), *(f"study {name}" for name in cli_study_options.VERBS)]

#: Option -> its spellings, where its value is stored, and whether a value follows.
SPELLING: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "-n": (("-n", "--dry-run"), "dry_run", False), "-j": (("-j", "--workers"), "workers", True), "-S": (("-S",), "settings", True),
    "-q": (("-q", "--quiet"), "quiet", False), "--lang": (("--lang",), "lang", True), "--json": (("--json",), "json", False),
    "-h": (("-h", "--help"), "help", False), "--out": (("--out",), "out", True), "--force": (("--force",), "force", False),
    "--seed": (("--seed",), "seed", True), "--fresh": (("--fresh",), "fresh", False),
}  # fmt: skip
#: What a verb must take, by the ``work`` of its lesson.
MUST = {"runs": ("-n", "-j", "-S", "-q"), "writes": ("-n",), "reads": ()}
EVERY = ("--lang", "--json", "-h")
#: (verb, option) -> why it does not take it.
NOT: dict[tuple[str, str], str] = {
    ("report", "-S"): "what is finished has its settings; --ends is the one question that runs anew",
    ("study submit", "-j"): "a cluster gives the processes: --shards",
    ("study submit", "-q"): "it hands over a job and shows no progress",
}
#: (verb, option) -> why it is spelt or stored in another way.
OTHER = {
    ("run", "-j"): "one run has threads, no processes: -j, --threads and --workers are the same there",
}


@cache
def parsers(lang: str = "en") -> dict[str, cli_options.Parser]:
    return cli_completion.parsers(lang)


def actions(name: str) -> dict[str, argparse.Action]:
    return {spelling: action for action in parsers()[name]._actions for spelling in action.option_strings}


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_takes_what_its_work_asks_for(name: str) -> None:
    assert name in LESSONS, f"edusim {name}: add a row to LESSONS in src/edusim/cli_help.py"
    have = actions(name)
    for option in (*EVERY, *MUST[LESSONS[name].work]):
        if (name, option) in NOT:
            assert option not in have, f"edusim {name} takes {option} now: take it out of NOT"
            continue
        spelt = ", ".join(map(repr, SPELLING[option][0]))
        call = "cli_options.common_options(add, say)" if option in EVERY else f"add({spelt}, dest={SPELLING[option][1]!r}, ...)"
        assert option in have, f"edusim {name} ({LESSONS[name].work}) must take {option}: add {call} to its parser, or say in NOT why it cannot"


@pytest.mark.parametrize("name", VERBS)
def test_an_option_means_the_same_everywhere(name: str) -> None:
    for spelling, action in actions(name).items():
        if spelling not in SPELLING or (name, spelling) in OTHER:
            continue
        spellings, dest, has_value = SPELLING[spelling]
        where = f"edusim {name} {spelling}"
        assert tuple(action.option_strings) == spellings, f"{where} is spelt {' '.join(action.option_strings)}; everywhere else {' '.join(spellings)}"
        assert action.dest == dest, f"{where} is stored as {action.dest}; everywhere else as {dest}"
        assert (action.nargs != 0) == has_value, f"{where} takes a value here and none elsewhere, or the other way round"
        if spelling == "-S":
            assert isinstance(action, argparse._AppendAction) and action.metavar == "KEY=VALUE", where
        if spelling == "-j":
            assert action.metavar == "N", where
    # no other word for the same thing
    for wrong, right in (("--jobs", "-j"), ("--set", "-S"), ("--plan", "-n"), ("--silent", "-q"), ("--output", "--out"), ("--overwrite", "--force")):
        assert wrong not in actions(name), f"edusim {name}: {wrong} is {right} everywhere else"


@pytest.mark.parametrize("name", VERBS)
def test_every_option_has_its_help_in_both_languages(name: str) -> None:
    for lang in ("zh", "en"):
        for action in parsers(lang)[name]._actions:
            shown = action.option_strings or action.dest
            assert action.help, f"edusim {name} {shown}: no help"
            if lang == "zh" and action.dest not in ("charts",):
                assert any("\u4e00" <= sign <= "\u9fff" for sign in action.help), f"edusim {name} {shown}: the Chinese help is not Chinese: {action.help}"


@pytest.mark.parametrize("name", VERBS)
def test_completion_knows_what_follows_every_option(name: str) -> None:
    lists = cli_completion.words()
    for action in parsers()[name]._actions:
        if not cli_completion.takes_value(action):
            continue
        kind = cli_completion.kind_of(name, action)
        what = "/".join(action.option_strings) or action.dest
        assert kind, (
            f"edusim {name} {what}: say in VALUES of src/edusim/cli_completion.py what its value is (one of {', '.join(sorted(lists))}, file, folder, yaml), "
            f"or add {action.dest!r} to FREE when nobody can list it"
        )  # fmt: skip
        assert kind in ("choice", "free", "file", "folder", "yaml") or kind.rstrip(",") in lists, f"edusim {name} {what}: {kind} is no list of words()"


@pytest.mark.parametrize("name", VERBS)
def test_a_slip_is_told_with_the_nearest_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, right in (("--jsn", "--json"), ("--hepl", "--help"), ("--dryrun", "--dry-run"), ("--wrokers", "--workers"), ("--quite", "--quiet")):
        if right in actions(name):
            assert cli.main([*name.split(), wrong, "--lang", "en"]) == 2
            assert f"did you mean {right}?" in capsys.readouterr().err, f"edusim {name} {wrong}"
