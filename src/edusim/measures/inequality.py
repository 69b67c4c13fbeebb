"""How unequal schools are: the official coefficient of difference (差异系数), Theil, Gini, Atkinson.

One rule for all: a unit counts when its weight (usually its pupils) is above zero and its value is
known. Units without pupils, and unknown values, are left out; nothing warns. What is not defined (no
units, a county mean of zero) is NaN. Functions whose names end in ``_rows`` take stacks of rows, the
last axis being schools, and are what the yearly measures use; the others take one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from edusim.measures.registry import PARTS, Measure, MeasureError, by_stage, vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edusim.measures.collect import Year


class TheilParts(NamedTuple):
    """Theil's index between groups, within groups, and in all (``total = between + within``)."""

    between: float
    within: float
    total: float


# --- one row -------------------------------------------------------------------------------------


def cv(numerator: ArrayLike, enrolment: ArrayLike) -> float:
    """Return the official coefficient of difference (差异系数) of one indicator between schools.

    Parameters
    ----------
    numerator
        float64, shape (S,): staff, m2, yuan or rooms of each school.
    enrolment
        float64, shape (S,), pupils: of each school. Schools with none are left out, goods and all.

    Returns
    -------
    float
        ``CV = S / R`` with ``R = sum(x) / N``, ``S^2 = sum(n_j / N * (x_j / n_j - R)^2)``, ``N = sum(n)``:
        the mean and the variance are weighted by pupils, and nothing is subtracted from N. 0 for one
        school; NaN without pupils or when nobody has anything (R = 0).

    Raises
    ------
    MeasureError
        When the two differ in length.

    Notes
    -----
    教督〔2012〕3号, 教督〔2017〕6号; the formula reproduces the printed five-school example (0.52).
    Unweighted versions (:func:`cv_population`, :func:`cv_sample`) can fall on the other side of a limit.
    """
    n = vector("enrolment", enrolment)
    x = vector("numerator", numerator, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(cv_rows(x, n)[1])


def cv_population(values: ArrayLike) -> float:
    """Return SD / mean of values, every unit counting once, SD over n.

    Parameters
    ----------
    values
        float64, shape (n,): any unit; NaN are left out.

    Returns
    -------
    float
        0 for one unit; NaN without units or with mean 0.
    """
    return _plain_cv(values, 0)


def cv_sample(values: ArrayLike) -> float:
    """Return SD / mean of values, every unit counting once, SD over n - 1.

    Parameters
    ----------
    values
        float64, shape (n,): any unit; NaN are left out.

    Returns
    -------
    float
        NaN with fewer than two units or with mean 0.
    """
    return _plain_cv(values, 1)


def _plain_cv(values: ArrayLike, less: int) -> float:
    y = vector("values", values)
    y = y[~np.isnan(y)]
    if y.size <= less:
        return float("nan")
    mean = float(y.mean())
    return float(y.std(ddof=less)) / mean if mean else float("nan")


@overload
def theil(values: ArrayLike, weights: ArrayLike | None = None, groups: None = None) -> float: ...


@overload
def theil(values: ArrayLike, weights: ArrayLike | None = None, *, groups: ArrayLike) -> TheilParts: ...


@overload
def theil(values: ArrayLike, weights: ArrayLike | None, groups: ArrayLike) -> TheilParts: ...


def theil(
    values: ArrayLike, weights: ArrayLike | None = None, groups: ArrayLike | None = None
) -> float | TheilParts:
    """Return Theil's index T, split between and within groups when groups are given.

    Parameters
    ----------
    values
        float64, shape (n,): a ratio that cannot be negative (yuan a pupil, share).
    weights
        float64, shape (n,), pupils: weight of each unit; equal when None.
    groups
        shape (n,): group of each unit (any labels), if the index is to be split.

    Returns
    -------
    float or TheilParts
        ``T = sum(p_i r_i ln r_i)`` with ``p`` the share of weight, ``r = y / weighted mean`` and
        ``0 ln 0 = 0``; between groups ``B = sum(s_g ln(s_g / p_g))`` with ``s_g`` the group's share of the
        total, within ``T - B``. NaN without units, with mean 0, or with a negative value.

    Raises
    ------
    MeasureError
        When lengths differ.

    Notes
    -----
    Theil (1967), Economics and Information Theory, chapter 4.
    """
    y = vector("values", values)
    w = np.ones_like(y) if weights is None else vector("weights", weights, y)
    if groups is None:
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(theil_rows(y, w))
    labels = np.atleast_1d(np.asarray(groups))
    if labels.shape != y.shape:
        vector("groups", np.zeros(labels.shape), y)
    _, code = np.unique(labels, return_inverse=True)
    masks = np.arange(code.max() + 1 if code.size else 0)[:, None] == code
    with np.errstate(divide="ignore", invalid="ignore"):
        total = theil_rows(y, w)
        between = theil_between_rows(y, w, masks.astype(np.float64))
    return TheilParts(float(between), float(np.maximum(total - between, 0.0)), float(total))


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the Gini coefficient.

    Parameters
    ----------
    values
        float64, shape (n,): a ratio that cannot be negative.
    weights
        float64, shape (n,), pupils: weight of each unit; equal when None.

    Returns
    -------
    float
        ``sum_ij(p_i p_j |y_i - y_j|) / (2 mean)``, 0 to 1 (population version, no n/(n-1)). 0 for one
        unit; NaN without units, with mean 0, or with a negative value.

    Raises
    ------
    MeasureError
        When lengths differ.
    """
    y = vector("values", values)
    w = np.ones_like(y) if weights is None else vector("weights", weights, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(gini_rows(y, w))


def atkinson(values: ArrayLike, epsilon: float, weights: ArrayLike | None = None) -> float:
    """Return Atkinson's index for an aversion to inequality.

    Parameters
    ----------
    values
        float64, shape (n,): a ratio that cannot be negative.
    epsilon
        Aversion to inequality, >= 0; 0 gives 0.
    weights
        float64, shape (n,), pupils: weight of each unit; equal when None.

    Returns
    -------
    float
        ``1 - (sum(p_i r_i^(1 - e)))^(1 / (1 - e))``, for e = 1 ``1 - exp(sum(p_i ln r_i))``, with
        ``r = y / weighted mean``; 0 to 1. With e >= 1 a single zero gives 1. NaN without units, with
        mean 0, or with a negative value.

    Raises
    ------
    MeasureError
        When lengths differ or ``epsilon`` is negative or not a number.

    Notes
    -----
    Atkinson (1970), doi:10.1016/0022-0531(70)90039-6.
    """
    if not epsilon >= 0:
        raise MeasureError(
            "MEASURE-EPSILON", f"epsilon 为 {epsilon}，应不小于 0", f"epsilon is {epsilon}, expected 0 or more"
        )
    y = vector("values", values)
    w = np.ones_like(y) if weights is None else vector("weights", weights, y)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        return float(atkinson_rows(y, w, epsilon))


# --- stacks of rows: the last axis is schools ------------------------------------------------------


def cv_rows(
    numerator: NDArray[np.float64], enrolment: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return county mean ratio and official CV of stacked rows.

    Parameters
    ----------
    numerator
        float64, shape (..., S).
    enrolment
        float64, shape (..., S), pupils; broadcast against ``numerator``.

    Returns
    -------
    tuple
        Mean ``R`` and ``CV``, each of shape (...). See :func:`cv`.
    """
    counts = (enrolment > 0) & ~np.isnan(numerator)
    n = np.where(counts, enrolment, 0.0)
    x = np.where(counts, numerator, 0.0)
    pupils = n.sum(axis=-1)
    mean = x.sum(axis=-1) / pupils
    off = x / np.where(counts, n, 1.0)
    off -= mean[..., None]
    off *= off
    off *= n
    return mean, np.sqrt(off.sum(axis=-1) / pupils) / np.where(mean == 0, np.nan, mean)


def _relative(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values over their mean, and shares of weight; weight 0 and value 1 for units left out."""
    counts = (weights > 0) & ~np.isnan(values)
    share = np.where(counts, weights, 0.0)
    share /= share.sum(axis=-1, keepdims=True)
    y = np.where(counts, values, 0.0)
    mean = np.einsum("...s,...s->...", share, y)
    bad = ~(mean > 0) | (y.min(axis=-1, initial=0.0) < 0)
    y /= np.where(bad, np.nan, mean)[..., None]
    return np.where(counts | bad[..., None], y, 1.0), share


def _unless_empty(value: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    return value if share.shape[-1] else np.full_like(value, np.nan)


def theil_rows(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Theil's T of stacked rows, shape (...); see :func:`theil`."""
    return _theil_of(*_relative(values, weights))


def _theil_of(relative: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    terms = np.log(np.where(relative == 0, 1.0, relative))
    terms *= relative
    return _unless_empty(np.maximum(np.einsum("...s,...s->...", share, terms), 0.0), share)


def theil_between_rows(
    values: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the part of Theil's T between groups, shape (...).

    Parameters
    ----------
    values, weights
        float64, shape (..., S).
    groups
        float64, shape (G, S): 1 where the school belongs to the group, else 0.
    """
    return _between_of(*_relative(values, weights), groups)


def _between_of(
    relative: NDArray[np.float64], share: NDArray[np.float64], groups: NDArray[np.float64]
) -> NDArray[np.float64]:
    # einsum without BLAS: the same bits whatever the number of threads.
    weight = np.einsum("...s,gs->...g", share, groups)
    amount = np.einsum("...s,gs->...g", share * relative, groups)
    ratio = np.where(amount == 0, 1.0, amount / np.where(weight == 0, 1.0, weight))
    return _unless_empty(np.maximum((amount * np.log(ratio)).sum(axis=-1), 0.0), share)


def gini_rows(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Gini coefficients of stacked rows, shape (...); see :func:`gini`."""
    return _gini_of(*_relative(values, weights))


def _gini_of(relative: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    size = share.shape[-1]
    if size == 0:
        return np.full(share.shape[:-1], np.nan)
    order = np.argsort(relative, axis=-1, kind="stable").reshape(-1, size)
    order += np.arange(0, order.size, size)[:, None]
    p = share.ravel()[order]
    amount = p * relative.ravel()[order]
    below = np.cumsum(amount, axis=-1)
    below += below
    below -= amount
    value: NDArray[np.float64] = np.minimum(np.maximum(1.0 - np.einsum("rs,rs->r", p, below), 0.0), 1.0)
    return value.reshape(share.shape[:-1])


def atkinson_rows(
    values: NDArray[np.float64], weights: NDArray[np.float64], epsilon: float
) -> NDArray[np.float64]:
    """Return Atkinson's index of stacked rows, shape (...); see :func:`atkinson`."""
    return _atkinson_of(*_relative(values, weights), epsilon)


def _atkinson_of(
    relative: NDArray[np.float64], share: NDArray[np.float64], epsilon: float
) -> NDArray[np.float64]:
    # A unit left out has value 1 and share 0, so that it adds 0 in each of the forms.
    if epsilon == 1:
        equal = np.exp(np.einsum("...s,...s->...", share, np.log(relative)))
    elif epsilon == 2:
        equal = 1.0 / (share / relative).sum(axis=-1)
    else:
        power = np.sqrt(relative) if epsilon == 0.5 else relative ** (1.0 - epsilon)
        equal = np.einsum("...s,...s->...", share, power) ** (1.0 / (1.0 - epsilon))
    return _unless_empty(np.minimum(np.maximum(1.0 - equal, 0.0), 1.0), share)


# --- the year --------------------------------------------------------------------------------------

_OF = {
    "equipment": ("生均教学仪器设备值", "teaching equipment a pupil", "yuan of equipment a pupil"),
    "not_low": ("非低分学生比例", "share of pupils who are not low achievers", "1 - share of low achievers"),
}


def _declared() -> tuple[Measure, ...]:
    found = []
    for key, (zh, en, of) in _OF.items():
        weighted = f"of {of} between schools, weighted by pupils"
        found += [
            by_stage(f"inequality.theil.{key}", f"泰尔指数：{zh}", f"Theil index of {en}", "index", "down",
                     f"T = sum(p r ln r) {weighted}", "Theil 1967"),
            by_stage(f"inequality.theil_between.{key}", f"泰尔指数（城乡类型之间）：{zh}",
                     f"Theil index of {en}, between kinds of place", "index", "down",
                     f"sum(s_g ln(s_g / p_g)) over urban, town, rural, mountain, {weighted}", "Theil 1967"),
            by_stage(f"inequality.theil_within.{key}", f"泰尔指数（城乡类型之内）：{zh}",
                     f"Theil index of {en}, within kinds of place", "index", "down",
                     f"T less the part between kinds of place, {weighted}", "Theil 1967"),
            by_stage(f"inequality.gini.{key}", f"基尼系数：{zh}", f"Gini coefficient of {en}", "index", "down",
                     f"sum(p_i p_j |y_i - y_j|) / (2 mean) {weighted}", "Gini 1912"),
        ]  # fmt: skip
        for name, epsilon in (("atkinson_05", "0.5"), ("atkinson_1", "1"), ("atkinson_2", "2")):
            found.append(
                by_stage(f"inequality.{name}.{key}", f"阿特金森指数（ε={epsilon}）：{zh}",
                         f"Atkinson index (epsilon {epsilon}) of {en}", "index", "down",
                         f"1 - equally distributed equivalent / mean, epsilon {epsilon}, {weighted}",
                         "Atkinson 1970, doi:10.1016/0022-0531(70)90039-6")
            )  # fmt: skip
    return tuple(found)


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's inequality of equipment a pupil and of the share of pupils who are not low."""
    n = year.n[:2]
    not_low = 1.0 - year.low[:2] / n
    values = np.concatenate((year.ratio[:, 5], not_low))
    relative, share = _relative(values, np.concatenate((n, n)))
    total = _theil_of(relative, share)
    between = _between_of(relative, share, year.zone_masks)
    table = {
        "theil": total,
        "theil_between": between,
        "theil_within": np.maximum(total - between, 0.0),
        "gini": _gini_of(relative, share),
        "atkinson_05": _atkinson_of(relative, share, 0.5),
        "atkinson_1": _atkinson_of(relative, share, 1.0),
        "atkinson_2": _atkinson_of(relative, share, 2.0),
    }
    out: dict[str, list[float]] = {}
    width = len(PARTS)
    for name, found in table.items():
        flat = found.tolist()
        for i, key in enumerate(_OF):
            out[f"inequality.{name}.{key}"] = flat[i * width : (i + 1) * width]
    return out
