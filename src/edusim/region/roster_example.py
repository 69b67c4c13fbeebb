"""The fictional county of the template: every name, number and place is made up.

Empty cells show that not everything has to be known.
"""

from __future__ import annotations

from typing import Any

SCHOOLS: tuple[dict[str, Any], ...] = (
    {"id": "0101", "name": "青溪县实验小学", "stage": "primary", "zone": "urban", "private": "no", "group": "青溪小学教共体", "group_role": "core",
         "pupils": 1320, "seats": 1350, "x_km": 0.4, "y_km": 0.6, "buildings_m2": 6300, "sports_m2": 7400, "equipment_yuan": 4300000, "rooms": 34,
         "teachers": 74, "teachers_above_degree": 73, "teachers_backbone": 18, "teachers_pe_art_music": 13, "teachers_senior": 9},
    {"id": "0102", "name": "青溪县城南小学", "stage": "primary", "zone": "urban", "private": "no", "group_role": "none", "pupils": 980, "seats": 1080,
         "x_km": -0.8, "y_km": -0.9, "buildings_m2": 4700, "sports_m2": 6800, "equipment_yuan": 2700000, "rooms": 25, "teachers": 55},
    {"id": "0103", "name": "石桥镇中心小学", "stage": "primary", "zone": "town", "private": "no", "group": "青溪小学教共体", "group_role": "member",
         "pupils": 540, "seats": 720, "x_km": 9.5, "y_km": 3.2, "buildings_m2": 3500, "sports_m2": 6100, "equipment_yuan": 1350000, "rooms": 16,
         "teachers": 33, "teachers_above_degree": 32, "teachers_backbone": 4},
    {"id": "0104", "name": "云岭小学", "stage": "primary", "zone": "mountain", "private": "no", "boarding": "yes", "allowance_class": "a",
         "group": "青溪小学教共体", "group_role": "member", "pupils": 126, "seats": 240, "x_km": 22.0, "y_km": 11.5, "teachers": 12},
    {"id": "0201", "name": "青溪县第一初级中学", "stage": "junior", "zone": "urban", "private": "no", "group": "青溪初中教共体", "group_role": "core",
         "pupils": 1180, "pupils_g7": 390, "pupils_g8": 400, "pupils_g9": 390, "seats": 1200, "x_km": 0.9, "y_km": -0.3, "buildings_m2": 7200,
         "sports_m2": 11500, "equipment_yuan": 4100000, "rooms": 32, "teachers": 92, "teachers_above_degree": 91, "teachers_backbone": 21,
         "teachers_pe_art_music": 12, "teachers_senior": 25, "quota_places": 96, "quota_unfilled_share": 0},
    {"id": "0202", "name": "石桥镇初级中学", "stage": "junior", "zone": "town", "private": "no", "boarding": "yes", "group": "青溪初中教共体",
         "group_role": "member", "pupils": 420, "seats": 600, "x_km": 9.1, "y_km": 2.8, "teachers": 36, "teachers_backbone": 3, "quota_places": 35,
         "quota_unfilled_share": 0.2},
    {"id": "0301", "name": "云岭九年一贯制学校", "stage": "nine_year", "zone": "mountain", "private": "no", "boarding": "yes",
         "allowance_class": "a", "group": "青溪初中教共体", "group_role": "member", "pupils_g1": 22, "pupils_g2": 24, "pupils_g3": 20, "pupils_g4": 25,
         "pupils_g5": 27, "pupils_g6": 26, "pupils_g7": 38, "pupils_g8": 41, "pupils_g9": 40, "seats": 405, "x_km": 19.5, "y_km": 14.0, "teachers": 27},
    {"id": "0401", "name": "青溪新星学校", "stage": "nine_year", "zone": "urban", "private": "yes", "fee_yuan_year": 18000, "group_role": "none",
         "pupils": 410, "seats": 450, "x_km": 2.1, "y_km": 1.4, "teachers": 34},
)  # fmt: skip
#: A few teachers, groups and neighbourhoods of the same county.
TEACHERS: tuple[dict[str, Any], ...] = (
    {"id": "T0001", "school": "0101", "subject": "chinese", "age": 41, "experience": 19, "degree": "bachelor", "title": "senior", "backbone": "yes",
     "substitute": "no", "pay_yuan_year": 128000, "years_at_post": 12},
    {"id": "T0002", "school": "0104", "subject": "maths", "age": 27, "experience": 4, "degree": "associate", "title": "junior", "backbone": "no",
     "substitute": "no"},
    {"id": "T0003", "school": "0104", "subject": "english", "substitute": "yes"},
)  # fmt: skip
GROUPS: tuple[dict[str, Any], ...] = (
    {"id": "青溪小学教共体", "core": "0101", "members": "0103、0104", "core_outside": "no", "year_formed": 2022},
    {"id": "青溪初中教共体", "core": "0201", "members": "0202、0301"},
)
NEIGHBOURHOODS: tuple[dict[str, Any], ...] = (
    {"id": "P01", "zone": "urban", "x_km": 0.2, "y_km": 0.4, "catchment_primary": "0101", "catchment_junior": "0201", "entrants": 215},
    {"id": "P02", "zone": "town", "catchment_primary": "0103", "catchment_junior": "0202", "entrants": 92},
    {"id": "P03", "zone": "mountain", "catchment_primary": "0301", "catchment_junior": "0301"},
)
#: Rows of the example by sheet.
ROWS: dict[str, tuple[dict[str, Any], ...]] = {
    "schools": SCHOOLS, "teachers": TEACHERS, "groups": GROUPS, "neighbourhoods": NEIGHBOURHOODS,
}  # fmt: skip
