"""民办学校: which families apply to a private school, so that the base year's intake is at rest.

Any family may apply to a private school, whatever its catchment. What draws families of a neighbourhood
there beyond what the model holds (habit, faith, boarding) is read off the base year: the share of its
pupils who attend one. From there the log odds follow what families see of the schools, and within a
neighbourhood they rise with SES, because better-off families mind the fee less and weigh reputation more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Nodes for the mean over a neighbourhood's families, and halvings of the interval of log odds.
_NODES, _HALVINGS, _WIDEST = 15, 50, 40.0
_MOST = 0.999


def appeal(
    weights: NDArray[np.float64], seen: NDArray[np.float64], mean_ses: NDArray[np.float64], chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return float64 [schools]: utility of what changes from year to year: reputation, peers, senior chance.

    ``weights`` as in ``rank_schools``: reputation, its SES slope, travel, peers, senior chance, fee.
    """
    return np.asarray(weights[0] * seen + weights[3] * mean_ses + weights[4] * chance)


def relative(pull: NDArray[np.float64], private: NDArray[np.int64], own: NDArray[np.int32], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 [neighbourhoods]: a school column at the private schools that draw it less the catchment school's.

    ``pull`` float64 [neighbourhoods, private schools]: share of each among those who go private.
    """
    return np.asarray(pull @ value[private] - value[own])


def ses_slope(
    weights: NDArray[np.float64], fee_ses: float, pull: NDArray[np.float64], private: NDArray[np.int64],
    own: NDArray[np.int32], seen: NDArray[np.float64], fee: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return float64 [neighbourhoods]: rise of the log odds a SD of SES: the fee weighs less, reputation more."""
    return np.asarray(
        weights[5] * fee_ses * (pull @ fee[private]) / 1000.0
        + weights[0] * weights[1] * relative(pull, private, own, seen)
    )


def log_odds_of(
    share: NDArray[np.float64], mean: NDArray[np.float64], sd: float, slope: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return float64: the log odds at SES 0 at which a share of families applies, ``-inf`` where it is 0.

    Families' SES is normal with the neighbourhood's ``mean`` and ``sd``; solved by halving.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    weight = weight / weight.sum()
    wanted = np.minimum(share, _MOST)
    shift = slope[:, None] * (mean[:, None] + sd * node[None, :])
    low, high = np.full(share.size, -_WIDEST), np.full(share.size, _WIDEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        found = (1.0 / (1.0 + np.exp(-(middle[:, None] + shift)))) @ weight
        below = found < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(share > 0.0, 0.5 * (low + high), -np.inf)


def share_at(log_odds: NDArray[np.float64], rise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64: share of families of SES 0 that apply, after the log odds rose; 0 stays 0."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * (log_odds + rise)))  # the logistic curve, which cannot overflow
