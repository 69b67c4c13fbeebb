"""The gallery: every kind of figure, what it answers, and the one command that draws it.

`python tools/gallery.py RUNS` takes the pictures from the folder RUNS, where the commands of the page were carried out, and keeps them small
in `docs/pictures/gallery`; `--run` carries out first what is missing there (some minutes on two cores). The page itself is made by
`tools/make_docs.py`.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures" / "gallery"
#: Most bytes of a picture, and what is tried in turn until it keeps them: pixels across, colours. The colours of
#: policies and of official limits are kept in any case.
MOST_BYTES = 80_000
HOUSE = [(255, 255, 255), (122, 130, 140), (0, 158, 115), (217, 130, 0), (0, 103, 165), (179, 38, 30)]
TRIED = [(width, colours) for width in (1000, 900, 800, 720, 640) for colours in (64, 48, 40)]

COUNTY = "edusim compare county --draws 20 --out out/demo"
_LEVERS = "experiments/funding_and_rotation/study.yaml -S set.region.n_pupils=3000 -S set.years=3 -S seeds.replicates=2 -S design.futures.n=2"
LEVERS = f"edusim study run {_LEVERS} -S store.path=out/levers"
MAP = "edusim study map out/levers --x finance.fund_yuan_year --y rotation.share --outcome gap"
DOSE = "python experiments/funding_and_rotation/run.py small.yaml"
SENSITIVITY = (
    "edusim sensitivity experiments/funding_and_rotation/sensitivity.small.yaml -S design.n=64 -S design.grow_until.max_runs=2600 "
    "-S store.path=out/sensitivity"
)
FUTURES = "edusim discover experiments/what_must_hold/small.yaml -S design.futures.n=160 -S store.path=out/futures"
PLANS = (
    "edusim optimise experiments/best_plan/small.yaml -S search.population=24 -S search.generations=8 -S fresh.replicates=4 -S store.path=out/plans"
)
FITTED = (
    "edusim calibrate experiments/calibration/hefei.yaml -S set.region.n_pupils=3000 -S trials.start=64 -S trials.guided=16 -S trials.batch=8 "
    "-S store.path=out/fitted"
)
RECOVERED = (
    "edusim calibrate experiments/calibration/recovery.yaml --recover -S set.region.n_pupils=3000 -S trials.start=128 -S recover.truths=16 "
    "-S store.path=out/recovered"
)
VALIDATE = "edusim validate --out out/patterns"
PARTING = "python experiments/indicator_and_learning/run.py"
CHOICE = "python experiments/replications/choice_segregation.py"


MODES = "edusim notebooks my-notebooks 02 --run"
DOCUMENTS = "edusim notebooks my-notebooks 03 --run"


@dataclass(frozen=True)
class Figure:
    """A kind of figure.

    Attributes
    ----------
    name
        Of its picture in the gallery.
    zh, en
        What it is called and which question it answers.
    command
        What draws it.
    file
        Where the command leaves it, with ``{lang}`` where the language stands; ``#3`` is the third picture of a notebook.
    made_by
        The function that draws it, below `edusim.report`.
    """

    name: str
    zh: tuple[str, str]
    en: tuple[str, str]
    command: str
    file: str
    made_by: str


def _run(name: str, zh: tuple[str, str], en: tuple[str, str], made_by: str) -> Figure:
    return Figure(name, zh, en, COUNTY, f"out/demo/figures/{name}.png", made_by)


def _of(folder: str, command: str, rows: list[tuple[str, str, tuple[str, str], tuple[str, str], str]]) -> list[Figure]:
    return [Figure(name, zh, en, command, f"{folder}/{file}.{{lang}}.png", made_by) for name, file, zh, en, made_by in rows]


def _in(book: str, command: str, rows: list[tuple[str, tuple[str, str], tuple[str, str], str]]) -> list[Figure]:
    # A notebook is in one language: the command is carried out once in each.
    return [
        Figure(name, zh, en, command, f"{{lang}}/my-notebooks/{book}.ipynb#{place}", made_by)
        for place, (name, zh, en, made_by) in enumerate(rows, 1)
    ]


#: Chapter, (Chinese, English) -> its figures.
CHAPTERS: dict[tuple[str, str], list[Figure]] = {
    ("一个县，几种政策", "A county under several policies"): [
        _run("trajectories", ("历年走势", "差距逐年怎样变，末年与现状差多少，有没有把握"),
             ("Trajectories", "how a measure goes over the years, and how surely it differs in the last"), "figures.trajectories"),
        _run("dumbbell", ("逐校变化", "哪些学校上来了，哪些下去了"),
             ("Schools, before and after", "which schools rise and which fall"), "school_figures.dumbbell"),
        _run("indicators", ("七项差异系数与上限", "哪几项达标，按区间判定"),
             ("Seven indicators against their limits", "which are met, judged by the interval"), "indicator_figure.indicators"),
        _run("compliance", ("逐年达标", "哪一年、哪一项，达标的把握有多大"),
             ("Met, year by year", "how likely each indicator is met in each year"), "compliance_figure.draw"),
        _run("teacher_flow", ("教师流动", "谁从哪里到哪里"),
             ("Teachers on the move", "who goes from where to where"), "place_figures.teacher_flow"),
        _run("county_map", ("县域图", "学校在哪里，和谁结成一组"),
             ("Map of the county", "where schools are, and who is grouped with whom"), "place_figures.county_map"),
        _run("ridgeline", ("学校质量分布", "整个分布怎样移动，不只是平均"),
             ("Spread of school quality", "how the whole distribution moves, not only its mean"), "school_figures.ridgeline"),
        _run("gains", ("谁得益，谁受损", "各类学校、各类学生分别怎样"),
             ("Who gains and who loses", "kinds of schools and of pupils, one by one"), "gains_figure.draw"),
        _run("frontier", ("钱与效果", "每种政策花多少、换来多少"),
             ("Cost and effect", "what each policy costs and what it brings"), "frontier_figure.draw"),
        _run("money", ("钱花在哪里", "每年各项支出，多少是年年要花的"),
             ("Where the money goes", "lines of spending a year, and how much recurs"), "money_figure.draw"),
        _run("quota", ("指标到校", "名额给了谁，用了多少"),
             ("Quota places", "who is given places at good senior schools, and who takes them up"), "quota_figure.draw"),
        _run("seats", ("学位与班额", "够不够坐，班有多大"),
             ("Seats and classes", "whether there is room, and how large classes are"), "seats_figure.draw"),
    ],
    ("两个杠杆一起动", "Two levers at once"): [
        Figure("map", ("结果地图", "经费与轮岗各取几档，差距缩小多少；区间含 0 的格子打斜线"),
               ("Map of an outcome", "over two levers; hatched where the interval holds 0"),
               f"{LEVERS}\n{MAP}", "out/levers/maps/gap-finance.fund_yuan_year-rotation.share.{lang}.png", "map_figures.draw_map"),
        Figure("dose", ("流量乘年限", "同样的教师·年，派得多还是派得久"),
               ("Flow times term", "the same teacher-years: more teachers, or for longer"),
               DOSE, "out/funding-and-rotation-small/maps/dose.{lang}.png", "map_figures.draw_dose"),
    ],
    ("什么左右结果", "What an outcome turns on"): _of("out/sensitivity/sensitivity/figures", SENSITIVITY, [
        ("indices", "indices-gap", ("各因素的份额", "每个因素单独、连同别的，各占多少，偶然占多少"),
         ("Shares of the variance", "each input by itself and with others, and luck"), "sensitivity_figures.draw_indices"),
        ("swings", "swings-gap", ("龙卷风图", "一个因素从低到高，结果移动多少"),
         ("Tornado", "how far the outcome moves from an input's lowest to its highest fifth"), "sensitivity_figures.draw_swings"),
        ("together", "together-gap-lever.use-lever.rotation.share", ("两个因素一起", "除了各自的作用，还有没有配合"),
         ("Two inputs together", "is there anything beyond the sum of each?"), "interaction_figure.draw_together"),
        ("screening", "screening-gap", ("筛选", "哪些因素不必再看"),
         ("Screening", "which inputs need not be looked at again"), "screening_figures.draw_screening"),
        ("chaos", "chaos-gap", ("两种方法是否一致", "多项式展开与抽样估计互为见证"),
         ("Do two methods agree?", "polynomial chaos beside Sobol estimates"), "screening_figures.draw_chaos"),
        ("growth", "growth-gap", ("推演多少次才够", "区间随推演次数变窄，何时稳定"),
         ("How many runs are enough", "intervals against runs, and where they settled"), "interaction_figure.draw_growth"),
    ]),
    ("什么必须成立，一种模式才会胜出", "What must hold for a mode to win"): _of("out/futures/discover/figures", FUTURES, [
        ("overview", "overview", ("总览", "每项结果，各模式在多少种未来里最好"),
         ("Overview", "for each outcome, in what share of futures each mode is best"), "winner_figures.draw_overview"),
        ("wins", "wins-gap", ("胜出的条件", "假定取什么值时换一种模式最好"),
         ("Where the winner changes", "under which assumptions another mode is best"), "winner_figures.draw_region"),
    ]),
    ("预算之内最好的方案", "The best plans under a budget"): _of("out/plans/optimise/figures", PLANS, [
        ("front", "front", ("方案前沿", "多花一元，能再换来多少"),
         ("The front", "what one more yuan still buys"), "pareto_figure.draw_front"),
        ("matrix", "matrix", ("拿什么换什么", "各目标两两之间的取舍"),
         ("What is traded for what", "objectives in pairs"), "pareto_figure.draw_matrix"),
        ("search", "search", ("搜索的过程", "再搜下去还有没有用"),
         ("How the search went", "would searching on still help?"), "pareto_figure.draw_search"),
    ]),
    ("一个县的统计表能说明什么", "What a county's tables can tell"): [
        *_of("out/fitted/figures", FITTED, [
            ("fit", "fit", ("拟合与留出", "拟合得怎样，没有用来拟合的预测得怎样"),
             ("Fit and held-out check", "how well it fits, and predicts what was held out"), "calibration_figures.draw_fit"),
            ("identified", "identified", ("认得出哪些", "统计表把每个参数的范围收窄了多少"),
             ("How much tables tell", "by how much the range of each parameter narrows"), "calibration_figures.draw_identified"),
        ]),
        *_of("out/recovered/figures", RECOVERED, [
            ("recovery", "recovery", ("还原已知的参数", "先种下参数，再从表里找回来"),
             ("Planted and recovered", "parameters that were planted, found again from tables"), "calibration_figures.draw_recovery"),
        ]),
    ],
    ("一所学校、一位教师、一个孩子", "A school, a teacher, a child"): _in("02_three_modes", MODES, [
        ("school_year", ("一所学校的一年", "三种模式下，同一所学校这一年发生了什么"),
         ("A school's year", "what happens at the same school under each mode"), "following.school_year"),
        ("school_levels", ("一所学校的历年", "师资、管理、学业各怎样走"),
         ("A school over the years", "teaching, management and learning"), "following.school_levels"),
        ("teacher", ("一位教师", "在哪里任教，是否交流，收入与辛苦"),
         ("A teacher", "where they serve, whether they rotate, pay and effort"), "following.teacher"),
        ("child", ("一个孩子", "在哪里上学，学得多少"),
         ("A child", "where they go to school and what they gain"), "following.child"),
        ("school_over_draws", ("换一次抽签", "同一所学校，多次抽样之后还能说什么"),
         ("Drawn anew", "the same school over many draws: what can still be said"), "following.school_over_draws"),
    ]),
    ("哪份文件合我们的县", "Which document fits our county"): _in("03_which_document", DOCUMENTS, [
        ("basis", ("文件写了多少", "每份文件有多少条写明了数，多少要靠假定"),
         ("What a document says", "clauses with a number of their own, and what is assumed"), "documents_figure.basis_figure"),
        ("shape", ("像不像我们的县", "文件是为什么样的县写的"),
         ("Is it a county like ours?", "what kind of county each was written for"), "documents_figure.shape_figure"),
        ("promised", ("承诺与兑现", "覆盖、交流、自愿，各兑现多少"),
         ("Promised and delivered", "coverage, rotation, volunteers"), "interval_figure.intervals"),
        ("effects", ("与现状比", "各文件移动了什么，有没有把握"),
         ("Against the law in force", "what each document moves, and how surely"), "documents_figure.effects_figure"),
        ("pairs", ("两两相比", "哪两份分得清，哪两份分不清"),
         ("In pairs", "which documents can be told apart"), "documents_figure.pairs_figure"),
        ("ends", ("假定取两端", "最左右结果的假定取两端，结论还成立吗"),
         ("Assumptions at both ends", "does a finding hold there too?"), "documents_figure.ends_figure"),
        ("homes", ("各用各的县", "放回它自己那类县，还一样吗"),
         ("Each at home", "on a county of its own kind"), "documents_figure.homes_figure"),
    ]),
    ("信得过吗", "How far to trust it"): [
        Figure("patterns", ("典型事实与反向对照", "文献里的事实，模型给出了哪些，没给出哪些"),
               ("Patterns and negative controls", "what the literature knows: given and missed"),
               VALIDATE, "out/patterns/patterns.{lang}.png", "pattern_figure.patterns"),
        Figure("parting", ("指标与学业在哪里分开", "指标好看了，学生学得更好吗"),
               ("Indicator against learning", "where what an office sees and what pupils have part ways"),
               PARTING, "out/indicator-and-learning/parting.{lang}.png", "parting_figure.parting_figure"),
        Figure("choice_segregation", ("按同伴选校会怎样", "家庭看重同伴，学校就分化多少；与前人结果对照"),
               ("Choice by company", "how far schools part as families weigh their company: a replication"),
               CHOICE, "", ""),
    ],
}  # fmt: skip
#: Pictures that are kept elsewhere already, each in both languages.
KEPT = {"patterns": "patterns", "parting": "parting", "choice_segregation": "choice_segregation"}


HEAD = {
    "en": (
        "# Gallery\n",
        "Every kind of figure that edusim draws, with the command that drew it here. Counties are synthetic; a figure's sentence is computed and says no\n"
        "more than the 95% intervals carry. **Scenario exploration, not a forecast.**\n\n"
        "Figures of studies come from small versions, minutes on a laptop, so that you can draw them yourself: few runs, wide intervals, and often the\n"
        "answer *cannot be told*. What the whole studies found is in [experiments](../experiments/README.md). Every figure is written as PNG and SVG;\n"
        "`edusim report FOLDER --to none --charts png,svg,pdf` draws those of any finished folder again, in either language.\n"
        "中文版见[图库](zh/gallery.md)。\n",
    ),
    "zh": (
        "# 图库\n",
        "本程序画的每一种图，和画出它的命令。县是合成的；图上的话由程序算出，不会说得比 95% 区间更多。**情景推演，不是预测。**\n\n"
        "研究类的图出自小样，笔记本几分钟即可自己画出来：推演次数少，区间宽，答案常常是“看不出”。完整研究的发现见\n"
        "[experiments](../../experiments/README.md)。每幅图都有 PNG 和 SVG；`edusim report 文件夹 --to none --charts png,svg,pdf --lang zh` 可以把任何做完的\n"
        "结果重新画一遍。\n",
    ),
}


def page(lang: str) -> str:
    """Return the page in a language."""
    side = 0 if lang == "zh" else 1
    pictures = "../pictures/gallery" if lang == "zh" else "pictures/gallery"
    parts = list(HEAD[lang])
    for names, figures in CHAPTERS.items():
        parts.append(f"## {names[side]}\n")
        told = ""
        for figure in figures:
            title, question = (figure.zh, figure.en)[side]
            colon = "：" if lang == "zh" else ": "
            parts += [f"### {title}\n", f"{question[0].upper()}{question[1:]}{'。' if lang == 'zh' else '' if question.endswith('?') else '.'}\n"]
            parts.append(f"![{title}{colon}{question}]({pictures}/{figure.name}.{lang}.png)\n")
            if figure.command == told:
                parts.append("同一条命令。\n" if lang == "zh" else "The same command.\n")
            else:
                parts.append(f"```sh\n{figure.command}\n```\n")
            told = figure.command
    return "\n".join(parts)


def few_colours(picture: Any, most: int) -> Any:
    """Return a picture with at most so many colours: those that cover most of it, each apart from the others.

    Fills keep their own colour to the last bit, since colours mean something; only the edges of letters and lines are made coarser.
    """
    import numpy as np
    from PIL import Image

    pixels = np.asarray(picture)
    flat = (pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)).ravel()
    values, place, counts = np.unique(flat, return_inverse=True, return_counts=True)
    seen = np.stack([values >> 16 & 255, values >> 8 & 255, values & 255], axis=1).astype(np.int32)
    chosen = np.array([one for one in HOUSE if np.abs(seen - one).sum(axis=1).min() <= 30], dtype=np.int32).reshape(-1, 3)
    # Colours far apart first; then fills, each with its own; then letters and lines, of which those in a colour cover little and mean much.
    weight = counts * (1 + 10 * (seen.max(axis=1) - seen.min(axis=1)) / 255)
    fills = seen[np.argsort(-counts, kind="stable")][: int((counts > 0.002 * flat.size).sum())]
    others = seen[np.argsort(-weight, kind="stable")[:4000]]
    for apart, colours in ((90, others), (10, fills), (28, others), (14, others)):
        for one in colours:
            if len(chosen) < most and (len(chosen) == 0 or np.abs(chosen - one).sum(axis=1).min() >= apart):
                chosen = np.vstack([chosen, one])
    nearest = np.concatenate([((part[:, None] - chosen) ** 2).sum(axis=2).argmin(axis=1) for part in np.array_split(seen, 1 + len(seen) // 4096)])
    coarse = Image.fromarray(nearest[place].reshape(pixels.shape[:2]).astype(np.uint8), mode="P")
    coarse.putpalette(chosen.astype(np.uint8).tobytes())
    return coarse


def small(source: Path, target: Path) -> int:
    """Keep a picture with few colours, and return its size in bytes."""
    from PIL import Image

    with Image.open(source) as picture:
        whole = picture.convert("RGB")
    target.parent.mkdir(parents=True, exist_ok=True)
    for width, colours in TRIED:
        fitted = whole.resize((width, round(whole.height * width / whole.width)), Image.Resampling.LANCZOS)
        few_colours(fitted, colours).save(target, optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            break
    return target.stat().st_size


def source_of(figure: Figure, lang: str, runs: Path) -> Path:
    """Return where a picture lies after its command."""
    if figure.name in KEPT:
        return ROOT / "docs" / "pictures" / f"{KEPT[figure.name]}{'_zh' if lang == 'zh' else ''}.png"
    if figure.command == COUNTY:  # a run's own figures are in the language of the run: both are drawn again
        return runs / "out" / "demo" / "report" / f"charts.{lang}" / f"{figure.name}.png"
    return runs / figure.file.format(lang=lang).partition("#")[0]


def from_notebook(book: Path, place: int, target: Path) -> Path:
    """Write the picture of a notebook's figure, counted from 1, to a file of its own."""
    import base64
    import json

    outputs = [output for cell in json.loads(book.read_text(encoding="utf-8"))["cells"] for output in cell.get("outputs", ())]
    pictures = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    target.write_bytes(base64.b64decode("".join(pictures[place - 1])))
    return target


def carry_out(runs: Path) -> None:
    """Carry out the commands whose pictures are missing."""
    runs.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "EDUSIM_LANG": "en"}
    figures = [figure for chapter in CHAPTERS.values() for figure in chapter if figure.name not in KEPT]
    for command in dict.fromkeys(figure.command for figure in figures):
        if all(source_of(f, lang, runs).exists() for f in figures if f.command == command for lang in ("zh", "en")):
            continue
        lines = command.splitlines()
        if command == COUNTY:
            lines += [f"edusim report out/demo --to none --charts png --lang {lang}" for lang in ("zh", "en")]
        if command.startswith("edusim notebooks"):
            lines = [f"{command} --lang {lang} --force".replace("my-notebooks", f"{lang}/my-notebooks") for lang in ("zh", "en")]
        for line in lines:
            words = shlex.split(line.replace("experiments/", f"{ROOT}/experiments/"))
            words = [sys.executable, *(["-m", "edusim", *words[1:]] if words[0] == "edusim" else words[1:])]
            print(line, file=sys.stderr)
            subprocess.run(words, cwd=runs, env=environment, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="keep the pictures of the gallery")
    parser.add_argument("runs", type=Path, nargs="?", default=ROOT / "out" / "gallery", help="where the commands are carried out")
    parser.add_argument("--run", action="store_true", help="carry out first what is missing there")
    options = parser.parse_args()
    if options.run:
        carry_out(options.runs.resolve())
    for chapter in CHAPTERS.values():
        for figure in chapter:
            for lang in ("zh", "en"):
                source, place = source_of(figure, lang, options.runs), figure.file.partition("#")[2]
                if place:
                    source = from_notebook(source, int(place), source.parent / f"{figure.name}.png")
                size = small(source, PICTURES / f"{figure.name}.{lang}.png")
                print(f"{figure.name}.{lang}.png {size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
