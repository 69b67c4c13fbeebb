"""Every clause of every policy is at work: moved within its range, under paired draws, its declared measure moves.

A parameter is moved from one end of its range to the other (or to the value of its situation, see
``test_liveness.NEEDS``) under the policy that sets it; the declared measure, the mean over the years
simulated, must move by more than three paired standard errors, in the declared direction where there is
one. ``tools/liveness_page.py`` writes what came out to ``docs/liveness.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pytest

import kept
from edusim import policies
from edusim.model import County
from test_liveness import KNOWN, NEEDS, Situation, run

DRAWS = 8
LIMIT = 3.0
#: Ends that a range cannot reach because flow times term may not pass one half.
HIGHEST = {"rotation.share": 0.16, "rotation.term_years": 3.0}


@dataclass(frozen=True)
class Trial:
    """What moving one parameter of one policy did to its declared measure."""

    policy: str
    path: str
    low: float
    high: float
    mean: float
    error: float

    @property
    def numbers(self) -> list[float]:
        """What the trial found, as it is kept."""
        return [self.low, self.high, self.mean, self.error]

    @property
    def ratio(self) -> float:
        """Mean change in paired standard errors; infinite where every draw gives the same change."""
        if self.mean == 0.0 or not np.isfinite(self.mean):
            return 0.0
        return float(np.inf * np.sign(self.mean)) if self.error == 0.0 else self.mean / self.error

    @property
    def is_live(self) -> bool:
        """Whether it moved enough, and the declared way."""
        way = KNOWN[self.path].direction
        return abs(self.ratio) > LIMIT and (way == "0" or (self.ratio > 0) == (way == "+"))


def cases() -> list[tuple[str, str]]:
    """Return (policy, path) of every clause: each mode's under its own file, a mix's own clauses under the mix."""
    found = []
    for key in policies.policy_names():
        policy = policies.policy(key)
        if len(policy.modes) == 1:
            found += [(key, path) for path in (*policy.clauses, *policy.mode_clauses[0])]
        elif len(policy.modes) > 1:
            inherited = set(policies.policy(policy.modes[0]).clauses)
            found += [(key, path) for path in policy.clauses if path not in inherited]
    return found


def level(model: County, name: str) -> float:
    """Return a measure's mean over the years simulated, and over its stages where it has no value for all."""
    values = []
    for year in model.year_measures[1:]:
        rows = [(k, v) for k, v in zip(year.keys.rows, year.values, strict=True) if k.measure == name]
        whole = [v for k, v in rows if k.scope in ("county", "stage") and k.stage == "all"]
        known = np.array(whole or [v for k, v in rows if k.scope in ("county", "stage")])
        known = known[np.isfinite(known)]
        values += [float(known.mean())] if known.size else []
    return float(np.mean(values)) if values else np.nan


def ends(path: str, situation: Situation) -> list[tuple[float, float]]:
    """Return the pairs of values to compare, low first."""
    d = KNOWN[path]
    if d.words:
        codes = range(len(d.words))
        return [(a, b) for a in codes for b in codes if a < b]
    high = HIGHEST.get(path, d.high) if situation.value is None else situation.value
    low = d.low if situation.value is None or situation.value != d.low else d.high
    return [(min(low, high), max(low, high))]


def situation_of(policy: str, path: str) -> Situation:
    """Return the situation in which a parameter of a policy is tried."""
    needs = NEEDS.get(path, Situation())
    given = {k.replace(f"{needs.policy}:", f"{policy}:"): v for k, v in needs.given.items() if k.rpartition(":")[2] != path}
    if path != "finance.fund_yuan_year":
        # What a clause does where it is paid for; what a small fund leaves unpaid is a matter of the fund.
        given = {f"{policy}:finance.fund_yuan_year": 2e8} | given
    situation = replace(needs, policy=policy, given=given, wider=True)
    if path == "rotation.share":
        situation = replace(situation, given={**given, "rotation.term_years": 3.0})
    return situation


@lru_cache(maxsize=16 * DRAWS)
def level_at(policy: str, path: str, value: float, draw: int) -> float:
    """Return the declared measure with a parameter at a value; more draws go on from those that were made."""
    return level(run(situation_of(policy, path), {f"{policy}:{path}": value}, draw), KNOWN[path].measure)


def trial(policy: str, path: str, draws: int = DRAWS) -> Trial:
    """Return what moving a parameter of a policy does, of several pairs of values the clearest."""
    best = None
    for low, high in ends(path, situation_of(policy, path)):
        levels = [[level_at(policy, path, value, draw) for draw in range(draws)] for value in (low, high)]
        change = np.array(levels[1]) - np.array(levels[0])
        change = change[np.isfinite(change)]
        error = float(change.std(ddof=1) / np.sqrt(change.size)) if change.size > 2 else np.nan
        mean = float(change.mean()) if change.size > 2 else 0.0
        one = Trial(policy, path, low, high, mean, error)
        if best is None or abs(one.ratio) > abs(best.ratio):
            best = one
    assert best is not None
    return best


def surely(policy: str, path: str) -> Trial:
    """Return a trial of as many draws as it takes to tell."""
    found = trial(policy, path, DRAWS // 2)
    if not found.is_live or abs(found.ratio) < 2.0 * LIMIT:  # half of the draws do when they leave no doubt
        found = trial(policy, path)
    if not found.is_live:  # small, not absent: four times the draws halve the error
        found = trial(policy, path, 4 * DRAWS)
    return found


@pytest.mark.bulk
@pytest.mark.slow
@pytest.mark.parametrize(("policy", "path"), cases(), ids=[f"{policy}:{path}" for policy, path in cases()])
def test_a_clause_is_at_work(policy: str, path: str) -> None:
    found = Trial(policy, path, *kept.numbers(f"works {policy}:{path}", lambda: surely(policy, path).numbers))
    assert found.is_live, f"{KNOWN[path].measure}: {found.mean:.4g}, {found.ratio:.1f} standard errors, declared {KNOWN[path].direction}"
