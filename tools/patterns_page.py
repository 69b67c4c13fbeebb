"""Keeps what ``edusim validate`` finds and writes ``docs/patterns.md`` from it.

``make patterns`` carries the checks out (some minutes on two cores), keeps every draw's values in
``experiments/patterns/expected.json`` with the hash of the model that made them, and draws the two pictures of the
page (``--draw``: only these). The page itself is made from what is kept, by this tool and by ``tools/make_docs.py``; a test holds it fresh.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "experiments" / "patterns" / "expected.json"
PICTURES = ROOT / "docs" / "pictures"

HEAD = """# Patterns and negative controls 典型事实与反向对照

Ten stylised facts of real counties and schools, each with a band set from the literature **before** the model was held
against it, and four negative controls: things that must have no effect. Parameters come from evidence; only the levels of
P1 and P2 may be calibrated on. Where a number was set with a fact in view, a note says so: that fact tests the model no more (P4 in
part, the first half of P8). A miss stays here as a miss, with what was tried.

```sh
edusim validate -j 2                     # about two minutes: table, exit status 0 while the controls hold
edusim validate --only P9,C1 --out out/patterns
edusim validate --fresh                  # each draw another county, not only other people
make patterns                            # what made this page: keeps every draw in experiments/patterns/expected.json
```

`edusim.validate(...)` gives the same as a frame. The county is the shipped one as it is (157 schools, 48 junior schools with
50 graduates or more): a smaller cut has other schools, and with a third of them where they happen to stand decides P4, P7
and P8 (`-S region.n_pupils=35000` shows it). Draws are paired: within a draw every policy meets the same people and
lots. Intervals are 95 % over draws (P2: over counties drawn anew). *In band*: the whole interval lies in the band; *in band,
crosses*: the mean does, the interval reaches over an edge; *miss*: the mean lies outside. A pattern passes when all its parts do.

十项关于真实县域与学校的典型事实，区间在检验之前由文献定下；另有四个反向对照：不应有任何作用的事，就必须毫无作用。参数取自实证，
只有 P1、P2 的水平可用于校准。定值时已看过某项事实的，说明里写明，该项不再能检验模型（P4 的一部分、P8 的前一半）；
未达到就写未达到，并写明试过什么。中文在后半部分。
"""

OTHER = """## One county, or the model? 是这个县，还是模型？

The intervals above are over people in one county's schools. Here each draw is another county of the same making
(`edusim validate --fresh`): what then changes belongs to the county that is shipped, what stays belongs to the model.
Where junior schools happen to stand and whom they serve moves P4, P5 and P7 as much as the people do.

上面的区间只反映同一批学校换一批人；这里每次抽样另生成一个县（`edusim validate --fresh`）。变了的属于随附的这个县，不变的属于模型。
初中碰巧在哪里、服务谁，对 P4、P5、P7 的影响不亚于换一批人。
"""

REPEAT = """## Repeating a check by hand 自己重做一项

Every change a check makes is an override. `configs/checks/law_plus.yaml` is the law in force as a policy; one clause is added
to it on the command line, so that only this clause differs from the first year on.

```sh
C="-S policies=status_quo,configs/checks/law_plus.yaml"
# P9: one in ten rotates for three years, against nobody
edusim compare county $C --years 3 --design feasible -S rotation.share=0 -S law_plus:rotation.share=0.10 \\
    -S law_plus:rotation.term_years=3 -S law_plus:rotation.head_may_assign=true
# P10: tight groups with modest shares; then the core diluted
edusim compare county --policies status_quo,tight --design feasible -S tight:rotation.share=0.05
edusim compare county --policies status_quo,tight --design feasible -S tight:groups.max_members=10 \\
    -S tight:groups.coverage_share=1 -S tight:rotation.share=0.25 -S tight:rotation.term_years=2 -S tight:rotation.min_years_at_post=0
# P14: quotas where there were none
edusim compare county $C --design feasible -S admission.quota_share=0 -S law_plus:admission.quota_share=0.5
```
"""


def kept() -> dict[str, Any]:
    """Return what is kept."""
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def page() -> str:
    """Return the page, made from what is kept."""
    from edusim.validate import PATTERNS
    from edusim.validate.page import head, markdown, summary
    from edusim.validate.running import from_kept

    held = kept()
    result, other = from_kept(held["shipped"]), from_kept(held["fresh"])
    out = [HEAD, f"Kept results: model `{held['source'][:12]}`, scenario `{result.scenario.hash[:12]}`.\n"]
    for lang, title, picture in (("en", "Results", "patterns.png"), ("zh", "结果", "patterns_zh.png")):
        out += [f"## {title}\n", head(result, lang)[0] + ("。" if lang == "zh" else "."), "", f"**{summary(result, lang)}**", "",
                f"![{title}](pictures/{picture})", "", *markdown(result.frame, lang, result.verdict), ""]  # fmt: skip
    out += ["## What each pattern asks, and where it comes from 各项要求与来源\n", "| | pattern | asks | source |", "|---|---|---|---|"]
    out += [f"| {p.key} | {p.zh}<br>{p.en} | {p.asks_zh}<br>{p.asks_en} | {p.source} |" for p in PATTERNS]
    return "\n".join([*out, "", *_other_counties(result, other), "", REPEAT])


def _other_counties(result: Any, other: Any) -> list[str]:
    """Return what becomes of each part where every draw is another county."""
    from edusim.validate.page import value_text, verdict_text

    out = [OTHER, "| | part 项目 | band 区间 | shipped county 随附的县 | other counties 另外的县 |", "|---|---|---|---|---|"]
    there = other.frame[other.frame["kind"] == "part"].set_index(["pattern", "part"])
    for _, row in result.frame[result.frame["kind"] == "part"].iterrows():
        if (row["pattern"], row["part"]) not in there.index or row["pattern"] in ("P1", "P2"):
            continue
        new = there.loc[(row["pattern"], row["part"])]
        cells = [f"{value_text(r, 'en')} {verdict_text(r, 'en')[0]}" for r in (row, new)]
        out.append(f"| {row['pattern']} | {row['zh']}<br>{row['en']} | {row['band']} | {cells[0]} | {cells[1]} |")
    return out


def keep(workers: int) -> None:
    """Carry the checks out and keep their values."""
    from edusim import validate
    from edusim.study import design

    def say(done: int, total: int, text: str) -> None:
        sys.stderr.write(f"{done}/{total} {text}\n")

    shipped = validate.carry_out(workers=workers, progress=say)
    fresh = validate.carry_out(only=[k for k in validate.KEYS if k not in ("P1", "P2")], workers=workers, fresh=True, progress=say)
    held = {"source": design.source_hash(), "shipped": shipped.kept(), "fresh": fresh.kept()}
    plain = json.dumps(_plain(held), ensure_ascii=False, allow_nan=False)
    KEPT.write_text(plain.replace('], "', '],\n "').replace('{"source"', '{\n "source"') + "\n", encoding="utf-8")


def draw() -> None:
    """Draw the pictures of the page from what is kept."""
    from edusim.validate.running import from_kept

    result = from_kept(kept()["shipped"])
    for lang, name in (("en", "patterns.png"), ("zh", "patterns_zh.png")):
        result.plot(lang).savefig(PICTURES / name, dpi=90)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    import os

    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("MPLBACKEND", "Agg")
    if sys.argv[1:] != ["--draw"]:
        keep(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    draw()
    sys.path.insert(0, str(ROOT / "tools"))
    import make_docs

    (ROOT / "docs" / "patterns.md").write_text(make_docs.text("patterns.md"), encoding="utf-8")
    sys.stdout.write("written: experiments/patterns/expected.json, docs/patterns.md, two pictures\n")
