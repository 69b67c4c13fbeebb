"""培训、统一进度与检测、课程资源库、学生交流、课后服务: hours and yuan of what a group shares.

No study ties lecture training, a common pace, a bank of lesson plans or a day's visit to what pupils
learn in the tested subjects. These clauses therefore take hours, pupil-days and yuan, and are reported.
"""

from __future__ import annotations

import numpy as np

from edusim.rules.context import Year

TERMS_YEAR = 2.0


def share(year: Year) -> None:
    """Hold what the group shares, as far as the fund pays (M-64, M-97, M-99, M-100, M-104, M-109, M-125).

    Training: ``2 x sessions a term x hours a session`` for every teacher of a member. Common pace and
    tests: hours of planning in common for the staff of all campuses, tests for their pupils, in the
    share of the work that is in step. Bank of curriculum resources: one a group, open to its campuses;
    a bank is paid for whole or does not open. Pupil exchange: days of the pupils who take part.
    After-school service: hours of shared staff in members' classes.
    """
    state, law, memory, units, tally = year.state, year.law, year.memory, year.units, year.tally
    schools, ledger = state.schools, year.ledger
    staff = memory.staff.astype(float)
    pupils = memory.enrolment.sum(axis=0).astype(float)
    classes = memory.n_classes.sum(axis=0).astype(float)
    weeks = float(law["leadership.weeks_year"])

    session = TERMS_YEAR * law["development.training_session_hours"]
    training = year.of_member("development.training_sessions_term") * session * staff
    held = ledger.pay("training", law["finance.training_hour_yuan"] * float(training.sum()))
    tally.training_hours = float(training.sum()) * held
    _note(year, "train", training * held)

    in_group = (schools.member_of >= 0) | (schools.leads >= 0)
    in_step = np.where(in_group, year.of_school("development.sync_share"), 0.0)
    tests = in_step * pupils
    held = ledger.pay("common_tests", law["finance.common_test_yuan_pupil"] * float(tests.sum()))
    planning = in_step * staff * law["development.sync_hours_year"] * held
    tally.sync_hours = float(planning.sum())
    _note(year, "sync", planning)

    banks = np.flatnonzero(year.of_unit("development.resource_bank") > 0)
    opened = banks[ledger.pay_each("resources", np.full(banks.size, float(law["finance.resource_bank_yuan"])))]
    has_bank = np.zeros(units.core.size + 1, bool)  # the last place is that of schools in no unit, -1
    has_bank[opened] = True
    tally.n_with_bank = int(has_bank[units.unit_of_campus].sum())
    year.records.add("bank", "group", state.groups.id[units.group[opened]])

    days = year.of_member("pupils.exchange_days") * law["pupils.exchange_share"] * pupils
    held = ledger.pay("pupil_exchange", law["finance.pupil_day_yuan"] * float(days.sum()))
    tally.pupil_exchange_days = float(days.sum()) * held
    _note(year, "pupil_exchange", days * held)

    shared = year.of_member("services.after_school_shared") > 0
    held = ledger.pay("after_school", law["finance.after_school_yuan_pupil"] * float((shared * pupils).sum()))
    service = shared * classes * law["services.after_school_hours_week"] * weeks * held
    tally.after_school_hours = float(service.sum())
    _note(year, "after_school", service)


def _note(year: Year, event: str, amount: np.ndarray) -> None:
    """Record an event for each group with an amount, summed over its campuses."""
    units = year.units
    if units.core.size == 0 or not amount.any():
        return
    here = units.unit_of_campus >= 0
    total = np.bincount(units.unit_of_campus[here], amount[here], units.core.size)
    rows = np.flatnonzero(total > 0)
    year.records.add(event, "group", year.state.groups.id[units.group[rows]], amount=total[rows])
