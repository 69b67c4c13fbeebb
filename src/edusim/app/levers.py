"""What the page lets a reader move: four clauses of a mode, each from nothing to well beyond what the document writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edusim.language import text

if TYPE_CHECKING:
    from edusim.scenario import Scenario

#: Pupils of the county that the programme's fund is written for; others get their share.
WRITTEN_FOR = 100_000
Settings = Mapping[str, float]


@dataclass(frozen=True)
class Lever:
    """A clause that can be moved: path of its parameter, values of its slider, kind of number (``share``, ``years``, ``money``, ``hours``)."""

    key: str
    path: str
    values: tuple[float, ...]
    kind: str

    def shown(self, value: float, lang: str, pupils: float) -> str:
        """Return a value as an official reads it, money as this county's share."""
        if self.kind == "money":
            scale = 1e4 if lang == "zh" else 1e6
            county = value * pupils / WRITTEN_FOR / scale
            return text("app.value.money", lang, value=f"{county:,.0f}" if lang == "zh" else f"{county:,.2f}")
        number = f"{100 * value:g}" if self.kind == "share" else f"{value:g}"
        return text(f"app.value.{self.kind}", lang, value=number)


LEVERS: tuple[Lever, ...] = (
    Lever("share", "rotation.share", (0.0, 0.02, 0.03, 0.05, 0.08, 0.1, 0.12, 0.15), "share"),
    Lever("term", "rotation.term_years", (1, 2, 3, 4, 5, 6), "years"),
    Lever("fund", "finance.fund_yuan_year", (0, 1e7, 2.5e7, 5e7, 7.5e7, 1e8, 1.5e8, 2e8), "money"),
    Lever("joint", "development.joint_hours_year", (0, 10, 20, 30, 45, 60, 90, 120), "hours"),
)


def written(scenario: Scenario, policy: str, lever: Lever) -> float:
    """Return what the document of a mode says of a clause in the first year simulated."""
    return float(scenario.parameters(policy).values(lever.path, scenario.base_year + 1)[0][-1])


def choices(scenario: Scenario, policy: str, lever: Lever) -> list[float]:
    """Return the values of a slider, the written one among them."""
    return sorted({*map(float, lever.values), written(scenario, policy, lever)})


def changes(policy: str, settings: Settings) -> dict[str, float | int]:
    """Return the settings of one mode as changes of a scenario (:meth:`edusim.scenario.Scenario.with_`)."""
    whole = {lever.path for lever in LEVERS if lever.kind == "years"}
    return {f"{policy}:{path}": int(value) if path in whole else value for path, value in sorted(settings.items())}
