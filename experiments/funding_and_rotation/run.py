"""Run the study, draw its maps, check or keep what is expected: ``python run.py [small.yaml] [-j N] [--expect]``."""

import argparse
import sys
from pathlib import Path

import edusim
from edusim.report.map_figures import write_maps
from edusim.study import expected

HERE = Path(__file__).parent
options = argparse.ArgumentParser(description=__doc__)
options.add_argument("file", nargs="?", default="study.yaml")
options.add_argument("-j", type=int, default=None)
options.add_argument("--expect", action="store_true", help="keep the results as the expected ones")
given = options.parse_args()

study = edusim.study(HERE / given.file)
print(study.run(workers=given.j))

fund, share, term = "finance.fund_yuan_year", "rotation.share", "rotation.term_years"
maps = [{"x": fund, "y": share, "outcome": name, "name": name} for name in ("gap", "weak_half", "core", "attrition")]
maps += [{"x": fund, "y": "use", "outcome": name, "name": f"use-{name}"} for name in ("gap", "attrition")]
maps += [{"x": term, "y": share, "outcome": name, "name": f"dose-{name}"} for name in ("gap", "core")]
maps += [{"x": term, "y": share, "outcome": "stock", "name": "dose", "dose": True}]
print(*write_maps(study.frames, maps, study.path / "maps", info=study.facts), sep="\n")

sys.exit(expected.check(study.store, HERE / given.file.replace("study", "expected").replace("small", "expected.small"), keep=given.expect))
