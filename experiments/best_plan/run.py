"""Search for the best plans, say what they are, check or keep what is expected: ``python run.py [small.yaml] [-j N] [--expect]``."""

import argparse
import sys
from pathlib import Path

import edusim
from edusim.optimise import kept

HERE = Path(__file__).parent
options = argparse.ArgumentParser(description=__doc__)
options.add_argument("file", nargs="?", default="study.yaml")
options.add_argument("-j", type=int, default=None)
options.add_argument("--expect", action="store_true", help="keep the results as the expected ones, and write them into the README")
given = options.parse_args()


def progress(done: int, total: int, text: str = "") -> None:
    """Tell of every fiftieth part."""
    if done % max(1, total // 50) == 0:
        print(f"{done}/{total} {text}", file=sys.stderr)


found = edusim.optimise(HERE / given.file, workers=given.j, progress=progress)
print(found.table("en"))
print(found.save(found.folder))

is_whole = given.file == "study.yaml"
expected = HERE / ("expected.json" if is_whole else "expected.small.json")
sys.exit(kept.check(found, expected, keep=given.expect, page=HERE / "README.md" if is_whole else None))
