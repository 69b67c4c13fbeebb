"""What pupils learn, and how far schools, places and families lie apart.

Achievement is in pupil SD of the base year. The sets of core, member, weak and top schools are those of
the base year: a set that changed with the policy would seem to gain by taking in good schools. Means
are of pupils, not of schools. ``urban`` and ``rural`` compare schools in urban places with schools in
rural and mountain places; towns are in neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim.measures.official import QUALITY_GAP_LIMIT
from edusim.measures.registry import PARTS_AND_ALL, Measure, by_stage, vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edusim.measures.collect import Year

#: Scale on which a CV of school means is reckoned (mean 500, SD 100), because achievement in SD has mean 0.
SCALE_MEAN, SCALE_SD = 500.0, 100.0


def icc(n: ArrayLike, total: ArrayLike, square: ArrayLike) -> float:
    """Return the between-school share of the variance of pupils' scores (intraclass correlation).

    Parameters
    ----------
    n
        int64 or float64, shape (S,), pupils: tested in each school. Schools with none are left out.
    total
        float64, shape (S,), score: sum over the school's pupils.
    square
        float64, shape (S,), score squared: sum of squares over the school's pupils.

    Returns
    -------
    float
        One-way analysis-of-variance estimator for unequal n, not cut at 0:
        ``(MSB - MSW) / (MSB + (n0 - 1) MSW)`` with ``MSB = sum(n_j (m_j - m)^2) / (k - 1)``,
        ``MSW = sum(SSW_j) / (N - k)``, ``n0 = (N - sum(n_j^2) / N) / (k - 1)``. At most 1; below 0,
        down to ``-1 / (n0 - 1)``, when schools differ less than chance would make them. NaN with fewer than two schools, no school
        with two pupils, or no variance at all.

    Raises
    ------
    MeasureError
        When lengths differ.

    Notes
    -----
    Donner (1986), doi:10.2307/1403259. Compared with 校际差异率 < 0.15 of the national monitoring; that the
    official rate is this share is a reading, its formula is not published.
    """
    count = vector("n", n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(icc_rows(count, vector("total", total, count), vector("square", square, count)))


def icc_rows(
    n: NDArray[np.float64], total: NDArray[np.float64], square: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return intraclass correlations of stacked rows, the last axis schools; see :func:`icc`."""
    counts = n > 0
    some = np.where(counts, n, 1.0)
    mean = np.where(counts, total / some, 0.0)
    within = np.maximum(np.where(counts, square - total * mean, 0.0), 0.0).sum(axis=-1)
    pupils = n.sum(axis=-1)
    schools = counts.sum(axis=-1)
    county = np.einsum("...s,...s->...", mean, n) / pupils
    off = mean - county[..., None]
    off *= off
    between = np.einsum("...s,...s->...", off, n)
    free_between, free_within = schools - 1.0, pupils - schools
    msb, msw = between / free_between, within / free_within
    size = (pupils - np.einsum("...s,...s->...", n, n) / pupils) / free_between
    return np.where((schools > 1) & (free_within > 0), (msb - msw) / (msb + (size - 1.0) * msw), np.nan)


_MODEL = "definition of the model"
_SETS = (
    ("core", "核心校（基年）", "base-year core schools"),
    ("member", "成员校（基年）", "base-year member schools"),
    ("weak", "薄弱一半学校（基年）", "weaker half of schools (base year)"),
    ("top", "前四分之一学校（基年）", "top quarter of schools (base year)"),
    ("urban", "城区学校", "urban schools"),
    ("rural", "乡村和山区学校", "rural and mountain schools"),
)


def _declared() -> tuple[Measure, ...]:
    all_parts = PARTS_AND_ALL
    found = [
        by_stage("learning.mean", "全县学业平均", "county mean achievement", "pupil SD", "up",
                 "mean achievement of enrolled pupils", _MODEL, all_parts),
        by_stage("learning.pupil_sd", "学生成绩标准差", "SD of achievement between pupils", "pupil SD", "none",
                 "population SD of achievement of enrolled pupils", _MODEL, all_parts),
    ]  # fmt: skip
    for key, zh, en in _SETS:
        found.append(
            by_stage(f"learning.{key}_mean", f"{zh}学业平均", f"mean achievement, {en}", "pupil SD", "up",
                     f"mean achievement of the pupils of {en}", _MODEL, all_parts)
        )  # fmt: skip
    found += [
        by_stage("learning.core_member_gap", "核心校与成员校差距", "core-member gap", "pupil SD", "down",
                 "mean achievement in base-year core schools less that in base-year member schools", _MODEL, all_parts),
        by_stage("learning.top_weak_gap", "前四分之一与薄弱一半学校差距", "gap of top quarter and weaker half", "pupil SD",
                 "down", "mean achievement in the base year's top quarter of schools less that in its weaker half",
                 _MODEL, all_parts),
        by_stage("learning.urban_rural_gap", "城乡差距", "urban-rural gap", "pupil SD", "down",
                 "mean achievement in urban schools less that in rural and mountain schools (towns in neither)",
                 _MODEL, all_parts),
        by_stage("learning.low_share", "低分学生比例", "share of low achievers", "share", "down",
                 "pupils below the base year's 20th percentile of their grade over pupils", _MODEL, all_parts),
        by_stage("learning.low_ses_mean", "低SES学生学业平均", "mean achievement of low-SES pupils", "pupil SD", "up",
                 "mean achievement of pupils whose SES is below the base year's 20th percentile", _MODEL, all_parts),
        by_stage("learning.low_ses_gap", "低SES学生差距", "gap of low-SES pupils", "pupil SD", "down",
                 "mean achievement of the other pupils less that of low-SES pupils", _MODEL, all_parts),
        by_stage("learning.icc", "学业校际差异率（组内相关系数读法）", "between-school share of variance (ICC)", "share",
                 "down", "ANOVA estimator, unequal n: (MSB - MSW) / (MSB + (n0 - 1) MSW)",
                 "Donner 1986, doi:10.2307/1403259; limit 0.15 of 教督〔2017〕6号 (its formula is our reading)",
                 all_parts, (QUALITY_GAP_LIMIT, QUALITY_GAP_LIMIT)),
        by_stage("learning.school_mean_sd", "学校平均分标准差", "SD of school means", "pupil SD", "down",
                 "SD of school mean achievement, weighted by pupils", _MODEL, all_parts),
        by_stage("learning.school_mean_cv", "学校平均分差异系数", "CV of school means", "ratio", "down",
                 "SD of school means over the mean, weighted by pupils, on a scale with mean 500 and SD 100", _MODEL,
                 all_parts),
        by_stage("learning.ses_segregation", "SES校际分布差异", "SES segregation", "SES SD", "down",
                 "SD of school mean SES, weighted by pupils", _MODEL, all_parts),
        Measure("learning.group_gap", "教共体内差距", "gap within a group", "pupil SD", "group", "down",
                "mean achievement of the group's core now less that of its members now; NaN when the core is outside",
                _MODEL, ("all",), "group"),
    ]  # fmt: skip
    return tuple(found)


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's learning measures by stage and for both together."""
    n = year.n
    pupils, sums, squares, ses, low, low_ses, low_ses_sum, _ = year.stage_sums
    mean = sums / pupils
    out = {"learning.mean": mean.tolist()}
    out["learning.pupil_sd"] = np.sqrt(np.maximum(squares / pupils - mean * mean, 0.0)).tolist()
    of_set = year.set_means
    for (key, _, _), means in zip(_SETS, of_set.tolist(), strict=True):
        out[f"learning.{key}_mean"] = means
    gaps = of_set[0::2] - of_set[1::2]
    np.negative(gaps[1], out=gaps[1])
    for key, gap in zip(("core_member_gap", "top_weak_gap", "urban_rural_gap"), gaps.tolist(), strict=True):
        out[f"learning.{key}"] = gap
    low_ses_mean = low_ses_sum / low_ses
    out["learning.low_share"] = (low / pupils).tolist()
    out["learning.low_ses_mean"] = low_ses_mean.tolist()
    out["learning.low_ses_gap"] = ((sums - low_ses_sum) / (pupils - low_ses) - low_ses_mean).tolist()
    out["learning.icc"] = icc_rows(n, year.sum_achievement, year.sum_square).tolist()
    sd = _sd_between(n, year.school_mean, mean, pupils)
    out["learning.school_mean_sd"] = sd.tolist()
    out["learning.school_mean_cv"] = (SCALE_SD * sd / (SCALE_MEAN + SCALE_SD * mean)).tolist()
    out["learning.ses_segregation"] = _sd_between(n, year.sum_ses / n, ses / pupils, pupils).tolist()
    out["learning.group_gap"] = _group_gap(year)
    return out


def _sd_between(
    n: NDArray[np.float64], means: NDArray[np.float64], county: NDArray[np.float64], pupils: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the SD of school means around the county's, weighted by pupils, by stage."""
    off = np.where(n > 0, means - county[:, None], 0.0)
    off *= off
    spread: NDArray[np.float64] = np.sqrt(np.einsum("ps,ps->p", off, n) / pupils)
    return spread


def _group_gap(year: Year) -> list[float]:
    groups, schools = year.groups, year.schools
    if groups.n == 0:
        return []
    is_member = schools.member_of >= 0
    rows = schools.member_of[is_member]
    total = np.bincount(rows, year.sum_achievement[2][is_member], groups.n)
    members = total / np.bincount(rows, year.n[2][is_member], groups.n)
    core = np.where(groups.core >= 0, year.school_mean[2][groups.core], np.nan)
    return (core - members).tolist()  # type: ignore[no-any-return]
