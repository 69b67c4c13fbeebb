"""Help that teaches: what each verb is for, examples that are tested, what comes next; and text that fits a terminal.

:data:`LESSONS` has a row for every verb of :data:`edusim.cli_options.VERBS` and for every verb of ``edusim study``.
``tests/test_cli_help.py`` reads every example with the parser it belongs to, carries it out in small, and says what to add
where a new verb has no row.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

#: Tasks, in the order of ``edusim --help``: key -> (Chinese, English).
GROUPS: dict[str, tuple[str, str]] = {
    "county": ("一个县：比较政策，看结果", "a county: compare policies, look at what came out"),
    "open": ("打开来看：网页、笔记本、地图", "to be opened: page, notebooks, map"),
    "roster": ("用自己的花名册", "your own roster"),
    "policy": ("把政策写成文件", "policies as files"),
    "study": ("成千上万次推演的研究", "studies of many runs"),
    "trust": ("可以信到什么程度", "how far to trust it"),
    "machine": ("本机", "this machine"),
}
#: What a verb does, and with it the options it must take (``tests/test_cli_options.py``): ``runs`` makes runs (-n, -j, -S, -q),
#: ``writes`` writes files (-n), ``reads`` does neither.
WORK = ("runs", "writes", "reads")
#: Lines longer than this are hard to read, however wide the window is.
WIDEST = 100


class Example(NamedTuple):
    """A command line without ``edusim``, and what it does."""

    line: str
    zh: str
    en: str


@dataclass(frozen=True)
class Lesson:
    """What the help of a verb teaches beyond its options.

    Attributes
    ----------
    group
        Key of :data:`GROUPS`.
    work
        One of :data:`WORK`.
    examples
        Two or three; the first is what a mistake quotes.
    then
        What comes next.
    zh, en
        What it is for, where the parser's own description is one line only.
    """

    group: str
    work: str
    examples: tuple[Example, ...]
    then: tuple[Example, ...] = ()
    zh: str = ""
    en: str = ""


_REPORT = Example("report out/demo", "写成给人看的材料：Word、网页、Excel 和图", "put it on the table: Word, web page, Excel and charts")
_EXPLAIN = Example("explain out/demo --yuan --year 2028", "每一元去了哪里、依据哪一条", "where each yuan went, and by which clause")
_MANY = "experiments/funding_and_rotation/study.yaml"
_QUERY = 'study query out/funding-and-rotation "select policy, avg(gap) from effects group by policy"'

#: Verb -> its lesson; ``study plan`` and so on for the verbs of ``edusim study``.
LESSONS: dict[str, Lesson] = {
    "compare": Lesson(
        "county", "runs",
        (Example("compare small --draws 4 --out out/demo", "先试一试：一个小县，现状与三种模式", "try it: a small county, the law in force and three modes"),
         Example("compare --roster roster.xlsx --draws 20 --out out/mine", "自己的县，成对抽样 20 次", "your own county, 20 paired draws"),
         Example("compare --policies status_quo,co_build -S rotation.share=0.15 -n", "改一个数，先看要做多少", "change a number, and look at the plan first")),
        (_REPORT, _EXPLAIN),
        "各项政策在同样的县、同样的人、同样的抽签下推演，差别因此只来自政策。结果是成对差值和它的 95% 区间；区间含 0 就是说不准。"
        "这是情景推演，不是预测。",
        "Every policy is run on the same county, the same people and the same draws, so that what differs comes from the policy. The result is "
        "paired differences with 95% intervals; where an interval holds 0 it cannot be told. Scenario exploration, not a forecast.",
    ),
    "run": Lesson(
        "county", "runs",
        (Example("run small --policy co_build --out out/one", "共建型，一个小县，一次抽签", "co-building in a small county, one draw"),
         Example("run county --policy fusion --years 5 -n", "只看计划", "the plan only"),
         Example("run small --policy nanyang --records all --out out/nanyang", "一份文件；记下每个决定", "a document; every decision is kept")),
        (Example("explain out/one --school 3", "一所学校身上发生了什么", "what happened to a school"),
         Example("compare small --draws 4 --out out/demo", "与现状比较，并说明把握", "compare with the law in force, and say how sure it is")),
        "看一项政策在一个县里怎样一年一年展开。一次推演只有一次抽签，不能说明政策之间的差别；那要用 edusim compare。",
        "Follow one policy through a county, year by year. One run is one draw and says nothing of differences between policies; edusim compare does.",
    ),
    "explain": Lesson(
        "county", "reads",
        (Example("explain out/demo --yuan --year 2028", "每一元去了哪里、依据哪一条、单价多少", "where each yuan went, by which clause, at which price"),
         Example("explain out/demo --school 3", "一所学校（代号或编号）的各年", "a school, by its pseudonym or id, year by year"),
         Example("explain out/demo --group 1 --policy co_build", "一个教共体，只讲一项政策", "a group, under one policy only")),
        (_REPORT,),
        "一个数从哪里来：逐年讲出条款、取值、规则和抽签。学校只有代号；抽取的数不属于任何真实的人或学校。",
        "Whence a number comes: clause, value, rule and draw, year by year. Schools have pseudonyms only; what was drawn belongs to no real person or school.",
    ),
    "report": Lesson(
        "county", "runs",
        (Example("report out/demo", "Word、网页、Excel 和图，写到 out/demo/report", "Word, web page, Excel and charts, into out/demo/report"),
         Example("report out/demo --to docx,xlsx --charts none", "只要 Word 和 Excel", "Word and Excel only"),
         Example("report out/demo --ends 2029 -n", "另加经费到 2029 年为止的情形；先看会写什么", "and if money ends in 2029; only what it would write")),
        (_EXPLAIN,),
    ),
    "explore": Lesson(
        "open", "runs",
        (Example("explore small --static", "小县：61 种组合各抽样 20 次，几分钟", "a small county: 61 settings x 20 draws, some minutes"),
         Example("explore --roster roster.xlsx --static -n", "自己的县；先看要做多少、多久", "your own county; the plan and the time first"),
         Example("explore out/funding-and-rotation --static --out whatif.html", "把做完的研究写成网页", "a page of a study that is finished")),
        (Example("explore small --static --draws 80", "要更窄的区间：加抽样，已有的保留", "narrower intervals: more draws, what is stored stays"),
         Example("sensitivity experiments/funding_and_rotation/sensitivity.yaml -n", "行为假定变了会怎样", "and were people to behave otherwise")),
    ),
    "app": Lesson(
        "open", "reads",
        (Example("app", "打开页面，默认浏览器", "open the page in the browser"),
         Example("app --no-browser --port 8899", "只给出地址，自己打开", "print the address only"),
         Example("app -n", "先看能不能打开", "see first whether it can be opened")),
        (Example("compare --roster roster.xlsx --draws 20 --out out/mine", "说得更细：同一份花名册，抽样 20 次", "in more detail: the same roster, 20 draws"),
         Example("notebooks my-notebooks", "写出其余的笔记本", "write the other notebooks")),
    ),
    "notebooks": Lesson(
        "open", "writes",
        (Example("notebooks", "有哪些", "which there are"),
         Example("notebooks my-notebooks", "全部写出，用 JupyterLab 打开", "write them all, to open in JupyterLab"),
         Example("notebooks my-notebooks 01 --run", "只写 01，先运行，带着图", "only 01, run first, with its charts")),
        (Example("app", "不用 JupyterLab，直接打开 01", "open 01 without JupyterLab"),),
        "笔记本把一件事从头讲到尾：01 给主管部门，02、03 讲三种模式与文件，04 至 06 给研究者。",
        "A notebook tells one thing from beginning to end: 01 for officials, 02 and 03 on the modes and the documents, 04 to 06 for researchers.",
    ),
    "map": Lesson(
        "open", "reads",
        (Example("map small", "一个小县的地图，逐年走", "a small county, year by year"),
         Example("map county --policies status_quo,co_build --no-browser", "选政策，只给出地址", "choose policies, print the address only"),
         Example("map small -n", "先看能不能打开", "see first whether it can be opened")),
        (Example("compare small --draws 4 --out out/demo", "多次抽样之后才能说的，用 compare", "for what can be said after many draws"),),
        "看一次推演怎样一年一年展开。一张地图是一次抽签，学校只有代号，不能用来评判学校。",
        "Watch one run unfold. A map is one draw, schools have pseudonyms only, and it judges no school.",
    ),
    "template": Lesson(
        "roster", "writes",
        (Example("template roster.xlsx", "空白模板：只有“学校”表是必填的", "an empty workbook; only the sheet of schools must be filled in"),
         Example("template example.xlsx --example", "填好一个虚构的县，可直接运行", "filled in with a fictional county, ready to run")),
        (Example("check roster.xlsx", "填好之后，逐格检查", "when it is filled in: check it, cell by cell"),),
        "花名册是自己的县的入口：工作簿里有说明、下拉选项和示例。不需要教师或学生的姓名，也请不要填。",
        "A roster is how your own county comes in: the workbook holds a guide, drop-downs and an example. No names of teachers or pupils are needed; "
        "leave them out.",
    ),
    "check": Lesson(
        "roster", "writes",
        (Example("check roster.xlsx", "哪里有误、怎样改；标明各处的副本写在旁边", "what is wrong and how to mend it; a marked copy is written beside it"),
         Example("check roster.xlsx -n", "只检查，不写文件", "check only, write nothing"),
         Example("check my-study/scenario.yaml", "情景或政策文件也可检查", "a scenario or policy file")),
        (Example("compare --roster roster.xlsx --draws 20 --out out/mine", "无误之后，用它比较政策", "when nothing is wrong: compare policies on it"),),
        "先检查，再推演：每处错误说明在哪个格、错在哪里、怎样改；空着的格子将从公开统计抽取，这里说明有多少。退出码 3 表示花名册有误。",
        "Check first, then run: every fault with its cell, what is wrong and how to mend it; empty cells will be drawn from published statistics, and are "
        "counted here. Exit status 3 says that the roster has faults.",
    ),
    "policies": Lesson(
        "policy", "reads",
        (Example("policies", "随附的全部政策", "all that are shipped"),
         Example("policies show gangkou", "一份文件，逐条对照现行法规", "a document, clause by clause beside the law in force"),
         Example("policies diff kunshan gangkou", "两份文件的不同", "what differs between two documents")),
        (Example("init my-study", "从几份文件取条款，写自己的政策", "take clauses of several documents into a policy of your own"),),
        "一种模式就是一张条款的清单，写在文件里。这里可以看到每一条的取值、性质（条文、研究、设定）和原文。",
        "A mode is a list of clauses in a file. Here is each clause with its value, what it rests on (clause, study, assumption) and its exact words.",
    ),
    "init": Lesson(
        "policy", "writes",
        (Example("init my-study", "写出情景、自己的政策、空白花名册和说明", "write a scenario, a policy of your own, an empty roster and a guide"),
         Example("init my-study -n", "只看会写哪些文件", "only say which files it would write")),
        (Example("check my-study/policies/my_policy.yaml", "改过之后检查", "check it when you have changed it"),
         Example("compare my-study/scenario.yaml --draws 4 --out out/my-study", "与现状比较", "compare it with the law in force")),
        "自己的政策从这里开始：一个小文件夹，里面的政策从随附的几份文件各取几条，改数即可，不必编程。",
        "Where a policy of your own begins: a small folder whose policy takes clauses of several shipped documents. Change the numbers; nothing is programmed.",
    ),
    "schema": Lesson(
        "policy", "reads",
        (Example("schema policy", "政策文件的格式，供编辑器补全和检查", "the format of policy files, for an editor to complete and check"),
         Example("schema study", "研究文件的格式", "the format of study files"),
         Example("schema calibrate", "校准文件的格式", "the format of calibration files")),
        (Example("check my-study/scenario.yaml", "不用编辑器也能检查", "check a file without an editor"),),
        "编辑器（如 VS Code 的 YAML 扩展）读它，就能在写文件时补全键名、提示范围。",
        "An editor (VS Code with its YAML extension, for one) that reads it completes keys and shows ranges while a file is written.",
    ),
    "study": Lesson(
        "study", "reads",
        (Example(f"study plan {_MANY}", "多少次、多久、多大", "how many runs, how long, how much disk"),
         Example(f"study run {_MANY} -j 2", "运行；停了再运行即续跑", "run it; stopped, the same line goes on"),
         Example(_QUERY, "用 SQL 查结果", "ask the results in SQL")),
        (Example("study map out/funding-and-rotation", "两个杠杆的结果图", "maps of two levers"),
         Example("report out/funding-and-rotation", "写成报告", "make a report of it")),
    ),
    "study plan": Lesson(
        "study", "reads", (Example(f"study plan {_MANY} -j 8", "若用 8 个进程", "with eight workers"),
                           Example(f"study plan {_MANY} -S seeds.replicates=4", "若每点抽样 4 次", "with four draws a point")),
        (Example(f"study run {_MANY} -j 2", "运行", "run it"),),
        "先知道代价再开始：试跑几次计时，什么也不存。", "Know the price first: a few runs are timed, nothing is stored.",
    ),
    "study run": Lesson(
        "study", "runs", (Example(f"study run {_MANY} -j 8", "8 个进程；停了再运行即续跑", "eight workers; stopped, the same line goes on"),
                          Example(f"study run {_MANY} -n", "只看计划", "the plan only"),
                          Example(f"study run {_MANY} --shard 0/50", "50 份中的第 0 份，供集群用", "part 0 of 50, for a cluster")),
        (Example("study status out/funding-and-rotation", "进度", "how far it is"), Example(_QUERY, "查结果", "ask the results")),
        "每次推演一完成就存下；断电、Ctrl-C 之后同一行接着做，结果逐位相同。",
        "Every run is stored when it is done; after a power cut or Ctrl-C the same line goes on, to the same bits.",
    ),
    "study submit": Lesson(
        "study", "runs", (Example(f"study submit {_MANY} --slurm --shards 50 --dry-run", "只显示作业脚本，先看一遍", "only show the script of the job"),
                          Example(f"study submit {_MANY} --shards 50", "提交", "submit it")),
        (Example("study status out/funding-and-rotation --watch", "看着它完成", "watch it"),),
        "把一项研究交给集群（Slurm）：分成若干份，每份一个作业，结果进同一个文件夹。",
        "Hand a study to a cluster (Slurm): in parts, one job each, into one store.",
    ),
    "study status": Lesson(
        "study", "reads", (Example("study status out/funding-and-rotation", "看一眼", "one look"),
                           Example(f"study status {_MANY} --watch", "每隔几秒刷新，并说还要多久", "refreshed every few seconds, with the time left")),
        (Example("study retry out/funding-and-rotation", "有失败的：再试一次", "some failed: try them again"),),
        "研究在别处运行时也能看，不打扰它。", "Works while the study runs elsewhere, and does not disturb it.",
    ),
    "study retry": Lesson(
        "study", "writes", (Example("study retry out/funding-and-rotation", "把失败的改为待做", "mark what failed as left"),
                            Example("study retry out/funding-and-rotation -n", "只数一数", "only count them")),
        (Example(f"study run {_MANY}", "再运行", "run again"),),
        "失败的推演也存下了原因；先用 study query 看清原因，再决定是否重试。",
        "Runs that failed are stored with their reason; look at it with study query before trying them again.",
    ),
    "study query": Lesson(
        "study", "reads", (Example(_QUERY, "各政策的平均效应", "mean effect of each policy"),
                           Example('study query out/funding-and-rotation "select * from runs limit 5"', "看几行", "look at some rows"),
                           Example('study query out/funding-and-rotation "select * from effects" --out effects.xlsx', "写成表格", "into a workbook")),
        (Example("report out/funding-and-rotation", "写成报告", "make a report of it"),),
        "五张表：runs（每次推演）、years（逐年）、effects（与基准之差）、design（设计）、attempts（历次尝试）。",
        "Five tables: runs, years, effects (differences from the baseline), design, attempts.",
    ),
    "study verify": Lesson(
        "study", "reads", (Example("study verify out/funding-and-rotation", "核对文件，重跑 5 次", "check the files, make five runs again"),
                           Example("study verify out/funding-and-rotation --sample 20 -j 2", "重跑 20 次", "make twenty runs again")),
        (Example("report out/funding-and-rotation", "写成报告", "make a report of it"),),
        "别人给的结果、放久了的结果，用之前先核对。", "For results that somebody gave you, or that have lain for long.",
    ),
    "study map": Lesson(
        "study", "reads", (Example("study map out/funding-and-rotation", "前两个杠杆，全部结果", "the first two levers, every outcome"),
                           Example("study map out/funding-and-rotation --x finance.fund_yuan_year --y rotation.share --outcome gap", "自己定两轴",
                                   "with axes of your own")),
        (Example("report out/funding-and-rotation", "写成报告", "make a report of it"),),
        "图上标出哪里说得准、哪里说不准。", "Maps show where it can be told and where it cannot.",
    ),
    "discover": Lesson(
        "study", "runs",
        (Example("discover experiments/what_must_hold/study.yaml -j 2", "补齐推演，再作分析", "make what is missing, then analyse"),
         Example("discover experiments/what_must_hold/study.yaml -S design.futures.n=50 -n", "未来少一些；先看计划", "fewer futures; the plan first"),
         Example("discover out/what-must-hold --partial", "推演未齐，先看已有的", "analyse what is there so far")),
        (Example("report out/what-must-hold", "写成报告", "make a report of it"),),
    ),
    "sensitivity": Lesson(
        "study", "runs",
        (Example("sensitivity experiments/funding_and_rotation/sensitivity.yaml -j 2", "补齐推演，再分解", "make what is missing, then split the variance"),
         Example("sensitivity experiments/funding_and_rotation/sensitivity.yaml -n", "只看计划", "the plan only"),
         Example("sensitivity out/funding-and-rotation-sensitivity --partial", "推演未齐，先看已有的", "analyse what is there so far")),
        (Example("report out/funding-and-rotation-sensitivity", "写成报告", "make a report of it"),),
    ),
    "optimise": Lesson(
        "study", "runs",
        (Example("optimise experiments/best_plan/study.yaml -n", "至多多少次推演", "how many runs at most"),
         Example("optimise experiments/best_plan/study.yaml -j 2", "搜索、复评，说出每个方案", "search, score again, tell each plan"),
         Example("optimise experiments/best_plan/study.yaml -S search.generations=40", "多找几代", "more generations")),
        (Example("report out/best-plan", "写成报告", "make a report of it"),),
    ),
    "validate": Lesson(
        "trust", "runs",
        (Example("validate --only P9,C1 --draws 2", "一项事实、一个对照", "one fact and one control"),
         Example("validate -S region.n_pupils=35000 --out out/validate", "小一些的县，写出说明与图", "a smaller county, with page and figures"),
         Example("validate -n", "只看计划", "the plan only")),
        (Example("report out/validate", "写成报告", "make a report of it"),),
    ),
    "calibrate": Lesson(
        "trust", "runs",
        (Example("calibrate experiments/calibration/recovery.yaml --recover -j 2", "先问能不能学到", "ask first what can be learned"),
         Example("calibrate experiments/calibration/measured.yaml -j 2", "拟合，并预测留出的数", "fit, and predict what was held out"),
         Example("calibrate experiments/calibration/measured.yaml -n", "只看计划", "the plan only")),
        (Example("report out/calibration-measured", "写成报告", "make a report of it"),),
        "统计表里没有的东西，拟合也学不到：先埋入已知的数，看能不能还原；能还原的才值得拟合。",
        "No fit learns what the tables do not hold: plant known numbers first and see which are found again; only those are worth fitting.",
    ),
    "doctor": Lesson(
        "machine", "reads",
        (Example("doctor", "版本、字体、附加包、浏览器、终端", "versions, fonts, extras, browser, terminal"),
         Example("doctor --json", "供程序读，或随问题报告附上", "for programs, or to go with a question")),
        (Example("compare small --draws 4 --out out/demo", "一切齐备：先试一试", "nothing is missing: try it"),),
        "装好之后、出了问题之后先看这里：缺什么、怎样补。必需的缺了，退出码是 1；附加的没装不算缺。",
        "Look here after installing and when something is wrong: what is missing, and how to get it. Exit status 1 when something needed is missing; "
        "an extra that is not installed is not.",
    ),
    "completion": Lesson(
        "machine", "reads",
        (Example("completion bash", "在 ~/.bashrc 末尾写：eval \"$(edusim completion bash)\"", "in ~/.bashrc write: eval \"$(edusim completion bash)\""),
         Example("completion zsh", "在 ~/.zshrc 末尾写：eval \"$(edusim completion zsh)\"", "in ~/.zshrc write: eval \"$(edusim completion zsh)\""),
         Example("completion fish", "存为 ~/.config/fish/completions/edusim.fish", "save as ~/.config/fish/completions/edusim.fish")),
        (Example("doctor", "看看本机还缺什么", "see what else this machine lacks"),),
        "让终端用 Tab 键补全命令、选项、政策、情景和参数。",
        "Lets the shell complete commands, options, policies, scenarios and parameters with the Tab key.",
    ),
}  # fmt: skip


# ---- text that fits ----------------------------------------------------------------------------------

_OPEN, _CLOSE = "（《「『【“‘", "，。；：、！？）》」』】”’…—"
_HAN = "⺀-⿿〡-鿿豈-﫿"
#: A blank; a Chinese character or an unbroken word, with the brackets before it and the stops behind it.
_PIECES = re.compile(rf"\s+|[{_OPEN}]*(?:[{_HAN}]|[^\s{_HAN}{_OPEN}{_CLOSE}]+)[{_CLOSE},.;:!?)]*|.")


def columns(text: str) -> int:
    """Return the columns of a terminal that a text takes: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def room() -> int:
    """Return the columns that a line of help may take here."""
    return max(32, min(shutil.get_terminal_size().columns - 1, WIDEST))


def wrapped(text: str, width: int) -> list[str]:
    """Return a paragraph as lines of at most so many columns; no line begins with a comma or ends with a bracket.

    Parameters
    ----------
    text
        White space of any kind is one blank.
    width
        Columns of the terminal; a word that is longer stays whole.
    """
    lines, line, used = [], "", 0
    for piece in _PIECES.findall(" ".join(text.split())):
        wide = columns(piece)
        if line and used + columns(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not piece.isspace():
            line, used = line + piece, used + wide
    return [*lines, line.rstrip()] if line else lines or [""]


def paragraph(text: str, width: int, indent: int = 0, first: str = "") -> str:
    """Return a paragraph with hanging indent; ``first`` stands before its first line, as wide as the indent or wider."""
    head = first or " " * indent
    if columns(head) > indent:  # what stands before it takes a line of its own
        return "\n".join([head.rstrip(), *(" " * indent + line for line in wrapped(text, width - indent))])
    lines = wrapped(text, max(16, width - indent))
    return "\n".join([head + " " * (indent - columns(head)) + lines[0], *(" " * indent + line for line in lines[1:])])


def filled(text: str, width: int) -> str:
    """Return a text with its paragraphs wrapped; lines that begin with a blank stay as they are."""
    return "\n".join(line if line[:1] in ("", " ") else "\n".join(wrapped(line, width)) for line in text.splitlines())


def told(examples: Iterable[Example], lang: str, width: int) -> list[str]:
    """Return examples as lines: what each does, behind ``#``, above the line itself."""
    lines = []
    for example in examples:
        lines += ["  # " + line for line in wrapped(example.zh if lang == "zh" else example.en, width - 4)]
        lines.append(f"  edusim {example.line}")
    return lines


def lesson(name: str, lang: str) -> str:
    """Return what stands below the options of ``edusim NAME --help``: examples, and what comes next."""
    found = LESSONS.get(name)
    if found is None:
        return ""
    zh, width = lang == "zh", room()
    lines = ["例：" if zh else "examples:", *told(found.examples, lang, width)]
    if found.then:
        lines += ["", "接下来：" if zh else "what comes next:", *told(found.then, lang, width)]
    return "\n".join(lines) + "\n"


def first_example(name: str) -> tuple[str, str]:
    """Return the first example of a verb as the mend of a mistake, Chinese and English."""
    line = f"edusim {LESSONS[name].examples[0].line}"
    return f"例如 {line}；另见 edusim {name} --help", f"for example {line}; see edusim {name} --help"
