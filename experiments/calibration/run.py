"""Calibrate, compare with what is kept, or keep it: ``python run.py recovery|measured|hefei [--small] [-j N] [--expect]``."""

import argparse
import sys
from pathlib import Path

import edusim
from edusim.calibrate import kept

HERE = Path(__file__).parent
#: What makes a small version of each, seconds instead of minutes; its numbers are kept too.
SMALL = {"set.region.n_pupils": 3000, "trials.start": 64, "trials.guided": 16, "trials.batch": 8, "recover.truths": 8}
options = argparse.ArgumentParser(description=__doc__)
options.add_argument("name", choices=("recovery", "measured", "hefei"))
options.add_argument("--small", action="store_true")
options.add_argument("-j", type=int, default=None)
options.add_argument("--expect", action="store_true", help="keep the results as the expected ones, here and in the page")
given = options.parse_args()

changes = {**SMALL, "store.path": f"out/calibration-{given.name}-small"} if given.small else None
opened = edusim.calibrate(HERE / f"{given.name}.yaml", changes)
found = (opened.fit if given.name == "hefei" else opened.recover)(workers=given.j)
file = HERE / f"expected.{given.name}{'.small' if given.small else ''}.json"
wrong = kept.check(found, file, keep=given.expect)
if given.expect and not given.small:
    for lang in ("zh", "en"):
        kept.put(HERE / "README.md", f"{given.name}-{lang}", kept.text(kept.digest(found), lang))
print(*(f"not as expected: {line}" for line in wrong), sep="\n" if wrong else "")
print(f"{opened.path}: {'kept' if given.expect else 'as expected' if not wrong else 'not as expected'}")
sys.exit(bool(wrong))
