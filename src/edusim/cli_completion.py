"""``edusim completion``: a script by which bash, zsh or fish complete commands, options and their values.

The script is made from the parsers themselves (:func:`parsers`) by shtab; the lists in it (policies, scenarios, parameters)
are those of this installation. Only what shtab cannot say is written here: lists with commas, ``-S PATH=``, and how bash cuts
words at an equals sign.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from edusim import cli_help
from edusim.cli_options import VERBS, Parser, common_options, new_parser, one_of, parse, usage, verb_parser
from edusim.cli_output import print_json
from edusim.language import text as worded

SHELLS = ("bash", "zsh", "fish")
#: What a value is, by the ``dest`` of its option or argument: a list of :func:`words` (one word), a list with commas (``,``), or
#: files. A verb may say it of its own: ``VERB.dest``.
VALUES: dict[str, str] = {
    "lang": "lang", "scenario": "scenario", "policy": "policy", "policies": "policy,", "baseline": "policy", "settings": "setting", "mode": "policy",
    "roster": "file", "file": "file", "mapping": "mapping", "out": "folder", "folder": "folder", "place": "yaml", "attach": "folder",
    "document": "document", "kind": "schema", "shell": "shell", "to": "format,", "charts": "chart,", "only": "check,", "design": "design",
    "words": "page", "study query.out": "file", "check.out": "file", "key": "file", "explore.out": "file", "explore.place": "scenario", "names": "notebook",
}  # fmt: skip
#: Values that nobody can list: numbers, ids, names that only a finished folder knows, free text.
FREE = (
    "draw", "draws", "threads", "workers", "years", "year", "seed", "teacher", "group", "school", "counties", "ends", "sample", "rows", "shard",
    "shards", "sql", "outcome", "x", "y", "at", "port",
)  # fmt: skip
#: The verbs of ``edusim study`` that change values of a study file, where -S takes other paths.
_OTHER_SETTINGS = ("study", "discover", "sensitivity", "optimise", "calibrate")


def parsers(lang: str) -> dict[str, Parser]:
    """Return the parser of every verb (``run``, ``study plan``, ...), in the order of the help.

    Raises
    ------
    AttributeError
        When a verb's file ``cli_NAME.py`` has no ``_parser(lang)`` (a mistake of ours).
    """
    from edusim import cli_study_options

    found: dict[str, Parser] = {}
    for verb in VERBS:
        if verb == "study":
            found |= {f"study {name}": cli_study_options._parser(name, lang) for name in cli_study_options.VERBS}
        elif (own := verb_parser(verb, lang)) is not None:
            found[verb] = own
        else:
            found[verb] = import_module(f"edusim.cli_{verb}")._parser(lang)
    return found


def words() -> dict[str, list[str]]:
    """Return the lists of this installation: policies, scenarios, parameters and what else options take."""
    from edusim import policies, scenario
    from edusim.cli_policies import PAGES, SCHEMAS
    from edusim.declarations import configs, law_in_force
    from edusim.notebook import building
    from edusim.parameters import shipped
    from edusim.report.document.formats import FORMATS
    from edusim.reporting import CHART_FORMATS
    from edusim.validate.patterns import KEYS

    named = list(policies.policy_names())
    return {
        "lang": ["zh", "en"], "scenario": list(scenario.shipped()), "policy": named, "setting": sorted(shipped()),
        "mapping": sorted(p.stem for p in (configs() / "rosters").glob("*.yaml")), "document": sorted(law_in_force().documents),
        "schema": list(SCHEMAS), "shell": list(SHELLS), "format": list(FORMATS), "chart": list(CHART_FORMATS), "check": list(KEYS),
        "design": ["feasible", "identical"], "notebook": list(building.named()), "page": [*PAGES, *named],
    }  # fmt: skip


def kind_of(name: str, action: argparse.Action) -> str:
    """Return what the value of an option is: a list of :func:`words`, ``choice``, ``file``, ``folder``, ``yaml``, ``free``; '' when unknown."""
    if getattr(action.type, "valid", None):
        return "choice"
    if action.dest == "settings" and name.split()[0] in _OTHER_SETTINGS:
        return "free"
    found = VALUES.get(f"{name}.{action.dest}") or VALUES.get(action.dest, "")
    return found or ("free" if action.dest in FREE else "")


def takes_value(action: argparse.Action) -> bool:
    """Return whether an option or argument is followed by a value."""
    return action.nargs != 0 and not isinstance(action, argparse._SubParsersAction)


# ---- the pieces that shtab does not know --------------------------------------------------------------


def _complete(kind: str, lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return shtab's ``complete`` of a kind of value: a function a shell, and its text."""
    bare, many = kind.rstrip(","), kind.endswith(",")
    name = f"_edusim_{bare}{'_list' if many else ''}"
    plain = " ".join(lists[bare])
    if bare == "setting":
        bash = f'{name}() {{ case "$1" in *=*) ;; *) compgen -S = -W "{plain}" -- "$1";; esac; }}'
        zsh = f"{name}() {{ compadd -S '=' -- {plain} }}"
        fish = f"function {name}; printf '%s=\\n' {plain}; end"
    elif many:
        bash = (
            f'{name}() {{ local head=""; case "$1" in *,*) head="${{1%,*}},";; esac; '
            f'compgen -P "$head" -W "{plain}" -- "${{1##*,}}"; }}'
        )  # fmt: skip
        zsh = f"{name}() {{ compset -P '*,'; compadd -S ',' -q -- {plain} }}"
        fish = (
            f"function {name}; set -l typed (commandline -ct); set -l head (string match -r '.*,' -- $typed); "
            f"for w in {plain}; printf '%s%s\\n' \"$head\" $w; end; end"
        )  # fmt: skip
    else:
        also = ("true", "", "true")
        if bare == "scenario":  # a shipped name, or a file of one's own
            also = ('_edusim_yaml_file "$1"', "_edusim_yaml_file", "__fish_complete_path (commandline -ct)")
        bash = f'{name}() {{ compgen -W "{plain}" -- "$1"; {also[0]}; }}'
        zsh = f"{name}() {{ compadd -- {plain}; {also[1]} }}"
        fish = f"function {name}; printf '%s\\n' {plain}; {also[2]}; end"
    return {"bash": name, "zsh": name, "fish": f"({name})", "preamble": {"bash": bash, "zsh": zsh, "fish": fish}}


_YAML = {
    "bash": "_edusim_yaml_file",
    "zsh": "_edusim_yaml_file",
    "fish": "(__fish_complete_path (commandline -ct))",
    "preamble": {
        "bash": '_edusim_yaml_file() { compgen -d -- "$1"; compgen -f -X "!*.y*ml" -- "$1"; }',
        "zsh": '_edusim_yaml_file() { _files -g "*.(yaml|yml)" }',
    },
}
#: bash cuts words at "="; shtab then loses its place. This hands it whole words, ``--opt value`` for ``--opt=value``, and adds no
#: blank behind "PATH=" and "A,".
_BASH_WORDS = """
_edusim_whole_words() {
  local -a whole=() ; local i word glue=0 at=0
  for (( i = 0; i <= COMP_CWORD; i++ )); do
    word="${COMP_WORDS[i]}"
    if [[ "$word" == "=" && $i -gt 0 ]]; then
      if [[ "${whole[${#whole[@]}-1]}" == --* ]]; then glue=2; else whole[${#whole[@]}-1]+="="; glue=1; fi
      (( i == COMP_CWORD && glue == 2 )) && whole+=("")
    elif (( glue == 1 )); then whole[${#whole[@]}-1]+="$word"; glue=0
    else whole+=("$word"); glue=0
    fi
  done
  COMP_WORDS=("${whole[@]}"); COMP_CWORD=$(( ${#whole[@]} - 1 ))
  _shtab_edusim "$@"
  local one
  for one in "${COMPREPLY[@]}"; do
    [[ "$one" == *= || "$one" == *, ]] && { compopt -o nospace 2>/dev/null || :; break; }
  done
  return 0
}
complete -o bashdefault -F _edusim_whole_words edusim
"""


def script(shell: str, lang: str = "en") -> str:
    """Return the script for a shell.

    Parameters
    ----------
    shell
        One of :data:`SHELLS`.
    lang
        Language of the descriptions that zsh and fish show.
    """
    import shtab

    lists, every = words(), parsers(lang)
    for name, parser in every.items():
        for action in parser._actions:
            if takes_value(action):
                _describe(name, action, lists)

    def known(prog: str, **_: Any) -> argparse.ArgumentParser:
        return made[prog.removeprefix("edusim ")]

    made: dict[str, argparse.ArgumentParser] = dict(every)
    known_class: Any = known  # argparse takes anything that makes a parser
    root = argparse.ArgumentParser(prog="edusim", add_help=False, description="edusim")
    root.add_argument("--lang", choices=("zh", "en"), help=worded("options.language", lang))
    root.add_argument("--version", action="store_true", help=worded("options.version", lang))
    root.add_argument("-h", "--help", action="store_true", help=worded("options.help", lang).split("：")[0].split(";")[0])
    verbs = root.add_subparsers(parser_class=known_class, prog="edusim")
    side = 0 if lang == "zh" else 1
    for verb, does in VERBS.items():
        if verb != "study":
            verbs.add_parser(verb, help=does[side])
            continue
        below = argparse.ArgumentParser(prog="edusim study", add_help=False, description=does[side])
        inner = below.add_subparsers(parser_class=known_class, prog="edusim study")
        for name in every:
            if name.startswith("study "):
                inner.add_parser(name.removeprefix("study "), help=(every[name].description or "").partition("\n")[0])
        made["study"] = below
        verbs.add_parser("study", help=does[side])
    text = str(shtab.complete(root, shell=shell))
    if shell == "zsh":  # an argument that may come several times, not once at most
        text = text.replace('"(*)::', '"*:')
    return text + (_BASH_WORDS if shell == "bash" else "")


def _describe(name: str, action: argparse.Action, lists: Mapping[str, Sequence[str]]) -> None:
    """Tell shtab what the value of an option is."""
    import shtab

    kind = kind_of(name, action)
    valid = getattr(action.type, "valid", None)
    if valid:
        action.choices = valid
    elif kind == "yaml":
        action.complete = _YAML  # type: ignore[attr-defined]
    elif kind in ("file", "folder"):
        action.complete = shtab.FILE if kind == "file" else shtab.DIRECTORY  # type: ignore[attr-defined]
    elif kind.rstrip(",") in lists:
        action.complete = _complete(kind, lists)  # type: ignore[attr-defined]


# ---- the verb ----------------------------------------------------------------------------------------


def _parser(lang: str) -> Parser:
    parser, positionals, options, say = new_parser("completion", VERBS["completion"], lang)
    positionals.add_argument("shell", nargs="?", metavar="SHELL", type=one_of("SHELL", SHELLS), help=say("bash、zsh 或 fish", "bash, zsh or fish"))
    common_options(options.add_argument, say)
    return parser


def completion(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim completion ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "completion", arguments)
    if options.shell is None:
        zh, en = cli_help.first_example("completion")
        usage("CLI-OPTION", f"请给出终端的名称：{', '.join(SHELLS)}", f"name the shell: {', '.join(SHELLS)}", (zh, en))
    made = script(options.shell, lang)
    if options.json:
        print_json({"ok": True, "shell": options.shell, "script": made})
    else:
        sys.stdout.write(made)
    return 0


__all__ = ["SHELLS", "completion", "kind_of", "parsers", "script", "words"]
