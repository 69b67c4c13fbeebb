"""Run the shipped comparison and quote it: `python tools/quote_demo.py` (about a minute on two cores).

Writes the marked parts of README.md and CHANGELOG.md and the pictures of README. Run it when a headline
number changes; CHANGELOG.md must then say why.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("MPLBACKEND", "Agg")

DRAWS, MEASURES_QUOTED = 20, 4
DESIGNS = (("feasible", "as feasible 按可行条件"), ("identical", "identical pairs 同样的学校配对"))
HEADLINES = (
    ("learning.core_member_gap", "gap between core and member schools, SD"),
    ("learning.weak_mean", "mean of the weaker half of schools, SD"),
    ("learning.top_mean", "mean of the top quarter of schools, SD"),
)


def excerpt(table: str) -> str:
    """Return the head of a printed table and its first measures, each with its intervals."""
    lines = table.splitlines()
    rule = next(i for i, line in enumerate(lines) if re.fullmatch(r"[-─—]{20,}", line.strip()))
    return "\n".join(line.rstrip() for line in lines[: rule + 1 + 2 * MEASURES_QUOTED])


def headline(comparison: Any) -> str:
    """Return the effects in the last year with their intervals, as tables of Markdown."""
    effects, info = comparison.effects, comparison.info
    last = int(effects["year"].max())
    policies = list(dict.fromkeys(effects["policy"]))
    parts = [
        f"Shipped county (`county`), seed {comparison.seed}, {DRAWS} paired draws: differences from the law in force in {last}, mean [95% interval].\n"
    ]
    for design, title in DESIGNS:
        here = effects[(effects["design"] == design) & (effects["year"] == last) & (effects["stage"] == "all")]
        rows = [f"| {title} | " + " | ".join(f"{info['names'][p]['en']} {info['names'][p]['zh']}" for p in policies) + " |", "|---|" + "---|" * len(policies)]
        for measure, words in HEADLINES:
            cells = []
            for policy in policies:
                r = here[(here["policy"] == policy) & (here["measure"] == measure)].iloc[0]
                cells.append(f"{r['mean']:+.3f} [{r['low']:+.3f}, {r['high']:+.3f}]")
            rows.append(f"| {words} | " + " | ".join(cells) + " |")
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def put(file: str, mark: str, text: str) -> None:
    """Put a text between the marks of a file."""
    path = ROOT / file
    old = path.read_text(encoding="utf-8")
    start, end = f"<!-- {mark}:start -->", f"<!-- {mark}:end -->"
    head, _, rest = old.partition(start)
    _, _, tail = rest.partition(end)
    if not rest or not tail:
        raise SystemExit(f"{file} has no {start} ... {end}")
    path.write_text(f"{head}{start}\n{text.rstrip()}\n{end}{tail}", encoding="utf-8")
    print(f"written: {file} ({mark})")


def main() -> None:
    import edusim

    comparison = edusim.compare("county", draws=DRAWS, workers=os.cpu_count() or 1)
    pictures = ROOT / "docs" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for lang, name in (("en", "trajectories.png"), ("zh", "trajectories_zh.png")):
        put("README.md", f"demo-{lang}", f"```text\n{excerpt(comparison.table(lang))}\n```")
        comparison.plot("trajectories", lang=lang).savefig(pictures / name, dpi=120)
        print(f"written: docs/pictures/{name}")
    put("CHANGELOG.md", "headline", headline(comparison))


if __name__ == "__main__":
    main()
