"""The official yardstick of balance: seven indicators, their coefficients of difference, class and school size.

县域义务教育优质均衡发展督导评估办法 (教督〔2017〕6号). Every campus is judged on its own, whatever its legal
person (a merger cannot improve a number by arithmetic), unless ``official.unit`` asks for legal persons.
A nine-year school (九年一贯制) counts as a primary and a junior unit; its staff and goods are divided by
weighted pupils, primary 1 : junior 1.1.
Teaching points under 50 pupils are outside the scope. All seven coefficients must pass, each on its
own: the 2017 rule has no composite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim import stages
from edusim.measures.registry import PARTS, PARTS_AND_ALL, Measure, MeasureError, by_stage, county, vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edusim.measures.collect import Year

RULE_2017 = "教督〔2017〕6号 (quality balance, resource allocation)"


@dataclass(frozen=True)
class Indicator:
    """One of the seven indicators: words, unit, per how many pupils, limits for (primary, junior)."""

    key: str
    zh: str
    en: str
    unit: str
    per: float
    limits: tuple[float, float]


INDICATORS = (
    Indicator("degree", "每百名学生拥有高于规定学历教师数", "teachers above the required degree per 100 pupils",
              "teachers/100 pupils", 100.0, (4.2, 5.3)),
    Indicator("backbone", "每百名学生拥有县级以上骨干教师数", "backbone teachers per 100 pupils",
              "teachers/100 pupils", 100.0, (1.0, 1.0)),
    Indicator("pe_art_music", "每百名学生拥有体育、艺术（美术、音乐）专任教师数",
              "PE, art and music teachers per 100 pupils", "teachers/100 pupils", 100.0, (0.9, 0.9)),
    Indicator("buildings", "生均教学及辅助用房面积", "teaching and auxiliary floor area a pupil",
              "m2/pupil", 1.0, (4.5, 5.8)),
    Indicator("sports", "生均体育运动场馆面积", "sports area a pupil", "m2/pupil", 1.0, (7.5, 10.2)),
    Indicator("equipment", "生均教学仪器设备值", "teaching equipment a pupil", "yuan/pupil", 1.0, (2000.0, 2500.0)),
    Indicator("rooms", "每百名学生拥有网络多媒体教室数", "networked multimedia rooms per 100 pupils",
              "rooms/100 pupils", 100.0, (2.3, 2.4)),
)  # fmt: skip

#: Limits of the ratios, shape (2, 7): primary, junior.
LIMITS = np.array([i.limits for i in INDICATORS]).T
#: Limits of the coefficient of difference of each indicator: primary, junior.
CV_LIMITS = (0.50, 0.45)
#: A school must meet this many of the seven ...
INDICATORS_NEEDED = 6
#: ... and the one it misses must reach this share of its limit.
LEAST_SHARE = 0.85
#: Teaching points under this many pupils are not judged.
LEAST_PUPILS = 50
#: Largest class allowed: primary, junior; largest school: primary or junior, nine-year.
CLASS_LIMITS = (45, 50)
SCHOOL_LIMITS = (2000, 2500)
#: Weight of a junior pupil in a nine-year school (primary is 1): 1.1, see ``configs/stages.yaml``.
JUNIOR_WEIGHT = stages.weights("nine_year")[1]
ROTATION_LIMIT = 0.10
BACKBONE_LIMIT = 0.20
SATISFACTION_LIMIT = 0.85
QUALITY_GAP_LIMIT = 0.15
#: A value equal to its limit passes; the guard keeps the rounding of a division from deciding.
GUARD = 1e-12

_PER = np.array([i.per for i in INDICATORS])[:, None]
_WEIGHTS = np.array([[1.0], [JUNIOR_WEIGHT]])
_NINE_YEAR = 2


@dataclass(frozen=True)
class SevenIndicators:
    """The seven indicators of every school, and how each school is judged.

    Attributes
    ----------
    ratio
        float64, shape (2, 7, S), unit of each indicator: primary and junior part; NaN for a part
        without pupils.
    n_met
        int64, shape (2, S): indicators at or above their limit; 0 for a part that is not judged.
    is_judged
        bool, shape (2, S): the part has pupils and the school is no teaching point.
    meets_rule
        bool, shape (2, S): at least 6 of 7 met, the remaining one at 85 % of its limit or more. False
        for a part that is not judged.
    """

    ratio: NDArray[np.float64]
    n_met: NDArray[np.int64]
    is_judged: NDArray[np.bool_]
    meets_rule: NDArray[np.bool_]

    @property
    def school_meets(self) -> NDArray[np.bool_]:
        """Return bool, shape (S,): the school is judged and every judged part meets the rule."""
        either: NDArray[np.bool_] = self.is_judged[0] | self.is_judged[1]
        fails = self.is_judged & ~self.meets_rule
        either &= ~(fails[0] | fails[1])
        return either

    @property
    def school_n_met(self) -> NDArray[np.int64]:
        """Return int64, shape (S,): fewest indicators met over the judged parts; 0 if not judged."""
        least = np.where(self.is_judged, self.n_met, len(INDICATORS) + 1).min(axis=0)
        return np.where(least > len(INDICATORS), 0, least)


def split_shares(pupils: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide a school between its stages by weighted pupils, primary 1 : junior 1.1.

    Parameters
    ----------
    pupils
        float64, shape (..., 2, S), pupils: primary and junior part.

    Returns
    -------
    numpy.ndarray
        float64, same shape: share of staff and goods that each part gets; 1 and 0 for a school of one
        stage, 0 and 0 for a school without pupils.
    """
    weighted = pupils * _WEIGHTS
    total = weighted.sum(axis=-2, keepdims=True)
    share: NDArray[np.float64] = weighted / np.where(total > 0, total, 1.0)
    return share


def seven_indicators(
    n_primary: ArrayLike,
    n_junior: ArrayLike,
    *,
    n_above_degree: ArrayLike,
    n_backbone: ArrayLike,
    n_pe_art_music: ArrayLike,
    buildings_m2: ArrayLike,
    sports_m2: ArrayLike,
    equipment_yuan: ArrayLike,
    rooms: ArrayLike,
    least_pupils: int = LEAST_PUPILS,
) -> SevenIndicators:
    """Judge every school by the seven indicators and the 6-of-7 / 85 % rule.

    Parameters
    ----------
    n_primary, n_junior
        int64 or float64, shape (S,), pupils: in grades 1-6 and 7-9.
    n_above_degree, n_backbone, n_pe_art_music
        int64 or float64, shape (S,), teachers: counted where the staffing post is held.
    buildings_m2, sports_m2
        float64, shape (S,), m2.
    equipment_yuan
        float64, shape (S,), yuan: book value.
    rooms
        float64, shape (S,), rooms.
    least_pupils
        Pupils below which a school is a teaching point and not judged.

    Returns
    -------
    SevenIndicators

    Raises
    ------
    MeasureError
        When lengths differ.

    Notes
    -----
    教督〔2017〕6号: at least six of seven indicators are met, the remaining one at 85 % or more. A ratio
    equal to its limit is met.
    """
    primary = vector("n_primary", n_primary)
    pupils = np.stack((primary, vector("n_junior", n_junior, primary)))
    named = {
        "n_above_degree": n_above_degree, "n_backbone": n_backbone, "n_pe_art_music": n_pe_art_music,
        "buildings_m2": buildings_m2, "sports_m2": sports_m2, "equipment_yuan": equipment_yuan, "rooms": rooms,
    }  # fmt: skip
    goods = np.stack([vector(name, values, primary) for name, values in named.items()])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = unit_goods(pupils, goods) / np.where(pupils > 0, pupils, np.nan)[:, None]
        return judge(pupils, ratio, least_pupils)


def unit_goods(pupils: NDArray[np.float64], goods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return goods and staff of each part, times the pupils the indicator is reckoned by (100 or 1).

    Parameters
    ----------
    pupils
        float64, shape (..., 2, S), pupils.
    goods
        float64, shape (7, S): staff, m2, yuan, rooms in the order of :data:`INDICATORS`.

    Returns
    -------
    numpy.ndarray
        float64, shape (..., 2, 7, S).
    """
    units: NDArray[np.float64] = split_shares(pupils)[..., None, :] * (goods * _PER)
    return units


def judge(
    pupils: NDArray[np.float64], ratio: NDArray[np.float64], least_pupils: int = LEAST_PUPILS
) -> SevenIndicators:
    """Compare ratios with their limits; see :func:`seven_indicators`.

    Parameters
    ----------
    pupils
        float64, shape (2, S), pupils.
    ratio
        float64, shape (2, 7, S), NaN for a part without pupils.
    least_pupils
        Pupils below which a school is a teaching point and not judged.
    """
    is_judged = judged_parts(pupils, least_pupils)
    reached = ratio / LIMITS[:, :, None]
    n_met = (reached >= 1.0 - GUARD).sum(axis=1)
    meets = (n_met >= INDICATORS_NEEDED) & (reached.min(axis=1, initial=np.inf) >= LEAST_SHARE - GUARD) & is_judged
    return SevenIndicators(ratio, np.where(is_judged, n_met, 0), is_judged, meets)


def judged_parts(pupils: NDArray[np.float64], least_pupils: int = LEAST_PUPILS) -> NDArray[np.bool_]:
    """Return which parts are judged: they have pupils, and the school is no teaching point.

    Parameters
    ----------
    pupils
        float64, shape (..., 2, S), pupils.
    least_pupils
        Fewest pupils of a school that is judged.
    """
    judged: NDArray[np.bool_] = (pupils > 0) & (pupils.sum(axis=-2, keepdims=True) >= least_pupils)
    return judged


def cv_passes(value: ArrayLike, stage: str) -> NDArray[np.bool_]:
    """Return whether coefficients of difference keep the limit: 0.50 primary, 0.45 junior (equal passes).

    Parameters
    ----------
    value
        float64, any shape; NaN does not pass.
    stage
        ``primary`` or ``junior``.

    Raises
    ------
    MeasureError
        When the stage has no limit.
    """
    if stage not in PARTS:
        raise MeasureError(
            "MEASURE-STAGE",
            f"{stage} 没有差异系数上限，请用 primary 或 junior",
            f"{stage} has no limit of the coefficient of difference, use primary or junior",
        )
    return np.asarray(value, dtype=np.float64) <= CV_LIMITS[PARTS.index(stage)] + GUARD


def _declared() -> tuple[Measure, ...]:
    found = []
    split = (
        "with V(goods, pupils): {} part; enrolment part V(goods now, pupils now) - V(goods now, base-year pupils), "
        "policy part V(goods now, base-year pupils) - V(base-year goods, base-year pupils); they add up to the change"
    )
    for i in INDICATORS:
        found += [
            by_stage(f"official.ratio.{i.key}", f"{i.zh}（县均值）", f"{i.en}, county mean", i.unit, "up",
                     "sum of staff or goods over sum of pupils of the judged schools", RULE_2017, limits=i.limits),
            by_stage(f"official.cv.{i.key}", f"{i.zh}（校际差异系数）", f"{i.en}, coefficient of difference", "ratio",
                     "down", "CV = S / R, R = sum(x) / N, S^2 = sum(n_j / N (x_j / n_j - R)^2)", RULE_2017,
                     limits=CV_LIMITS),
            by_stage(f"official.units_below.{i.key}", f"{i.zh}未达标的学校数", f"schools below the limit: {i.en}",
                     "count", "down", "judged parts with ratio < limit", RULE_2017, limits=(0.0, 0.0)),
        ]  # fmt: skip
        for what, zh, en, unit, better in (("ratio", "县均值", "county mean", i.unit, "up"),
                                           ("cv", "校际差异系数", "coefficient of difference", "ratio", "down")):
            found += [
                by_stage(f"official.{what}_enrolment.{i.key}", f"{i.zh}（{zh}）变化中的生源部分",
                         f"{i.en}, {en}: change due to enrolment", unit, "none",
                         split.format("enrolment"), "definition of the model"),
                by_stage(f"official.{what}_policy.{i.key}", f"{i.zh}（{zh}）变化中的政策部分",
                         f"{i.en}, {en}: change due to staff and goods", unit, better,
                         split.format("policy"), "definition of the model"),
            ]  # fmt: skip
    found += [
        by_stage("official.indicators_passing", "差异系数达标的指标数（共7项）", "indicators whose CV keeps its limit, of 7",
                 "count", "up", "number of CVs <= 0.50 (primary) or 0.45 (junior); NaN without judged schools",
                 RULE_2017, limits=(7.0, 7.0)),
        by_stage("official.cv_passes", "七项差异系数全部达标", "all seven CVs keep their limit", "yes/no", "up",
                 "1 when every CV passes on its own, else 0; all: every stage that has judged schools", RULE_2017,
                 PARTS_AND_ALL),
        by_stage("official.schools_judged", "参评学校数", "schools judged", "count", "none",
                 "parts with pupils of schools with 50 pupils or more; all: schools", RULE_2017, PARTS_AND_ALL),
        by_stage("official.schools_failing", "未达“七项至少六项、余项85%”的学校数",
                 "schools failing 6 of 7 / 85 %", "count", "down",
                 "judged parts with fewer than 6 indicators met, or one below 85 % of its limit; all: schools with such "
                 "a part", RULE_2017, PARTS_AND_ALL, (0.0, 0.0)),
        by_stage("official.resources_pass", "资源配置达标", "resource standard passed", "yes/no", "up",
                 "1 when all seven CVs pass and no judged school fails, else 0", RULE_2017, PARTS_AND_ALL),
        by_stage("official.class_size_mean", "平均班额", "mean class size", "pupils/class", "down",
                 "pupils over classes", RULE_2017),
        by_stage("official.class_size_largest", "最大班额", "largest class", "pupils", "down",
                 "largest class of any school", RULE_2017, limits=(45.0, 50.0)),
        by_stage("official.classes_over_cap", "超班额班级数", "classes over the cap in force", "count", "down",
                 "classes above teaching.class_cap (45 primary, 50 junior under the law)", RULE_2017,
                 limits=(0.0, 0.0)),
        by_stage("official.schools_class_breach", "有超标班级的学校数", "schools with a class over the official limit",
                 "count", "down", "schools whose largest class is > 45 (primary) or > 50 (junior)", RULE_2017,
                 PARTS_AND_ALL, (0.0, 0.0)),
        county("official.schools_size_breach", "超规模学校数", "schools over the size limit", "count", "down",
               "schools with > 2,000 pupils (primary, junior) or > 2,500 (nine-year)", RULE_2017, 0.0),
        county("official.school_size_largest", "最大学校规模", "largest school", "pupils", "down",
               "most pupils of any school", RULE_2017),
        county("official.school_size_mean", "平均学校规模", "mean school size", "pupils/school", "none",
               "pupils over schools with pupils", RULE_2017),
    ]  # fmt: skip
    return tuple(found)


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's official measures by stage."""
    value = year.official_now
    change = value - year.base.official
    by_enrolment = value - year.official_base_pupils
    by_policy = change - by_enrolment
    out: dict[str, list[float]] = {}
    seven = year.seven
    below = ((seven.ratio < LIMITS[:, :, None] * (1.0 - GUARD)) & seven.is_judged[:, None]).sum(axis=2).T.tolist()
    now, enrolment, policy = value.tolist(), by_enrolment.tolist(), by_policy.tolist()
    for k, i in enumerate(INDICATORS):
        out[f"official.units_below.{i.key}"] = below[k]
        for row, what in enumerate(("ratio", "cv")):
            out[f"official.{what}.{i.key}"] = now[row][k]
            out[f"official.{what}_enrolment.{i.key}"] = enrolment[row][k]
            out[f"official.{what}_policy.{i.key}"] = policy[row][k]
    has_units = seven.is_judged.any(axis=1)
    passing = np.where(has_units, (value[1] <= np.array(CV_LIMITS) + GUARD).sum(axis=0), np.nan)
    out["official.indicators_passing"] = passing.tolist()
    judged = seven.is_judged.sum(axis=1).tolist()
    failing_part = seven.is_judged & ~seven.meets_rule
    failing = failing_part.sum(axis=1).tolist()
    out["official.schools_judged"] = [*judged, float(np.count_nonzero(seven.is_judged[0] | seven.is_judged[1]))]
    out["official.schools_failing"] = [*failing, float(np.count_nonzero(failing_part[0] | failing_part[1]))]
    cvs = [_yes(p == len(INDICATORS), j) for p, j in zip(passing.tolist(), judged, strict=True)]
    cvs.append(_yes(0.0 not in cvs, sum(judged)))
    out["official.cv_passes"] = cvs
    failures = [*failing, sum(failing)]
    out["official.resources_pass"] = [
        _yes(c == 1.0 and f == 0, j) for c, f, j in zip(cvs, failures, [*judged, sum(judged)], strict=True)
    ]
    tally = year.tally
    pupils = year.n_sums
    classes = year.stage_sums[7, :2].tolist()
    out["official.class_size_mean"] = [p / c if c else float("nan") for p, c in zip(pupils, classes, strict=False)]
    out["official.class_size_largest"] = tally.largest_class.max(axis=1, initial=0).tolist()
    out["official.classes_over_cap"] = tally.n_classes_over_cap.sum(axis=1).tolist()
    breach = tally.largest_class > np.array(CLASS_LIMITS)[:, None]
    out["official.schools_class_breach"] = [*breach.sum(axis=1).tolist(), float(np.count_nonzero(breach[0] | breach[1]))]
    size = year.official_size
    is_large = size > np.where(year.schools.stage == _NINE_YEAR, SCHOOL_LIMITS[1], SCHOOL_LIMITS[0])
    out["official.schools_size_breach"] = [float(is_large.sum())]
    out["official.school_size_largest"] = [float(size.max(initial=0.0))]
    open_schools = int(np.count_nonzero(size))
    out["official.school_size_mean"] = [pupils[2] / open_schools if open_schools else float("nan")]
    return out


def _yes(is_so: bool, judged: float) -> float:
    return float(is_so) if judged else float("nan")


def ratios_and_values(
    pupils: NDArray[np.float64], goods: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ratios under the first enrolment, and county mean and CV of each indicator under all.

    The mean and CV are over the judged parts; the same as :func:`edusim.measures.inequality.cv`, batched.

    Parameters
    ----------
    pupils
        float64, shape (K, 2, S), pupils: K enrolments to reckon with.
    goods
        float64, shape (7, S).

    Returns
    -------
    tuple
        ``ratio`` float64, shape (2, 7, S), NaN for a part without pupils, and ``value`` float64, shape
        (K, 2, 7, 2): county mean and coefficient of difference, indicator, stage.
    """
    is_open = pupils > 0
    ratio = unit_goods(pupils, goods)
    ratio /= np.where(is_open, pupils, 1.0)[..., None, :]
    weight = np.where(judged_parts(pupils), pupils, 0.0)
    weight /= weight.sum(axis=-1, keepdims=True)
    # einsum without BLAS: the same bits whatever the number of threads.
    mean = np.einsum("kpis,kps->kpi", ratio, weight)
    off = ratio - mean[..., None]
    off *= off
    spread = np.sqrt(np.einsum("kpis,kps->kpi", off, weight))
    value = np.stack((mean, spread / np.where(mean == 0, np.nan, mean)), axis=1).swapaxes(-1, -2)
    now = ratio[0]
    now += np.where(is_open[0], 0.0, np.nan)[:, None]
    return now, value
