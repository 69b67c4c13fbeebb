"""A county of five schools with numbers small enough to reckon by hand.

Row 0 core, urban primary, 1,000 pupils; 1 member, rural primary, 100; 2 member, mountain nine-year,
100 + 200; 3 town private junior, 500, in no group; 4 rural primary without pupils but with goods.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from edusim.state import State, Table

N = np.array([[1000, 100, 100, 0, 0], [0, 0, 200, 500, 0]])
MEAN = np.array([[0.5, -0.5, -0.2, 0.0, 0.0], [0.0, 0.0, -0.4, 0.1, 0.0]])


def _state(year: int = 2025) -> State:
    schools = Table.empty("schools", 5)
    schools.id[:] = [11, 12, 13, 14, 15]
    schools.stage[:] = [0, 0, 2, 1, 0]
    schools.zone[:] = [0, 2, 3, 1, 2]
    schools.is_private[:] = [False, False, False, True, False]
    schools.buildings_m2[:] = [5000, 600, 1600, 3000, 300]
    schools.sports_m2[:] = [8000, 900, 3200, 5200, 500]
    schools.equipment_yuan[:] = [3e6, 1e5, 640000, 1.5e6, 5e4]
    schools.rooms[:] = [30, 2, 8, 12, 1]
    schools.management[:] = [1.0, -0.5, -0.7, 0.0, 0.0]
    schools.climate[:] = [0.0, -0.5, 0.0, 0.0, 0.0]
    schools.satisfaction[:] = [0.9, 0.7, 0.8, 0.85, 0.1]
    schools.member_of[:] = [-1, 0, 0, -1, -1]
    schools.leads[:] = [0, -1, -1, -1, -1]
    schools.is_core_base[:] = [True, False, False, False, False]
    schools.is_member_base[:] = [False, True, True, False, False]
    schools.is_weak_base[:] = [False, True, True, False, False]
    schools.is_top_base[:] = [True, False, False, False, False]
    groups = Table.empty("groups", 2)
    groups.id[:] = [70, 71]
    groups.core[:] = [0, -1]
    groups.mode[:] = [1, 0]
    empty = {kind: Table.empty(kind, n) for kind, n in (("neighbourhoods", 1), ("teachers", 0), ("pupils", 0))}
    return State(year, schools, groups, **empty)


def _tally() -> SimpleNamespace:
    n = N.astype(np.float64)
    return SimpleNamespace(
        n_pupils=N.copy(),
        sum_achievement=n * MEAN,
        sum_square=n * (MEAN**2 + 0.81),  # every school has a variance of 0.81 within
        n_low=np.array([[100, 40, 30, 0, 0], [0, 0, 80, 100, 0]]),
        n_low_ses=np.array([[50, 50, 20, 0, 0], [0, 0, 80, 0, 0]]),
        sum_low_ses=np.array([[0.0, -40.0, -10.0, 0, 0], [0, 0, -50.0, 0, 0]]),
        sum_ses=n * np.array([[0.3, -0.3, -0.3, 0, 0], [0, 0, -0.3, 0.0, 0]]),
        n_classes=np.array([[25, 6, 6, 0, 0], [0, 0, 4, 10, 0]]),
        largest_class=np.array([[46, 20, 17, 0, 0], [0, 0, 50, 50, 0]]),
        n_classes_over_cap=np.array([[3, 0, 0, 0, 0], [0, 0, 0, 0, 0]]),
        n_teachers=np.array([60, 8, 26, 40, 1]),
        n_above_degree=np.array([42, 4, 16, 27, 1]),
        n_backbone=np.array([12, 1, 2, 5, 0]),
        n_pe_art_music=np.array([9, 1, 3, 5, 0]),
        n_serving=np.array([58, 10, 26, 40, 0]),
        n_substitutes=np.array([0, 2, 1, 0, 0]),
        n_posts=np.array([62, 9, 27, 40, 2]),
        n_vacant=np.array([2, 1, 1, 0, 2]),
        subject_gap=np.array([[0, 3, 2, 0, 0], [0, 6, 4, 0, 0], [1, 6, 5, 0, 0]]),
        sum_quality=np.array([6.0, -1.0, -2.0, 0.0, 0.0]),
        n_placed=np.array([60, 10, 20, 40, 0]),
        promised=5, delivered=4, delivered_quality=-0.2, n_eligible=40, n_member_staff=36, n_rotated_backbone=1,
        promised_years=15.0, delivered_years=12.0,
        stock_away=9, left_n=4, left_quality_sum=0.4, left_backbone=2, stayed_n=96, stayed_quality_sum=2.88,
        n_backbone_before=20, n_applicants=200, n_first_choice=150, n_open_choice=20, n_exit=100, n_return=3,
        n_private=40, n_moved=7, satisfied_sum=1615.0, satisfied_n=1900.0,
        seats_needed=np.arange(8.0).reshape(2, 4), seats_empty=np.arange(8.0).reshape(2, 4) * 10,
        leader_hours_planned=800.0, leader_hours_given=600.0, expert_hours_given=350.0,
        money={"allowance": 1000.0, "equipment": 3000.0}, unfunded_yuan=50.0,
        n_graduates=np.array([100, 0, 60, 40, 0]), n_good_senior=np.array([80, 0, 15, 25, 0]),
        n_forced=1, n_sent_senior=3, excellent_at=np.array([29, 2, 4, 10, 0]), n_excellent_groups=1, excellent_growth=0.2,
        n_promoted=8, n_promoted_took_part=2, n_middle_pooled=3, group_fund=1000.0, group_fund_spent=600.0,
        group_fund_city=150.0, reward_pool=np.array([70.0, 10.0, 30.0, 50.0, 0.0]),
        pool_bonus=20.0, pool_heads=5.0,
        in_excellent_group=np.array([True, True, False, False, False]), progress_money_share=0.4,
    )  # fmt: skip


def _empty_tally(size: int) -> SimpleNamespace:
    """Return a tally of ``size`` schools in which there is nobody and nothing."""
    full = _tally()
    made = {}
    for name, value in vars(full).items():
        if name in ("seats_needed", "seats_empty"):
            made[name] = np.zeros((2, 4))
        elif isinstance(value, np.ndarray):
            made[name] = np.zeros((*value.shape[:-1], size), value.dtype)
        elif isinstance(value, dict):
            made[name] = {}
        else:
            made[name] = 0
    return SimpleNamespace(**made)


@pytest.fixture
def state() -> State:
    return _state()


@pytest.fixture
def tally() -> SimpleNamespace:
    return _tally()


@pytest.fixture
def empty_tally() -> Callable[[int], SimpleNamespace]:
    return _empty_tally
