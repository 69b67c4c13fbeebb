"""The words of the command line: which options each verb takes, read strictly, in two languages."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from edusim import cli_help
from edusim.declarations import DATE_MODES
from edusim.errors import ConfigError, did_you_mean, language, near_path
from edusim.language import text as worded

MAX_DRAWS = 100_000
MAX_WORKERS = 1_024
MAX_SEED = 2**63 - 1
MAX_YEARS = 60
#: Verb -> what it does, (Chinese, English).
VERBS: dict[str, tuple[str, str]] = {
    "run": ("按一项政策逐年推演一个县", "simulate a county under one policy"),
    "compare": ("用成对抽样公平比较几项政策", "compare policies fairly, with paired draws"),
    "check": ("检查花名册（Excel/CSV）、情景或政策文件（YAML）", "check a roster (Excel/CSV), a scenario or a policy file (YAML)"),
    "template": ("写出空白花名册模板（Excel）", "write an empty roster template (Excel)"),
    "policies": ("列出、细看、对照各政策，查条款登记册", "list, show and compare policies; the register of clauses"),
    "init": ("写出一个研究文件夹，可由此写自己的政策", "write a study folder to start your own policy from"),
    "study": ("规划、运行、续跑、查询一项研究（成千上万次推演）", "plan, run, resume and query a study of many runs"),
    "discover": ("什么必须成立，一种模式才会胜出：多种未来的推演与分析", "what must hold for a mode to win: many futures, run and analysed"),
    "sensitivity": ("什么左右结果：各因素、交互与偶然各占多少", "what outcomes depend on: inputs, interactions and luck, with intervals"),
    "optimise": ("预算和官方界限之内，哪些方案最好：逐代搜索，新抽样复评",
                 "the best plans under a budget and official limits: searched, scored on fresh draws"),
    "explore": ("先推演好各种组合，写成一个可拖动滑块的网页（双击打开，不用联网）",
                "a what-if page: settings run beforehand, levers to move, one file, no network"),
    "validate": ("用十项典型事实和四个反向对照检验模型", "hold the model against ten stylised facts and four negative controls"),
    "calibrate": ("从一个县的统计表能学到什么：还原、拟合、检验", "what a county's tables can tell: recover, fit, check"),
    "report": ("把结果写成图、Word、网页、Excel、PDF", "put a result on the table: charts, Word, web page, Excel, PDF"),
    "app": ("打开给主管部门用的页面：花名册、滑块、一页纸", "open the page for officials: roster, sliders, one page"),
    "map": ("在浏览器里逐年看一个县的学校与教共体", "see a county's schools and groups in the browser, year by year"),
    "notebooks": ("写出可打开、可运行的笔记本，文字用读者的语言", "write the notebooks, in the reader's language, ready to open"),
    "schema": ("输出情景、政策、研究或校准文件的 JSON Schema", "print the JSON Schema of a scenario, policy, study or calibration file"),
    "explain": ("说明一位教师、一所学校、一个教共体或每一元经费：依据哪一条、取什么值、抽谁的签",
                "tell of a teacher, a school, a group or each yuan: by which clause, values, draws"),
    "doctor": ("本机缺什么：版本、字体、附加包、浏览器、终端", "what this machine lacks: versions, fonts, extras, browser, terminal"),
    "completion": ("让终端用 Tab 键补全（bash、zsh、fish）", "let the shell complete with Tab (bash, zsh, fish)"),
}
#: What people call it elsewhere -> the verb here.
ALSO_CALLED: dict[str, str] = {
    "simulate": "run", "simulation": "run", "推演": "run", "运行": "run", "比较": "compare", "对比": "compare", "test": "compare", "检查": "check",
    "roster": "template", "花名册": "template", "模板": "template", "import": "check", "policy": "policies", "政策": "policies", "list": "policies",
    "new": "init", "start": "init", "新建": "init", "sweep": "study", "batch": "study", "研究": "study", "scenarios": "discover", "robust": "discover",
    "sobol": "sensitivity", "morris": "sensitivity", "敏感性": "sensitivity", "optimize": "optimise", "优化": "optimise", "search": "optimise",
    "fit": "calibrate", "校准": "calibrate", "patterns": "validate", "检验": "validate", "export": "report", "word": "report", "plot": "report",
    "charts": "report", "报告": "report", "why": "explain", "trace": "explain", "解释": "explain", "help": "--help", "帮助": "--help", "info": "doctor",
    "whatif": "explore", "what-if": "explore", "sliders": "explore", "试算": "explore", "滑块": "explore",
    "complete": "completion", "version": "--version", "版本": "--version",
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """argparse, with its complaints as :class:`ConfigError` in two languages, and a lesson below its options."""

    lesson = ""

    def format_help(self) -> str:
        """Return the help with its lesson: examples, and what comes next."""
        return super().format_help() + (f"\n{self.lesson}" if self.lesson else "")

    def error(self, message: str) -> NoReturn:
        """Raise the complaint as :class:`ConfigError`."""
        found = re.match(r"argument (?P<option>.+?): (?P<what>.+)", message)
        option = found["option"].split("/")[-1] if found else ""
        what = found["what"] if found else message
        if what.startswith("expected"):
            zh, en = f"{option} 后面缺少一个值", f"{option} needs a value"
        elif what.startswith("ignored explicit argument"):
            zh, en = f"{option} 不带值", f"{option} takes no value"
        elif what.startswith("not allowed with"):
            other = what.rsplit(" ", 1)[-1]
            zh, en = f"{option} 与 {other} 不能同时使用", f"{option} cannot be used together with {other}"
        else:
            zh, en = f"命令行有误：{message}", message
        usage("CLI-OPTION", zh, en, mend=(f"请看 {self.prog} --help", f"see {self.prog} --help"))


def usage(code: str, zh: str, en: str, mend: tuple[str, str] = ("", "")) -> NoReturn:
    """Raise a usage error (:class:`ConfigError`, exit status 2)."""
    raise ConfigError(code, zh, en, mend_zh=mend[0], mend_en=mend[1])


def needed(given: str | None, name: str, zh: str, en: str) -> str:
    """Return what the command line names; refuse with an example of ``edusim NAME`` where it names nothing."""
    if given is None or not given.strip() or "\0" in given:
        usage("CLI-OPTION", f"请给出{zh}", f"name {en}", cli_help.first_example(name))
    return given


def needed_place(given: str | None, name: str) -> str:
    """Return a study file or the folder of a store; refuse what is not there, naming the nearest that is."""
    place = needed(given, name, "研究文件或结果文件夹", "the study file or the folder of its store")
    if not os.path.exists(place) and not place.endswith((".yaml", ".yml")):
        near = near_path(place)
        raise ConfigError(
            "CFG-NO-FILE", f"没有 {place[:120]}", f"there is no {place[:120]}",
            mend_zh=near[0] or f"请给出研究文件（YAML），或 edusim {name} 写出的文件夹",
            mend_en=near[1] or f"name a study file (YAML), or a folder that edusim {name} wrote",
        )  # fmt: skip
    return place


def whole(option: str, low: int, high: int) -> Callable[[str], int]:
    """Return a converter of whole numbers from ``low`` to ``high``, strict."""

    def convert(text: str) -> int:
        # int() alone would take 1_0, full-width digits and thousands of figures
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,19}", text.strip()) else None
        if value is None or not low <= value <= high:
            usage(
                "CLI-VALUE",
                f"{option} 须是 {low} 至 {high} 的整数，得到 {text[:40]!r}",
                f"{option} must be a whole number from {low} to {high}, got {text[:40]!r}",
            )
        return value

    return convert


def one_of(option: str, valid: Sequence[str]) -> Callable[[str], str]:
    """Return a converter of words that must be one of ``valid``."""

    def convert(text: str) -> str:
        if text not in valid:
            usage(
                "CLI-VALUE",
                f"{option} 没有 {text[:40]!r} 这个取值",
                f"{option} has no value {text[:40]!r}",
                did_you_mean(text, valid),
            )
        return text

    convert.valid = tuple(valid)  # type: ignore[attr-defined]  # for completion in a shell
    return convert


Say = Callable[[str, str], str]


def new_parser(name: str, does: tuple[str, str], lang: str) -> tuple[Parser, Any, Any, Say]:
    """Return an empty parser of ``edusim NAME``, its two groups (objects, options), and what picks the language.

    Parameters
    ----------
    name
        Words after ``edusim``.
    does
        What it does, Chinese and English.
    lang
        ``zh`` or ``en``.
    """
    zh = lang == "zh"

    def say(chinese: str, english: str) -> str:
        return (chinese if zh else english).replace("%", "%%")

    class Formatter(argparse.HelpFormatter):
        def __init__(self, prog: str) -> None:
            super().__init__(prog, max_help_position=26, width=cli_help.room())

        def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
            del usage, groups  # the options stand below, each with its help
            objects = [self._format_args(one, one.metavar or one.dest) for one in actions if not one.option_strings]
            words = " ".join([f"edusim {name}", *objects, say("[选项]", "[options]")])
            self._add_item(lambda text: f"{text}\n\n", [(say("用法：", "usage: ") if prefix is None else prefix) + words])

        def _split_lines(self, text: str, width: int) -> list[str]:
            return cli_help.wrapped(text, width)

        def _fill_text(self, text: str, width: int, indent: str) -> str:
            return cli_help.filled(text, width)

    found = cli_help.LESSONS.get(name)
    told = does[0 if zh else 1] + (f"\n\n{found.zh if zh else found.en}" if found and found.zh else "")
    parser = Parser(prog=f"edusim {name}", description=told, add_help=False, allow_abbrev=False, formatter_class=Formatter)
    parser.lesson = cli_help.lesson(name, lang)
    return parser, parser.add_argument_group(say("对象", "what to work on")), parser.add_argument_group(say("选项", "options")), say


def common_options(add: Callable[..., Any], say: Say) -> None:
    """Add the options that every command takes: language, JSON, help."""
    add("--lang", metavar="zh|en", help=say("语言；默认按 EDUSIM_LANG，再按系统", "language; else EDUSIM_LANG, then the locale"))
    add("--json", action="store_true", help=say("以 JSON 输出", "print JSON"))
    add("-h", "--help", action="help", help=say("显示本帮助", "show this help"))


#: Verbs whose options stand in this file; every other verb has a file of its own, cli_NAME.py.
HERE = ("run", "compare", "check", "template", "policies", "init", "schema", "explain", "doctor")


def verb_parser(verb: str, lang: str) -> Parser | None:
    """Return the parser of a verb of :data:`HERE`, else None."""
    return _parser(verb, lang) if verb in HERE else None


def _parser(verb: str, lang: str) -> Parser:
    parser, positionals, options, say = new_parser(verb, VERBS[verb], lang)
    add = options.add_argument
    if verb in ("run", "compare"):
        positionals.add_argument(
            "scenario", nargs="?", default="county",
            help=say("情景：随附的名称（county、small）或 YAML 文件；默认 county",
                     "scenario: a shipped name (county, small) or a YAML file; county if left out"),
        )  # fmt: skip
        if verb == "run":
            add("--policy", "--policies", dest="policy", metavar="KEY", default="status_quo",
                help=say("政策，默认 status_quo（现状延续）", "policy; status_quo if left out"))  # fmt: skip
            add("--draw", metavar="N", type=whole("--draw", 0, MAX_DRAWS), default=0,
                help=say("第几次抽样，默认 0", "number of the draw; 0 if left out"))  # fmt: skip
            add("--records", metavar="HOW", type=one_of("--records", ("none", "counts", "all")), default="counts",
                help=say("决策记录：none、counts 或 all，默认 counts", "decision records: none, counts or all; counts if left out"))  # fmt: skip
            add("-j", "--threads", "--workers", dest="threads", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=1,
                help=say("线程数，默认 1；结果逐位相同", "threads; 1 if left out; the result has the same bits"))  # fmt: skip
        else:
            add("--policies", metavar="A,B,C", default=None,
                help=say("要比较的政策，逗号分隔，all 为全部文件；默认情景所列",
                         "policies to compare, with commas, or all: every document; the scenario's if left out"))  # fmt: skip
            add("--counties", metavar="HOW", type=one_of("--counties", ("one", "own")), default="one",
                help=say("one（同一个县）或 own（每份文件在与其同形的县），默认 one",
                         "one (the same county) or own (each document on a county of its own shape); one if left out"))  # fmt: skip
            add("--draws", metavar="N", type=whole("--draws", 1, MAX_DRAWS), default=20,
                help=say("成对抽样次数，默认 20", "paired draws; 20 if left out"))  # fmt: skip
            add("--baseline", metavar="KEY", default="status_quo",
                help=say("对照政策，默认 status_quo", "policy to compare with; status_quo if left out"))  # fmt: skip
            add("--design", metavar="HOW", type=one_of("--design", ("feasible", "identical", "both")), default="both",
                help=say("feasible（按可行条件）、identical（同样的学校配对）或 both，默认 both",
                         "feasible (limits bind), identical (the same pairs of schools) or both; both if left out"))  # fmt: skip
            add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
                help=say("进程数，默认本机核数；结果逐位相同", "processes; all cores if left out; the result has the same bits"))  # fmt: skip
        add("--dates", metavar="HOW", type=one_of("--dates", DATE_MODES), default=None,
            help=say("政策日期：aligned（都从基准年的下一学年起，年限不变）或 document（按文件）；默认按情景",
                     "dates of policies: aligned (all start in the year after the base year, durations kept) or "
                     "document (as written); the scenario's if left out"))  # fmt: skip
        add("--years", metavar="N", type=whole("--years", 1, MAX_YEARS), default=None,
            help=say("推演年数，默认按情景", "years; the scenario's if left out"))  # fmt: skip
        add("--seed", metavar="N", type=whole("--seed", 0, MAX_SEED), default=0,
            help=say("种子，默认 0", "seed; 0 if left out"))  # fmt: skip
        add("--roster", metavar="FILE", default=None,
            help=say("用这份花名册（Excel 或 CSV）代替合成的县", "use this roster (Excel or CSV) in place of the synthetic county"))  # fmt: skip
        add("--mapping", metavar="NAME", default=None,
            help=say("花名册的列名对照：随附的名称或文件", "mapping of the roster's headers: a shipped name or a file"))  # fmt: skip
        add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
            help=say("改一个取值，可多次使用", "change a value; may be given several times"))  # fmt: skip
        add("--out", metavar="FOLDER", default=None,
            help=say("结果文件夹，默认 out/情景名-时间", "folder of the result; out/NAME-TIME if left out"))  # fmt: skip
        add("--force", action="store_true",
            help=say("替换已有的结果文件夹", "replace a result that is there already"))  # fmt: skip
        add("-n", "--dry-run", dest="dry_run", action="store_true",
            help=say("只显示将做什么，不运行、不写文件", "show what would be done; run and write nothing"))  # fmt: skip
        add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    elif verb == "check":
        positionals.add_argument("file", nargs="?", help=say("花名册、情景或政策文件", "roster, scenario or policy file"))
        add("--mapping", metavar="NAME", default=None,
            help=say("花名册的列名对照：随附的名称或文件", "mapping of the roster's headers: a shipped name or a file"))  # fmt: skip
        add("--out", metavar="FILE", default=None,
            help=say("标明各处的工作簿写到哪里，默认在花名册旁：名称.checked.xlsx",
                     "where the marked workbook goes; NAME.checked.xlsx beside the roster if left out"))  # fmt: skip
        add("--key", metavar="FILE", default=None,
            help=say("另写一张学校代号与校名的对照表（CSV）；只留在本机，不进入任何结果",
                     "also write which school has which pseudonym (CSV); keep it on this machine, it enters no result"))  # fmt: skip
        add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只检查，不写文件", "check only, write no file"))
    elif verb == "template":
        positionals.add_argument("file", nargs="?", help=say("要写的 .xlsx 文件", "the .xlsx file to write"))
        add("--force", action="store_true", help=say("替换已有的文件", "replace a file that is there already"))
        add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只显示将写什么，不写文件", "show what would be written; write nothing"))
        add("--example", action="store_true", help=say("在学校表中填入示例县，可直接运行", "fill the schools sheet with the example county, ready to run"))
    elif verb == "policies":
        positionals.add_argument("words", nargs="*", metavar="WHAT",
            help=say("留空：全部政策；show 名称：逐条；diff 甲 乙：并列；coverage：条款登记册",
                     "nothing: all policies; show KEY: clause by clause; diff A B: side by side; coverage: the register"))  # fmt: skip
        add("--year", metavar="Y", type=whole("--year", 1900, 2200), default=None,
            help=say("show：只看这一学年的值（按文件日期）", "show: the values of this school year, by the document's dates"))  # fmt: skip
        add("--mode", metavar="KEY", default=None, help=say("show：只看一种模式", "show: one mode only"))
        add("--document", metavar="KEY", default=None, help=say("coverage：只看一份文件", "coverage: one document only"))
    elif verb == "init":
        positionals.add_argument("folder", nargs="?", help=say("要写的文件夹", "the folder to write"))
        add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只显示将写什么，不写文件", "show what would be written; write nothing"))
    elif verb == "schema":
        positionals.add_argument("kind", nargs="?", help=say("scenario（默认）、policy、study 或 calibrate",
                                                             "scenario (if left out), policy, study or calibrate"))  # fmt: skip
    elif verb == "explain":
        positionals.add_argument("folder", nargs="?", help=say("结果文件夹", "folder of a result"))
        who = options.add_mutually_exclusive_group()
        for kind, chinese in (("teacher", "教师"), ("group", "教共体")):
            who.add_argument(f"--{kind}", metavar="ID", type=whole(f"--{kind}", 0, MAX_SEED), default=None,
                             help=say(f"{chinese}编号", f"id of a {kind}"))  # fmt: skip
        who.add_argument("--school", metavar="NAME", default=None,
                         help=say("学校的代号或编号", "pseudonym or id of a school"))  # fmt: skip
        who.add_argument("--yuan", action="store_true",
                         help=say("每一元经费的去向、依据与单价", "where each yuan went, by which clause and price"))  # fmt: skip
        add("--year", metavar="Y", type=whole("--year", 1900, 2300), default=None,
            help=say("只讲这一学年；默认各年", "only this school year; all if left out"))  # fmt: skip
        add("--policy", metavar="KEY", default=None,
            help=say("只讲这一项政策；默认结果中的各项", "only this policy; all of the result if left out"))  # fmt: skip
        add("--draw", metavar="N", type=whole("--draw", 0, MAX_DRAWS), default=None,
            help=say("第几次抽样；默认第一次", "number of the draw; the first if left out"))  # fmt: skip
    common_options(add, say)
    return parser


def read_options(verb: str, arguments: Sequence[str], lang: str) -> argparse.Namespace:
    """Return the options of ``edusim VERB ...``; see :func:`parse`."""
    return parse(_parser(verb, lang), verb, arguments)


def parse(parser: Parser, name: str, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of ``edusim NAME ...``, read strictly.

    Raises
    ------
    ConfigError
        ``CLI-OPTION`` or ``CLI-VALUE``, with the nearest valid word.
    """
    options, extra = parser.parse_known_args(list(arguments))
    if extra:
        wrong = next((e for e in extra if e.startswith("-")), extra[0])
        if wrong.startswith("-"):
            option = wrong.partition("=")[0]
            known = [o for action in parser._actions for o in action.option_strings]
            usage("CLI-OPTION", f"edusim {name} 没有选项 {option[:60]}", f"edusim {name} has no option {option[:60]}",
                   did_you_mean(option, [k for k in known if k.startswith("--")]))  # fmt: skip
        usage("CLI-OPTION", f"多出一个参数 {wrong[:60]!r}", f"unexpected argument {wrong[:60]!r}",
               (f"请看 edusim {name} --help", f"see edusim {name} --help"))  # fmt: skip
    return options


def top_help(lang: str) -> str:
    """Return the text of ``edusim --help``: verbs by task, three lines to begin with, and what every verb takes."""
    side, width = 0 if lang == "zh" else 1, cli_help.room()
    lines = [
        worded("options.usage_edusim_command_options", lang),
        "",
        *cli_help.wrapped(worded("options.simulate_a_county_s", lang), width),
        "",
        *_begin(lang, width),
    ]
    grouped: dict[str, list[str]] = {key: [] for key in cli_help.GROUPS}
    for verb in VERBS:
        found = cli_help.LESSONS.get(verb)
        grouped[found.group if found else "machine"].append(verb)
    for key, verbs in grouped.items():
        if verbs:
            lines += ["", *cli_help.wrapped(cli_help.GROUPS[key][side], width)]
            lines += [cli_help.paragraph(VERBS[verb][side], width, 15, f"  {verb}") for verb in verbs]
    common = (
        ("--lang zh|en", "language"), ("-h, --help", "help"), ("--json", "json"), ("-n", "dry_run"), ("-j N", "workers"),
        ("-S KEY=VALUE", "settings"), ("-q", "quiet"), ("--version", "version"),
    )  # fmt: skip
    lines += ["", *cli_help.wrapped(worded("options.options", lang), width)]
    lines += [cli_help.paragraph(worded(f"options.{key}", lang), width, 16, f"  {option}") for option, key in common]
    lines += ["", *cli_help.wrapped(worded("options.exit_status_done_failure", lang), width)]
    return "\n".join(lines)


def _begin(lang: str, width: int) -> list[str]:
    """Return what to begin with: one line each of comparing, reporting and checking one's own roster."""
    examples = [cli_help.LESSONS["compare"].examples[0], cli_help.LESSONS["report"].examples[0], cli_help.LESSONS["template"].examples[0]]
    return [worded("options.begin", lang), *cli_help.told(examples, lang, width)]


def language_of(arguments: Sequence[str]) -> str:
    """Return the language asked for by ``--lang``, else the environment's; ``zh`` or ``en``."""
    # Read before anything else, so that every complaint is in the language asked for.
    chosen = None
    for i, text in enumerate(arguments):
        if text == "--lang" and i + 1 < len(arguments):
            chosen = arguments[i + 1]
        elif text.startswith("--lang="):
            chosen = text[7:]
    if chosen is None:
        return language()
    if chosen.lower() not in ("zh", "en"):
        usage("CLI-VALUE", f"--lang 没有 {chosen[:40]!r} 这个取值", f"--lang has no value {chosen[:40]!r}",
               did_you_mean(chosen, ("zh", "en")))  # fmt: skip
    return chosen.lower()
