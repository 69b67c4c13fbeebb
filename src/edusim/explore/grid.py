"""The lever grid that a what-if page is made from where nobody wrote a study: modes x rotation x fund x draws, as a study.

Values of a lever are a few round ones and what the policies themselves say, so that each document, as written, is a
setting of the page. Everything else stays as each policy has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.declarations import STATUS_QUO
from edusim.explore.outcomes import KEEP

if TYPE_CHECKING:
    from edusim.scenario import Scenario
    from edusim.study import OpenStudy

#: Levers and the values that every page shows: share of the base sent a year; yuan a year for 100,000 pupils.
LEVERS: Mapping[str, tuple[float, ...]] = {
    "rotation.share": (0.0, 0.05, 0.10, 0.15),
    "finance.fund_yuan_year": (0.0, 5e7, 1e8, 2e8),
}
#: Draws of a setting: enough for an interval of a paired difference, few enough for minutes.
DRAWS = 20
ROOT = 20261126
#: Most of the base that may be away at one time: share a year times years of a term.
MOST_AWAY = 0.5
#: Most values of a lever: more would not be told apart by a finger on a phone.
MOST_VALUES = 8
FOLDER = Path("out") / "explore"


def own_value(scenario: Scenario, policy: str, path: str) -> float | None:
    """Return what a policy itself sets a parameter to when it is fully in force; None where that is not one number.

    Parameters
    ----------
    scenario
        The county.
    policy
        Key of the policy.
    path
        Name of the parameter.
    """
    steps = scenario.parameters(policy).resolved()["values"].get(path)
    if not steps:
        return None
    by_mode = [float(value) for value in steps[-1][1]]
    # Place 0 is the law in force; a policy of several modes may have several values.
    own = set(by_mode[1:] or by_mode)
    return own.pop() if len(own) == 1 else None


def values_of(scenario: Scenario, policies: tuple[str, ...], path: str) -> list[float]:
    """Return the values of a lever: the usual ones and each policy's own, none that the law forbids under some policy."""
    own = [value for policy in policies if (value := own_value(scenario, policy, path)) is not None]
    declared = scenario.known[path]
    low, high = float(declared.low), float(declared.high)
    if path == "rotation.share":
        terms = [own_value(scenario, policy, "rotation.term_years") or 1.0 for policy in policies]
        high = min(high, MOST_AWAY / max(terms))
    mine = sorted({value for value in own if low <= value <= high})
    usual = [value for value in LEVERS[path] if low <= value <= high and value not in mine]
    return sorted([*mine[:MOST_VALUES], *usual[: max(0, MOST_VALUES - len(mine))]])


def study_of(scenario: Scenario, name: str, changes: Mapping[str, Any], draws: int = DRAWS) -> OpenStudy:
    """Return the built-in study of a county, its store under ``out/explore``.

    Parameters
    ----------
    scenario
        The county, changed already; its policies are the modes.
    name
        Name or file of the scenario as it was given.
    changes
        Changes of the scenario, as :meth:`edusim.scenario.Scenario.with_` takes them.
    draws
        Draws of each setting.

    Raises
    ------
    ConfigError
        ``EXPLORE-NO-POLICY`` when the scenario names none beside the law in force; what a study refuses.
    """
    from edusim.errors import ConfigError
    from edusim.study import open_study

    policies = tuple(policy for policy in scenario.policies if policy != STATUS_QUO)
    if not policies:
        raise ConfigError(
            "EXPLORE-NO-POLICY", "情景中只有现状延续，没有可试的政策", "the scenario names the law in force alone: there is no policy to try",
            where=name, mend_zh="请在情景的 policies 中写上要试的政策，如 fusion", mend_en="name policies to try under policies, for example fusion",
        )  # fmt: skip
    content: dict[str, Any] = {
        "schema_version": 1,
        "kind": "sweep",
        "name": _name(scenario),
        "scenario": name,
        "policies": list(policies),
        "baseline": STATUS_QUO,
        "designs": [scenario.design],
        "levers": {path: {"values": values_of(scenario, policies, path)} for path in LEVERS if path in scenario.known},
        "seeds": {"root": ROOT, "replicates": draws, "paired": True},
        "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}},
        "keep": list(KEEP),
        "design": {"method": "grid"},
        "store": {"path": str(FOLDER / "store")},
    }
    own = {path: value for path, value in changes.items() if path not in ("policies", "design")}
    if own:
        content["set"] = own
    opened = open_study(content)
    # Named after all that must stay the same in a store: another county never meets this one's runs, more draws do.
    stem = re.sub(r"[^\w-]+", "-", Path(name).stem) or "county"
    return open_study(content, {"store.path": str(FOLDER / f"{stem}-{opened.study.identity[:8]}")})


def _name(scenario: Scenario) -> dict[str, str]:
    """Return the county's name: a roster is called by its file, not by the scenario whose county it replaces."""
    if scenario.region_spec.kind == "roster" and scenario.region_spec.path:
        return dict.fromkeys(("zh", "en"), Path(scenario.region_spec.path).stem)
    return {"zh": scenario.name_zh, "en": scenario.name_en}


__all__ = ["DRAWS", "LEVERS", "own_value", "study_of", "values_of"]
