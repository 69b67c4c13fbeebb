"""Run the sensitivity study, say what each outcome depends on, check or keep what is expected: ``python sensitivity.py [FILE] [-j N] [--expect]``."""

import argparse
import sys
from pathlib import Path

from edusim.study import sensitivity
from edusim.study.sensitivity import kept

HERE = Path(__file__).parent
options = argparse.ArgumentParser(description=__doc__)
options.add_argument("file", nargs="?", default="sensitivity.yaml")
options.add_argument("-j", type=int, default=None)
options.add_argument("--expect", action="store_true", help="keep the results as the expected ones, and write them into sensitivity.md")
given = options.parse_args()


def progress(done: int, total: int, text: str = "") -> None:
    """Tell of every twentieth part."""
    if done % max(1, total // 20) == 0:
        print(f"{done}/{total} {text}", file=sys.stderr)


found = sensitivity.of_study(HERE / given.file, workers=given.j, progress=progress, tell=lambda zh, en: print(en, file=sys.stderr))
print(*(found.paragraph(name, "en") for name in found.outcomes), sep="\n\n")
print(found.save(found.folder))

is_whole = given.file == "sensitivity.yaml"
expected = HERE / ("expected.sensitivity.json" if is_whole else "expected.sensitivity.small.json")
sys.exit(kept.check(found, expected, keep=given.expect, page=HERE / "sensitivity.md" if is_whole else None))
