"""Reckon five cases of indicator against learning, draw them, check or keep what is expected.

``python run.py [--small] [-j N] [--expect]``: ``--small`` is a small county and few draws, for continuous integration;
``--expect`` keeps the results, and writes them into README.md and docs/pictures.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import edusim
from edusim.report.parting_figure import parting_figure, write_parting
from edusim.study import expected
from edusim.study.design import source_hash
from edusim.validate import parting_page
from edusim.validate.parting import Parting, parting

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "docs" / "pictures"
SMALL = {"region.n_pupils": 6000, "years": 4}


def reckon(small: bool, workers: int) -> Parting:
    """Run the full experiment or the small one."""
    scenario = edusim.load(HERE / "scenario.yaml")
    return parting(scenario.with_(SMALL) if small else scenario, draws=4 if small else 20, workers=workers)


def quote(kept: dict) -> None:
    """Write the kept results between the markers of README.md."""
    page = (HERE / "README.md").read_text(encoding="utf-8")
    for lang in ("en", "zh"):
        block = f"<!-- results-{lang}:start -->\n\n{parting_page.page(kept, lang)}\n\n<!-- results-{lang}:end -->"
        page = re.sub(f"<!-- results-{lang}:start -->.*?<!-- results-{lang}:end -->", lambda _, b=block: b, page, flags=re.S)
    (HERE / "README.md").write_text(page, encoding="utf-8")


def main() -> int:
    """Run, draw, keep or compare; return 0 where the results are as expected."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", action="store_true", help="a small county and few draws")
    options.add_argument("-j", type=int, default=2, help="processes")
    options.add_argument("--expect", action="store_true", help="keep the results as the expected ones")
    given = options.parse_args()

    found = reckon(given.small, given.j)
    print(*(f"{case}: {told}\n  {found.sentences[case]['zh']}\n  {found.sentences[case]['en']}" for case, told in found.verdicts.items()), sep="\n")
    name = "indicator-and-learning" + ("-small" if given.small else "")
    print(*write_parting(found, Path("out") / name), sep="\n")

    now, file = parting_page.results(found, source_hash()), HERE / ("expected.small.json" if given.small else "expected.json")
    if given.expect:
        parting_page.write(now, file)
        if not given.small:
            quote(now)
            for lang, ending in (("zh", "_zh"), ("en", "")):
                chart = parting_figure(found.frame, briefs=found.briefs, verdicts=found.verdicts, info=found.info, lang=lang)
                chart.savefig(PICTURES / f"parting{ending}.png", dpi=105)
        print(f"kept: {file}")
        return 0
    differs = expected.differences(now, json.loads(file.read_text(encoding="utf-8")))
    print(*(f"not as expected: {line}" for line in differs), sep="\n") if differs else print(f"as expected: {file}")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
