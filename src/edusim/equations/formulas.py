"""Scalar formulas of the model, each one equation of the ODD; every rule and replication shares them.

Each function takes and returns plain numbers and is compiled, so that the loops over a million pupils
and a plain object-by-object program use the very same arithmetic. Units: achievement and teacher
quality in base-year pupil standard deviations (SD; quality is SD a year), money in yuan of the base
year, distance in km, time in hours or years.
"""

from __future__ import annotations

import math

from edusim._compile import compiled


@compiled
def experience_gain(years: float, novice_gain: float, novice_years: float, late_gain: float) -> float:
    """Return what experience adds to a teacher's quality, SD a year.

    ``g1 (1 - exp(-x / tau)) + g2 min(x, 30) / 30``: steep in the first years, slow after (shape:
    Papay & Kraft 2015).
    """
    return novice_gain * (1.0 - math.exp(-years / novice_years)) + late_gain * min(years, 30.0) / 30.0


@compiled
def years_to_serve(age: int, retire_age: int) -> int:
    """Return the school years a teacher still serves, the present one included; 0 or less: retires now.

    ``age`` is that of September; one retires before the school year in which one turns ``retire_age``.
    """
    return retire_age - 1 - age


@compiled
def shifted_probability(p: float, shift: float) -> float:
    """Return the probability whose logit is that of ``p`` plus ``shift``; 0 and 1 stay what they are."""
    if p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    odds = p / (1.0 - p) * math.exp(shift)
    return odds / (1.0 + odds)


@compiled
def happens(u: float, p: float, shift: float) -> bool:
    """Return ``u < shifted_probability(p, shift)``, without the exponential where the answer is plain.

    For a shift up to 1, ``exp(shift) <= 1 + 1.7183 max(0, shift)``: a ``u`` whose odds are above that
    bound is out.
    """
    if p > 0.0 and p < 1.0 and shift <= 1.0 and u * (1.0 - p) > p * (1.0 - u) * (1.0 + 1.7183 * max(0.0, shift)) * 1.000001:
        return False
    return u < shifted_probability(p, shift)


@compiled
def pay_response(pay: float, allowance: float, old_allowance: float, slope: float, threshold: float) -> float:
    """Return the fall in the logit of leaving that the rise of a place allowance brings.

    ``slope * ln(w / w_ref)``, w the pay with the present allowance, w_ref with the old one; nothing
    below ``threshold`` (a share of pay), if there is one. All money in yuan a year.
    """
    reference = pay + old_allowance
    if reference <= 0.0 or allowance == old_allowance:
        return 0.0
    ratio = (pay + allowance) / reference
    if abs(ratio - 1.0) < threshold or ratio <= 0.0:
        return 0.0
    return slope * math.log(ratio)


@compiled
def learning_intensity(hours: float, hours_half: float, intensity_max: float) -> float:
    """Return the intensity of learning that ``hours`` a year give: ``I_max h / (h + h_half)``."""
    if hours <= 0.0:
        return 0.0
    return intensity_max * hours / (hours + hours_half)


@compiled
def learned_next(
    learned: float,
    quality: float,
    own_peer: float,
    own_intensity: float,
    core_peer: float,
    core_intensity: float,
    peer_learning: float,
    decay: float,
) -> float:
    """Return next year's learned quality of a teacher.

    ``h' = (1 - delta) h + kappa [I_own max(0, q_own - q) + I_core max(0, q_core - q)]``: better
    colleagues pull up, nobody pulls down (gap .30 at full intensity gives +.12, Papay et al. 2020).
    """
    gain = own_intensity * max(0.0, own_peer - quality) + core_intensity * max(0.0, core_peer - quality)
    return (1.0 - decay) * learned + peer_learning * gain


@compiled
def management_next(member: float, core: float, diffusion: float, effectiveness: float, n_members: float) -> float:
    """Return a member's management quality after a year: ``M + nu E max(0, M_core - M) / max(1, n/4)``."""
    return member + diffusion * effectiveness * max(0.0, core - member) / max(1.0, n_members / 4.0)


@compiled
def own_next(own: float, ses: float, noise: float, persistence: float, ses_gain: float, noise_sd: float) -> float:
    """Return own attainment after a year: ``lambda own + gamma z + sigma e``."""
    return persistence * own + ses_gain * ses + noise_sd * noise


@compiled
def distance_km(x1: float, y1: float, x2: float, y2: float, road_factor: float) -> float:
    """Return the road distance between two places, km: straight line times the road factor."""
    return math.sqrt((x1 - x2) * (x1 - x2) + (y1 - y2) * (y1 - y2)) * road_factor


@compiled
def travel_hours(km: float, speed_km_hour: float, mountain: bool, mountain_share: float) -> float:
    """Return hours for one way by road; slower where one end lies in the mountains."""
    speed = speed_km_hour * mountain_share if mountain else speed_km_hour
    return km / speed


@compiled
def class_size_effect(n: float, reference: float, effect: float) -> float:
    """Return the effect of class size, SD a year: ``theta`` per 15 pupils above the reference, at most 1.5 steps."""
    step = (n - reference) / 15.0
    return effect * min(1.5, max(-1.5, step))


@compiled
def reputation_next(reputation: float, raw_mean: float, speed: float) -> float:
    """Return reputation after a year: ``(1 - s) R + s raw mean``; parents follow levels, not value added."""
    return (1.0 - speed) * reputation + speed * raw_mean


@compiled
def perceived_reputation(own: float, core: float, brand: float) -> float:
    """Return what families see of a member that bears its core's name: ``R + brand max(0, R_core - R)``."""
    return own + brand * max(0.0, core - own)
