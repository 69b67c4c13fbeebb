"""The tests of the equations and of the official measures see every slip: each altered copy fails one.

The program is altered one spot at a time (see `mutation/mutator.py`) and the worked examples of one test file
are run against each altered copy. What no test can see is listed here with its reason; a name on the list
that no longer stands for an unseen change is an error, and so is an unseen change that is not on it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mutation.mutator import mutants

TESTS = Path(__file__).parent
#: Share of all altered copies, the listed ones included, that must be seen.
LEAST_SEEN = 0.95

#: Module -> its test file and the functions that are altered (none named: the whole module).
TARGETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "equations.formulas": ("equations/test_formulas.py", ()),
    "equations.rotation": ("equations/test_rotation_by_hand.py", ("willingness", "quota_base", "may_lead")),
    "equations.classes": ("equations/test_classes_by_hand.py", ("effective_quality", "staff_classes", "class_quality")),
    "equations.teachers": (
        "equations/test_teachers_by_hand.py",
        # Not sort_rows: many sequences of gaps sort as well.
        ("group_rows", "update_quality", "upper_decile", "learn_from_others", "kth_best", "appraise", "promote",
         "hours_to_intensity", "count_staff"),
    ),
    "equations.private": (
        "equations/test_private_by_hand.py", ("appeal", "relative", "ses_slope", "log_odds_of", "share_at"),
    ),
    "equations.posts": ("equations/test_posts_by_hand.py", ()),
    "equations.pupils": (
        "equations/test_pupils_by_hand.py",
        ("count_pupils", "form_classes", "learn", "book", "good_senior_places", "seen_reputation", "exact"),
    ),
    # Another file of examples of the same module: each file is run against every altered copy.
    "equations.pupils (admission)": ("equations/test_admission_by_hand.py", ("rank_schools", "enrol")),
    "equations.choice": (
        "equations/test_choice_by_hand.py",
        ("utility", "rank", "travel_table", "relative_travel", "company_value", "tolerance", "weights"),
    ),
    "measures.official": ("measures/test_official_by_hand.py", ()),
    "measures.inequality": ("measures/test_inequality_by_hand.py", ()),
}

FILLS = "stands in where nothing is divided or logged: the result is then multiplied by zero, or replaced"
TIES = "of equal values either may stand first; the value is the same"
NOTHING_BOOKED = "books a run of no pupils: zeros"

#: What no test can see, with the reason why.
UNSEEN: dict[str, dict[str, str]] = {
    "equations.formulas": {
        "happens: p [> => >=] 0.0": "a probability of 0 is 0 on either way",
        "happens: p > [0.0 => -1.0]": "a probability of 0 is 0 on either way",
        "happens: p [< => <=] 1.0": "a probability of 1 is 1 on either way",
        "happens: p < [1.0 => 1.1]": "a probability of 1 is 1 on either way",
        "happens: u * (1.0 - p) [> => >=] p * (1.0 - u) * (1.0 + 1.7183 * max(0.0, shift)) * 1.000001":
            "a draw exactly at the bound is out either way",
    },
    "equations.classes": {
        "staff_classes: max([1 => 0], (served + teachers - 1) // teachers)":
            "no class is served: nobody is counted out",
        "staff_classes: max(1, (served + teachers - 1) // teachers) if teachers > 0 else [1 => 2]":
            "there is no teacher to share out",
        "staff_classes: max(1, (served + teachers - 1) // teachers) if teachers > 0 else [1 => 0]":
            "there is no teacher to share out",
        "staff_classes: gaps[s, k] [<= => <] 0": "walks through the classes and finds no gap",
        "staff_classes: gaps[s, k] <= [0 => -1]": "walks through the classes and finds no gap",
        "staff_classes: unit >= [0 => -1]": "unit -1 has no campuses: its row of starts is empty",
        "staff_classes: best = -[1 => 2]": "any number below 0 says that nobody is found",
        "class_quality: online_share[s] [> => >=] 0.0": "a share of nothing adds nothing",
        "class_quality: online_share[s] > [0.0 => -1.0]": "a share of nothing adds nothing",
    },
    "equations.teachers": {
        "upper_decile: value [> => >=] best[m - 1]": TIES,
        "upper_decile: best[p - 1] [< => <=] value": TIES,
        "promote: start.size [- => +] 1": "more schools than there are, none with a free post",
        "promote: start.size - [1 => 0]": "one more school, without a free post",
        "promote: [1e => 1.1e]-06 * uniform_at(tie_key, ids[i])": "any number that is small beside an appraisal",
        "promote: [1e-06 => 9e-07] * uniform_at(tie_key, ids[i])": "any number that is small beside an appraisal",
        "promote: lender = -[1 => 2]": "any number below 0 says that nobody is found",
        "kth_best: value[i] [<= => <] best[k - 1]": TIES,
        "kth_best: best[p - 1] [< => <=] value[i]": TIES,
    },
    "equations.posts": {
        "choose_posts: value [> => >=] best_value": "tastes are continuous: no two utilities are equal, none is 0",
    },
    "equations.private": {
        "log_odds_of: mean[:, None] [+ => -] sd * node[None, :]": "the nodes lie evenly on both sides",
        "log_odds_of: found [< => <=] wanted": "a share met exactly halves from either side to the same number",
    },
    "equations.pupils": {
        "learn: at_school = [- => ]1": NOTHING_BOOKED,
        "learn: at_school = -[1 => 2]": NOTHING_BOOKED,
        "learn: at_school = -[1 => 0]": NOTHING_BOOKED,
        "learn: np.int64([0 => 1])": "set to 0 again at the first pupil",
        "learn: np.int64([0 => -1])": "set to 0 again at the first pupil",
        "learn: at_school >= [0 => -1]": NOTHING_BOOKED,
        "learn: at_school >= [0 => -1] (2)": NOTHING_BOOKED,
        "seen_reputation: shares_name[s] [> => >=] 0.0": "a share of nothing lends nothing",
        "seen_reputation: shares_name[s] > [0.0 => -1.0]": "a share of nothing lends nothing",
    },
    "equations.pupils (admission)": {
        "rank_schools: k [< => <=] private_rows.size - 1": "the last cumulative share is 1: no lot gets past it",
        "rank_schools: private_rows.size [- => +] 1": "the last cumulative share is 1: no lot gets past it",
        "rank_schools: private_rows.size - [1 => 0]": "the last cumulative share is 1: no lot gets past it",
        "rank_schools: private_cumulative[place, k] [<= => <] u": "a lot is never equal to a share",
        "rank_schools: near[place, 0] >= [0 => -1]": "every neighbourhood has a catchment school",
        "rank_schools: np.int32([- => ]1)": "every neighbourhood has a catchment school",
        "rank_schools: np.int32(-[1 => 2])": "every neighbourhood has a catchment school",
        "rank_schools: np.int32(-[1 => 0])": "every neighbourhood has a catchment school",
        "rank_schools: open_choice_share [> => >=] 0.0": "no lot lies below a share of nothing",
        "rank_schools: open_choice_share > [0.0 => -1.0]": "no lot lies below a share of nothing",
        "rank_schools: uniform_at(choose_key, ids[i]) [< => <=] open_choice_share": "a lot is never equal to a share",
        "rank_schools: -[1 => 2] if is_free else int(own)": "any number below 0 says that every school may be ranked",
    },
    "equations.choice": {
        "rank: taste_scale [> => >=] 0.0": "a taste times nothing is nothing",
        "rank: taste_scale > [0.0 => -1.0]": "a taste times nothing is nothing",
    },
    "measures.official": {
        "SevenIndicators.school_n_met: len(INDICATORS) + [1 => 2]":
            "any number above seven stands for a part that is not judged",
        "split_shares: np.where(total > 0, total, [1.0 => 1.1])": FILLS,
        "split_shares: np.where(total > 0, total, [1.0 => 0.9])": FILLS,
        "seven_indicators: pupils [> => >=] 0": "nothing over no pupils is NaN too",
        "seven_indicators: pupils > [0 => -1]": "nothing over no pupils is NaN too",
        "ratios_and_values: np.where(is_open, pupils, [1.0 => 1.1])": FILLS,
        "ratios_and_values: np.where(is_open, pupils, [1.0 => 0.9])": FILLS,
        "ratios_and_values: mean == [0 => -1]":
            "nothing over a mean of nothing is NaN too; a mean of goods is never negative",
        "ratios_and_values: np.stack((mean, spread / np.where(mean == 0, np.nan, mean)), axis=1).swapaxes(-1, [- => ]2)":
            "the same axis counted from the front",
        "ratios_and_values: now [+= => -=] np.where(is_open[0], 0.0, np.nan)[:, None]":
            "neither 0 nor NaN has a sign that matters",
    },
    "measures.inequality": {
        "theil: code.max() + [1 => 2]": "one more group, with nobody in it, adds nothing",
        "theil: code.max() + 1 if code.size else [0 => 1]": "without units the index is NaN whatever the groups",
        "theil: code.max() + 1 if code.size else [0 => -1]": "without units the index is NaN whatever the groups",
        "cv_rows: np.where(counts, n, [1.0 => 1.1])": FILLS,
        "cv_rows: np.where(counts, n, [1.0 => 0.9])": FILLS,
        "_relative: np.where(counts, values, [0.0 => 1.0])": "its weight is 0, and it is put to 1 below",
        "_relative: mean [> => >=] 0":
            "a mean of 0 gives NaN by itself; one below 0 comes with a value below 0, which is refused",
        "_relative: mean > [0 => -1]":
            "a mean of 0 gives NaN by itself; one below 0 comes with a value below 0, which is refused",
        "_relative: initial=[0.0 => 1.0]": "only a value below 0 counts",
        "_relative: np.where(counts | bad[..., None], y, [1.0 => 1.1])": "its weight is 0: any positive number does",
        "_relative: np.where(counts | bad[..., None], y, [1.0 => 0.9])": "its weight is 0: any positive number does",
        "_theil_of: np.where(relative == 0, [1.0 => 1.1], relative)": FILLS,
        "_theil_of: np.where(relative == 0, [1.0 => 0.9], relative)": FILLS,
        "_between_of: np.where(amount == 0, [1.0 => 1.1], amount / np.where(weight == 0, 1.0, weight))": FILLS,
        "_between_of: np.where(amount == 0, [1.0 => 0.9], amount / np.where(weight == 0, 1.0, weight))": FILLS,
        "_between_of: np.where(weight == 0, [1.0 => 1.1], weight)": FILLS,
        "_between_of: np.where(weight == 0, [1.0 => 0.9], weight)": FILLS,
        "_gini_of: np.argsort(relative, axis=-1, kind='stable').reshape(-[1 => 2], size)":
            "any negative number asks NumPy for the length that is left",
        "_gini_of: axis=[- => ]1 (2)": "the last of two axes",
        "_gini_of: np.minimum(np.maximum(1.0 - np.einsum('rs,rs->r', p, below), 0.0), [1.0 => 1.1])":
            "1 less a sum of positive numbers is never above 1",
        "_atkinson_of: epsilon == [2 => 1]": "the general form behind the short cut gives the same",
        "_atkinson_of: np.minimum(np.maximum(1.0 - equal, 0.0), [1.0 => 1.1])":
            "1 less a positive number is never above 1",
    },
}


def run(module: str, file: Path, *functions: str) -> dict[str, str | None]:
    """Return for each altered copy the test of the file that sees it, None if none does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, str(TESTS / "mutation" / "runner.py"), f"edusim.{module.split()[0]}", str(file), *functions],
        env=environment | {"NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name: seen for name, _, seen in json.loads(done.stdout)}


@cache
def outcome(module: str) -> dict[str, str | None]:
    file, functions = TARGETS[module]
    return run(module, TESTS / file, *functions)


@pytest.mark.slow
@pytest.mark.parametrize("module", TARGETS)
def test_every_slip_is_seen(module: str) -> None:
    found = outcome(module)
    unseen = {name for name, seen in found.items() if seen is None}
    listed = set(UNSEEN.get(module, {}))
    assert not unseen - listed, "no test sees these changes: write one that does"
    assert not listed - set(found), "these changes are listed but no longer exist: take them off the list"
    assert not listed - unseen, "these changes are listed as unseen, but a test sees them: take them off the list"


@pytest.mark.slow
def test_the_list_of_the_unseen_is_short() -> None:
    assert set(UNSEEN) <= set(TARGETS)
    total = sum(len(outcome(module)) for module in TARGETS)
    seen = sum(name is not None for module in TARGETS for name in outcome(module).values())
    assert total > 1000
    assert seen / total >= LEAST_SEEN, f"{seen} of {total}"


def test_what_counts_as_a_slip() -> None:
    source = """
def f(a: int = 0, b=True):
    'Words, 1 < 2, are left alone.'
    if a < 2.0 and not b:
        a += -1
    return max(a, 3 & b[:]) / len(zip(a, strict=False))

def g():
    return 5
"""
    assert [m.name for m in mutants(source, only=("f",))] == [
        "f: [0 => 1]", "f: [0 => -1]", "f: [True => False]", "f: a < 2.0 [and (not b) => or not b]", "f: a [< => <=] 2.0",
        "f: a [< => >=] 2.0", "f: a < [2.0 => 2.2]", "f: a < [2.0 => 1.8]", "f: a < 2.0 and [(not b) => b]",
        "f: a [+= => -=] -1", "f: a += [- => ]1", "f: a += -[1 => 2]", "f: a += -[1 => 0]",
        "f: max(a, 3 & b[:]) [/ => *] len(zip(a, strict=False))", "f: [max => min](a, 3 & b[:])", "f: 3 [& => |] b[:]",
        "f: [3 => 4] & b[:]", "f: [3 => 2] & b[:]",
    ]  # fmt: skip
    assert [m.name for m in mutants(source)][-2:] == ["g: return [5 => 6]", "g: return [5 => 4]"]
    assert [m.name for m in mutants("A = 1\nB = A == 1", only=())][2:] == ["module: A [== => !=] 1", "module: A == [1 => 2]", "module: A == [1 => 0]"]


def test_altered_code_is_what_its_name_says() -> None:
    found = {}
    for mutant in mutants("def f(x):\n    return x * 3 - 1\n"):
        scope: dict[str, Any] = {}
        exec(mutant.code, scope)
        found[mutant.name] = scope["f"](2)
    assert found == {
        "f: x * 3 [- => +] 1": 7, "f: x [* => /] 3": 2 / 3 - 1, "f: x * [3 => 4]": 7, "f: x * [3 => 2]": 3,
        "f: x * 3 - [1 => 2]": 4, "f: x * 3 - [1 => 0]": 6,
    }  # fmt: skip


@pytest.mark.slow
def test_tests_that_look_at_little_are_found_out(tmp_path: Path) -> None:
    lax = tmp_path / "test_lax.py"
    lax.write_text("def test_it(module):\n    assert module.quota_base(0, 1, 2, 3) == 1\n", encoding="utf-8")
    found = run("equations.rotation", lax, "quota_base")
    assert found == {
        "quota_base: base [== => !=] CORE_STAFF": "test_it",
        "quota_base: base [== => !=] ELIGIBLE": "test_it",
    }
    found = run("equations.rotation", lax, "willingness")
    assert len(found) == 8
    assert set(found.values()) == {None}
    wrong = tmp_path / "test_wrong.py"  # another name: a file changed within a second may be read from its cache
    wrong.write_text("def test_it(module):\n    assert module.quota_base(0, 1, 2, 3) == 2\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="test_it fails on the source as it is"):
        run("equations.rotation", wrong, "quota_base")
