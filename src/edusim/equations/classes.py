"""Compiled loops over classes: who teaches which subject to which class, and what a year gives.

Classes of a school stand in a row, in the order of grades. A cell is one class in one subject.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled
from edusim.equations.formulas import class_size_effect
from edusim.equations.pupils import GRAIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

OWN, ITINERANT, OUT_OF_FIELD, UNCOVERED = 0, 1, 2, 3
N_SUBJECTS, EXAMINED = 8, 5


@compiled
def effective_quality(
    serving: NDArray[np.bool_],
    quality: NDArray[np.float64],
    effort: NDArray[np.float64],
    is_substitute: NDArray[np.bool_],
    years_at_post: NDArray[np.int16],
    experience: NDArray[np.float64],
    first_year_penalty: float,
    substitute_penalty: float,
    out: NDArray[np.float64],
) -> None:
    """Return what each teacher gives a class in a year: quality + effort - penalties, SD.

    A teacher in the first year at a new post loses ``first_year_penalty`` unless a beginner, whose
    first year the experience curve already holds.
    """
    for i in range(serving.size):
        if not serving[i]:
            continue
        value = quality[i] + effort[i]
        if years_at_post[i] == 0 and experience[i] >= 1.0:
            value -= first_year_penalty
        if is_substitute[i]:
            value -= substitute_penalty
        out[i] = value


@compiled
def staff_classes(
    first_class: NDArray[np.int64],
    start: NDArray[np.int64],
    rows: NDArray[np.int64],
    classes_per_teacher: NDArray[np.float64],
    unit_of_school: NDArray[np.int32],
    unit_start: NDArray[np.int64],
    unit_schools: NDArray[np.int32],
    itinerant: NDArray[np.bool_],
    teacher_of: NDArray[np.int32],
    kind: NDArray[np.int8],
    gaps: NDArray[np.int64],
    travel_cells: NDArray[np.int64],
) -> None:
    """Give every class a teacher in every subject.

    Own teachers of the subject first, spread evenly; where their load is full, teachers of the subject
    from another campus with time to spare (走教, where the group's clauses allow it: ``itinerant``
    [units]); then own teachers of other subjects with time to spare (out of field); else the cell is
    uncovered. ``start``/``rows``: teachers grouped by placement * 8 + subject. ``classes_per_teacher``
    float64 [schools, 8]. Returned in place: ``teacher_of`` int32 and ``kind`` int8 [classes, 8];
    ``gaps`` int64 [schools, 8] cells without a teacher of the subject, own or visiting; ``travel_cells`` int64
    [schools] cells taught by a visiting teacher.
    """
    n_schools = first_class.size - 1
    spare = np.zeros((n_schools, N_SUBJECTS), np.int64)
    for s in range(n_schools):
        classes = first_class[s + 1] - first_class[s]
        for k in range(N_SUBJECTS):
            low, high = start[s * N_SUBJECTS + k], start[s * N_SUBJECTS + k + 1]
            teachers = high - low
            room = int(teachers * classes_per_teacher[s, k])
            served = min(room, classes)
            spare[s, k] = room - served
            per_teacher = max(1, (served + teachers - 1) // teachers) if teachers > 0 else 1
            done = 0
            for j in range(classes):
                c = first_class[s] + j
                if (j + 1) * served // classes > j * served // classes:
                    teacher_of[c, k] = rows[low + done // per_teacher]
                    kind[c, k] = OWN
                    done += 1
                else:
                    teacher_of[c, k] = -1
                    kind[c, k] = UNCOVERED
                    gaps[s, k] += 1
    for s in range(n_schools):
        classes = first_class[s + 1] - first_class[s]
        for k in range(N_SUBJECTS):
            if gaps[s, k] <= 0:
                continue
            unit = unit_of_school[s]
            visits = unit >= 0 and itinerant[unit]
            for j in range(classes):
                c = first_class[s] + j
                if kind[c, k] != UNCOVERED:
                    continue
                if visits:
                    for a in range(unit_start[unit], unit_start[unit + 1]):
                        t = unit_schools[a]
                        if t != s and spare[t, k] > 0:
                            low, high = start[t * N_SUBJECTS + k], start[t * N_SUBJECTS + k + 1]
                            teacher_of[c, k] = rows[low + spare[t, k] % (high - low)]
                            kind[c, k] = ITINERANT
                            spare[t, k] -= 1
                            gaps[s, k] -= 1
                            travel_cells[s] += 1
                            break
                if kind[c, k] == UNCOVERED:
                    best = -1
                    for other in range(N_SUBJECTS):
                        if spare[s, other] > 0 and (best < 0 or spare[s, other] > spare[s, best]):
                            best = other
                    if best >= 0:
                        low, high = start[s * N_SUBJECTS + best], start[s * N_SUBJECTS + best + 1]
                        teacher_of[c, k] = rows[low + spare[s, best] % (high - low)]
                        kind[c, k] = OUT_OF_FIELD
                        spare[s, best] -= 1


@compiled
def class_quality(
    first_class: NDArray[np.int64],
    class_n: NDArray[np.int64],
    class_sum: NDArray[np.int64],
    teacher_of: NDArray[np.int32],
    kind: NDArray[np.int8],
    effective: NDArray[np.float64],
    school_part: NDArray[np.float64],
    core_peer: NDArray[np.float64],
    online_share: NDArray[np.float64],
    out_of_field: float,
    uncovered: float,
    size_reference: float,
    size_effect: float,
    peer_effect: float,
    offset: float,
    out: NDArray[np.float64],
    teacher_part: NDArray[np.float64],
) -> None:
    """Return what a year at school gives each class: Q, SD a year (model: section 5).

    ``Q = mean over examined subjects of what the teacher gives - penalties + school part + class size
    + peers - offset``. ``school_part`` float64 [schools] holds management, climate, spending and
    turnover. A class whose teacher is missing or out of field and whose core sends online lessons
    gets ``online_share`` of the way to the core's best teachers. ``offset`` makes the county mean 0 in
    the base year. ``teacher_part`` float64 [schools] returns the mean of the first term.
    """
    for s in range(first_class.size - 1):
        total, pupils = 0.0, 0
        for c in range(first_class[s], first_class[s + 1]):
            value = 0.0
            for k in range(EXAMINED):
                t = teacher_of[c, k]
                given = -uncovered if t < 0 else effective[t]
                if kind[c, k] == OUT_OF_FIELD:
                    given -= out_of_field
                if kind[c, k] >= OUT_OF_FIELD and online_share[s] > 0.0 and not math.isnan(core_peer[s]):
                    given += online_share[s] * max(0.0, core_peer[s] - given)
                value += given
            value /= EXAMINED
            n = class_n[c]
            total += value * n
            pupils += n
            peers = class_sum[c] / GRAIN / n if n > 0 else 0.0
            out[c] = (
                value
                + school_part[s]
                + class_size_effect(n, size_reference, size_effect)
                + peer_effect * peers
                - offset
            )
        teacher_part[s] = total / pupils if pupils > 0 else 0.0
