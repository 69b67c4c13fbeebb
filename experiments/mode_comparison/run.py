"""Run the study, draw its figures, check or keep what is expected: ``python run.py [small.yaml] [-j N] [--expect]``."""

import argparse
import sys
from pathlib import Path

import edusim
from edusim.report.figures import trajectories
from edusim.report.style import save
from edusim.study import expected

HERE = Path(__file__).parent
options = argparse.ArgumentParser(description=__doc__)
options.add_argument("file", nargs="?", default="study.yaml")
options.add_argument("-j", type=int, default=None)
options.add_argument("--expect", action="store_true", help="keep the results as the expected ones")
given = options.parse_args()

study = edusim.study(HERE / given.file)
print(study.run(workers=given.j))

target = study.path / "figures"
target.mkdir(exist_ok=True)
for measure in ("learning.core_member_gap", "learning.weak_mean", "learning.core_mean"):
    for lang in ("zh", "en"):
        chart = trajectories(study.measures, measure, lang=lang, info=study.facts)
        print(*save(chart, target / f"{measure}.{lang}", ("png", "svg")), sep="\n")

sys.exit(expected.check(study.store, HERE / given.file.replace("study", "expected").replace("small", "expected.small"), keep=given.expect))
