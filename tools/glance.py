"""`docs/model-at-a-glance.md`: the model on a few pages, the year as run, and one year worked by hand."""

# ruff: noqa: E501 -- one entry of a table stays one line
from __future__ import annotations

from worked_year import DRAW, POLICY, SCENARIO, SEED, Line, Worked, worked

from edusim import model, parameters
from edusim.rules.context import RULES
from edusim.scenario import load

TITLE = "# The model at a glance 模型一览\n"
PURPOSE = """\
edusim follows one county (县) year by year, for 5 to 15 school years.
It compares bundles of clauses (条款): the law in force (现状延续) and three modes of school groups (教共体): 协作型 collaboration, 共建型 co-building, 融合型 fusion.
It reports gaps between schools, the weakest and the core schools, official balance indicators (优质均衡指标), staffing, families, money.
Modes differ in what their clauses say (who may be moved, who pays, who is appraised with whom, who leads, what is shared) and in the hours people have; **no mode has a learning coefficient of its own**.
It explores scenarios (情景推演); it is not a forecast (不是预测), least of all for one school.
"""

ENTITIES = (
    ("authority", "教育主管部门", "one", "the law of the year, the fund, the staffing posts (编制); a Mesa agent"),
    ("group", "教共体", "groups", "core, members, mode (0: paired under the law in force), year formed; a Mesa agent"),
    ("school (campus)", "学校（校区）", "schools",
     "stages, zone, seats, buildings, equipment, management M, climate C, reputation R; a Mesa agent"),
    ("other school", "幼儿园、普通高中、中职", "others",
     "kindergarten, senior or vocational: places, pupils of three years, teachers, group, contract; no achievement is modelled"),
    ("neighbourhood", "片区", "neighbourhoods", "place, catchment schools (施教区), mean of family background"),
    ("teacher", "教师", "teachers",
     "quality = innate + experience + learned; credentials (degree 学历, title 职称, backbone 骨干); effort; pay; home; "
     "three places: employer (编制所在), post (任职), placement (任课)"),
    ("pupil and family", "学生与家庭", "pupils",
     "cohort, SES z, home; two stocks: own attainment and lasting school-caused gain; years registered (学籍年限)"),
)  # fmt: skip

#: Phase of the year -> equations: (what zh en, equation, unit, parameters, where it comes from).
Equation = tuple[str, str, str, tuple[str, ...], str]
J = "judgement, to be swept 判断值"
DEF = "definition 定义"
EQUATIONS: dict[str, tuple[Equation, ...]] = {
    "commit_budget": ((
        "place allowance 特岗津贴", "a = a₀ + (a₁ − a₀) min(1, fund / asked); paid to every teacher of the place",
        "yuan/year", ("allowance.a_yuan_month", "allowance.b_yuan_month", "finance.fund_yuan_year"), "",
    ),),
    "pair": ((
        "pairing anew 重新结对", "once, in the policy's first year: best city cores dealt to mountain and village schools in turn; or zones of equal size, "
        "exchanging schools while mean distance / its start + variance of zones' mean quality / that of schools falls",
        "schools", ("groups.pairing", "groups.n_zones_primary", "groups.n_zones_junior"), "",
    ), (
        "new core 新核心校", "Z ≥ Z of the core for so many years: leads a new group with the members nearer to it than to the old core",
        "schools", ("groups.promote_years",), "",
    ), (
        "new campus 新建校", "the nearest group that acts, has room and whose core has not fallen", "schools",
        ("groups.new_campus_joins", "groups.core_guard_sd"), "",
    )),
    "entrust": ((
        "trustee 托管", "a private school with Z ≥ 0 takes one weak rural school outside the acting groups, weakest first, by the nearest",
        "schools", ("groups.private_entrust",), "",
    ),),
    "merge_campuses": ((
        "small-school merger 撤并", "a school below the limit → the nearest with room; room: ⌊(buildings / m² a place − places) / grades⌋ more seats; "
        "pupils, teachers, equipment, rooms go along, land and buildings stay as the county's reserve",
        "schools/year", ("campuses.merge_below_pupils", "campuses.merge_per_year", "campuses.merge_max_km", "campuses.m2_place",
                         "finance.merger_yuan_pupil", "climate.merger_shock"), "",
    ),),
    "open_campuses": ((
        "new campus 新校区", "catchment: the mother's neighbourhoods nearest to the site, s_new / (s_new + s_mother) of its children; "
        "teachers: ⌊founding share × posts × moved / pupils⌋ of the mother's, the rest are hired",
        "pupils; teachers", (), "planned by the region; the same under every policy",
    ),),
    "other_stages": ((
        "places and pupils 学位与在校生", "first year = min(places / years, share × children three years before grade 1, or × graduates), in proportion to room",
        "pupils", (), "shares of `configs/stages.yaml`",
    ), (
        "staff 教师", "posts = ⌈pupils / ratio⌉; vacancies = max(0, posts − own + lent − sent by the enterprise)",
        "teachers", ("stages.lent_share", "stages.entrusted_staff", "stages.kindergarten_groups", "stages.group_members",
                     "stages.senior_joined", "stages.vocational_entrusted", "finance.stage_group_yuan",
                     "finance.vocational_fee_yuan"), "no channel to learning is claimed",
    )),
    "form_groups": ((
        "groups in a mode 组建", "⌊coverage × groups meant for the mode⌋, widest base-year gap first; members beyond the cap are left out, or reported",
        "groups", ("groups.coverage_share", "groups.max_members"), "",
    ), (
        "shock of merging 合并冲击", "C ← C − shock on every campus of a group that becomes one legal person; half of it when it ends",
        "SD", ("climate.merger_shock",), J,
    ), (
        "end, extension, exit 期满、延长、退出", "a term ends, extended once where members' mean Z < 0; a member with Z < 0 and not risen for so many years "
        "leaves; one with Z ≥ 0 for so many years separates; a group without members is dissolved",
        "groups", ("groups.term_years", "groups.extension_years", "groups.exit_failing_years", "groups.reseparate_years"), "",
    ), (
        "waiting 暂缓", "a core whose Z has fallen by more than this since the base year forms no group that year", "pupil SD",
        ("groups.core_guard_sd",), "",
    )),
    "fund_groups": ((
        "groups' own funds 集团专项经费", "yuan a group × (1 + growth)^years; pays joint work, training, exchange, tests, resources first; the rest lapses",
        "yuan/year", ("finance.group_fund_yuan", "finance.fund_growth", "finance.group_fund_city_share", "finance.training_base_yuan"), "one purse for the county",
    ),),
    "pass_on": ((
        "cohorts 届别", "entrants by neighbourhood and year are an input, the same under every policy; own = b z + s u",
        "pupils; pupil SD", (), "demography of the region; stationary distribution",
    ),),
    "admit": ((
        "choice 择校", "U = β_R R (1 + β_z z) − β_d km + β_p SES + β_h P(good senior high) + Gumbel; a private school first where a lot falls below the base year's odds × exp(ΔU + β_z z); parallel mechanism or deferred acceptance",
        "utility", ("families.reputation", "families.ses_slope", "families.travel", "families.peers", "families.senior_chance",
                    "families.fee", "families.fee_ses", "admission.open_choice_share"), "random utility",
    ), (
        "catchments of a group 施教区合一", "where they are one: equal priority at all campuses, which families rank by U before others",
        "utility", ("admission.pooled_catchment",), "every document keeps them apart",
    ), (
        "what families see 家长所见", "R + brand × max(0, R_core − R) where the name is shared", "pupil SD", ("families.brand",),
        "house prices near branch campuses: about a third",
    ), (
        "leaving the county 外流", "logit p = logit p₀ + b_z z + b_fl [(R₀ − R_s) + (b_h/b_R)(H₀ − H_s)], H from grade 7 on; the same share of those out return each year",
        "share", ("families.exit_grade1", "families.exit_grade7", "families.exit_other", "families.flight",
                  "families.exit_ses_slope", "families.return_share"), J,
    )),
    "count_enrolment": (("pupils 学生数", "pupils by school and grade", "pupils", (), "only where the rule admission is off"),),
    "form_classes": ((
        "classes 班级", "⌈cohort / cap⌉ classes, balanced (sorted only where allowed)", "classes",
        ("teaching.class_cap_primary", "teaching.class_cap_junior", "teaching.class_sorting"), "",
    ),),
    "plan_posts": ((
        "posts 编制", "max(pupils / ratio, teachers a class × classes) by stage × what the school inherited; in all no more than the county's posts",
        "posts", ("staffing.pupils_per_teacher_primary", "staffing.pupils_per_teacher_junior", "staffing.teachers_per_class_small",
                  "staffing.post_adjustment", "staffing.county_pooling"), "县管校聘 (posts managed by the county); national staffing standard",
    ),),
    "bring_back": ((
        "return 归队", "a term that has ended: back to the school of origin with the post (rotation.return_home), else stays",
        "teachers", ("rotation.return_home",), "",
    ),),
    "rank_posts": ((
        "posts by rank 岗位", "senior = round(share × posts), by stage; middle likewise", "posts",
        ("promotion.senior_share_primary", "promotion.senior_share_junior", "promotion.middle_share"), J,
    ),),
    "compete_again": ((
        "competing again 重新竞聘", "a rank held outside the posts: a free senior post, best appraisal first, else one rank and its pay lower",
        "teachers", ("promotion.recompete_on_return",), "",
    ),),
    "staff": ((
        "leaving 流失", "logit p = logit p₀ − b_w ln(w/w_ref) + b_c (commute − usual) + b_f forced − b_C C; age ≥ limit: retires",
        "share/year", ("workforce.resign", "workforce.contract_leave", "workforce.pay_slope", "workforce.pay_backbone", "workforce.commute_slope",
                       "workforce.forced_slope", "workforce.climate_slope", "staffing.retire_age"),
        "bonus of $1,800: leavers −12 to −17% (scholars.duke.edu/display/pub704532)",
    ), (
        "moving up 向上流动", "the same with p₀ by zone and + b_q (quality and title in SD)", "share/year",
        ("workforce.upward_rural", "workforce.upward_urban", "workforce.quality_slope"), J,
    ), (
        "choosing a post 选岗", "by examination rank: U = accept − b_d km + b_w ln(1 + a/w) − b_u remoteness + b_C C + Gumbel; unfilled posts: substitutes",
        "utility", ("hiring.accept", "hiring.distance_weight", "hiring.pay_weight", "hiring.urban_weight", "hiring.climate_weight",
                    "hiring.applicants_per_post", "hiring.exam_correlation"), J,
    )),
    "send": ((
        "how many go 人数", "⌊max(share × base, the law's share × its base) + lot⌋ a year; stock away = flow × term ≤ half", "teachers/year",
        ("rotation.share", "rotation.base", "rotation.term_years"), "a mode can ask for more than the law, not for less",
    ), (
        "who wants to go 意愿", "U = a + b_p [needs rural service] + b_w ln(pay ratio) − b_t extra hours − b_f [young child] − b_r [near retirement] + b_k [may become a head, years short] + Gumbel",
        "utility", ("rotation.go_intercept", "rotation.go_promotion", "rotation.go_pay", "rotation.go_travel", "rotation.go_child",
                    "rotation.go_retire", "rotation.go_cadre", "promotion.weak_years_head", "reward.rotation_bonus_yuan"), "pay: allowances and bonus; top teachers asked to move for +20% of pay: 5% went",
    ), (
        "whom the head sends 指派", "−(1 − ω) × appraisal × weight + ω × need of the subject at the members, where the head may assign",
        "score", ("appraisal.bundle_weight", "rotation.send_weak", "rotation.head_may_assign", "rotation.senior_priority"), J,
    )),
    "plan_leaders": ((
        "leaders' hours 干部工时", "capacity × posts kept or added; of the hours at members a share is taught: hours × weeks / 5 join the member's joint h",
        "hours", ("leadership.posts_share", "leadership.posts_core", "leadership.team_teaching_share"), "posts added are paid for",
    ), (
        "contracts 委托管理", "school by school while paid; at the end M' = M − (1 − kept) × what it gained under the trustee", "SD",
        ("groups.entrusted", "leadership.trustee_kept_share", "finance.entrust_yuan_member"), J,
    )),
    "exchange": ((
        "short exchange 短期交流", "dose = share × experts × 2 × weeks a term / weeks of a year; reach = min(1, visitors / (members × 5))",
        "teacher-years", ("development.exchange_share", "development.exchange_weeks_term", "development.exchange_hours_week"),
        "nobody's post moves; the hours are missing in the core's own research",
    ), (
        "shadowing 轮训", "guests = share × staff, no more at once than the core has experts; cover: Q − substitute × share × weeks / weeks of a year",
        "teacher-years", ("development.shadow_share", "development.shadow_weeks_year"), "",
    )),
    "staff_classes": ((
        "who teaches what 排课", "own teachers of the subject, then visiting ones (走教) where a clause allows, then out of field, else nobody",
        "classes x subjects", ("staffing.itinerant",), "",
    ),),
    "pool": ((
        "operating funds 公用经费", "r = own + last year's projects / pupils; pooled over the campuses of one legal person",
        "yuan/pupil/year", ("groups.finance_unified",), "",
    ),),
    "quality_of_classes": ((
        "Q of a class 班级一年所得",
        "Q = mean over five subjects (q + effort − first year at post − substitute − out of field) + θ_M M + θ_C C + θ_r ln(r/r₀) "
        "− θ_T (turnover − usual) + θ_size (n − n₀)/15 + θ_p classmates − offset", "SD/year",
        ("achievement.first_year_at_post", "achievement.substitute", "achievement.out_of_field", "achievement.management",
         "achievement.climate", "achievement.spending", "achievement.turnover", "achievement.class_size", "achievement.peers"),
        "offset: county mean of Q is 0 in the base year; sources in parameters.md",
    ),),
    "learn": ((
        "own attainment 自身学业", "own' = λ own + γ z + σ e", "pupil SD", ("achievement.persistence_own", "achievement.ses_correlation"),
        "γ, σ so that corr(A, z) is as stated and var(A) = 1 in the base year",
    ), (
        "school-caused gain 学校增益", "P' = P + π Q; A = own' + P' + (1 − π) Q", "pupil SD", ("achievement.persistence_caused",),
        "about one-fifth lasts, not above one-third (nber.org/papers/w14065)",
    )),
    "tally_pupils": (("achievement 学业", "as it stands", "pupil SD", (), "only where the rule teaching is off"),),
    "learn_together": ((
        "intensity 强度", "I = I_max h/(h + h½); joint h = min(planned, experts' hours / (members × 5)) × (in person × m/(m + 2 travel) + online × f)",
        "share", ("development.hours_half", "development.intensity_max", "development.joint_hours_year", "development.expert_hours_year",
                  "development.online_share", "development.online_factor", "development.meeting_hours"), "hours, not mode; " + J,
    ), (
        "who takes part 部分教师", "I_core = mean of I(h) over those who are visited or shadow (their h is more) and those who are not", "share",
        ("development.exchange_hours_week", "development.shadow_share"), "intensity is concave: hours are not averaged",
    ), (
        "subject teams 学科中心组", "the best backbone teachers of all campuses, teams × size, for a term; experts where they serve; q_core = max(core, team mean)",
        "teachers", ("development.subject_teams", "development.team_size", "development.team_term_years"), "",
    ), (
        "learning from colleagues 研训", "h' = (1 − δ) h + κ [I_own max(0, q_own − q) + I_core max(0, q_core − q)]; q_own, q_core: 90th percentiles",
        "SD/year", ("development.peer_learning", "development.decay", "development.own_hours_year"),
        "paired mentoring: +.12 for a gap of .30 (Papay et al. 2020)",
    ), (
        "mentor pairs 师徒结对", "h' ← h' + κ I(mentor's hours) max(0, q_core − q) for the members' least effective beginners", "SD/year",
        ("development.mentor_pairs", "development.mentor_hours_year"), "",
    )),
    "lead": ((
        "management 管理", "M' = M + ν E max(0, M_core − M) / max(1, n/4), E = ω min(1, (hours − travel)/full)", "SD",
        ("leadership.diffusion", "leadership.hours_full", "leadership.member_hours_week", "leadership.hours_capacity_week"), J + ", the same for every mode",
    ), (
        "span of a core 管理跨度", "core: M' = M + ν_r (M_base − M) − span cost × max(0, n − free) × share of hours used", "SD",
        ("leadership.recovery", "leadership.span_free", "leadership.span_cost"), J,
    ), ("climate 氛围", "C' = persistence × C", "SD", ("climate.persistence",), J), (
        "trustee 托管", "M' = M + ν max(0, M_trustee − M): a head of the trustee's all week, none of the core's hours", "SD",
        ("leadership.diffusion", "groups.entrusted"), J,
    ), (
        "term of a head 任期", "after the term (and once more years if the members' mean Z has risen) a new head: C' = C − shock at all campuses", "SD",
        ("leadership.head_term_years", "leadership.tenure_extension_years", "climate.head_change_shock"), J,
    )),
    "share": ((
        "training, common pace 培训、同步", "hours = 2 × sessions × hours × members' staff; share in step × hours × staff of all campuses; nothing on learning",
        "hours/year", ("development.training_sessions_term", "development.training_session_hours", "development.sync_share", "development.sync_hours_year"),
        "lecture training: no effect found",
    ), (
        "bank, visits, services 资源库、学生交流、课后服务", "campuses with a bank; pupils × share × days; classes × hours × weeks; as far as the fund pays", "counts",
        ("development.resource_bank", "pupils.exchange_days", "pupils.exchange_share", "services.after_school_shared", "services.after_school_hours_week"),
        "hours, days and yuan only",
    )),
    "appraise": ((
        "appraisal 考核", "(q − mean)/SD + noise e; the best share of a school are excellent (优秀), those on rotation counted apart", "SD",
        ("appraisal.noise_sd", "honours.excellent_share", "honours.excellent_bonus", "honours.group_bonus", "appraisal.unit_pooled"), "",
    ), (
        "effort 努力", "+ near promotion + excellent − sent unwilling × (1 − monitored)", "SD/year",
        ("effort.promotion", "effort.reward", "effort.shirk", "rotation.monitor_share"), "Chinese promotion ladders; sizes " + J,
    ), (
        "promotion 晋升", "years in rank and rural service; free rank posts by appraisal; outside the posts after the years a clause asks for", "teachers",
        ("promotion.years_in_rank", "promotion.weak_years_senior", "promotion.quota_free_years", "promotion.exchange_weight", "promotion.middle_pooled"), "",
    )),
    "graduate": ((
        "quota places 指标到校", "seats × quota split by graduates with the years of registration, best first above line + floor gap; the rest by rank",
        "places", ("admission.good_senior_share", "admission.quota_share", "admission.quota_registration_years", "admission.quota_floor_gap"),
        "national rule: at least half by quota",
    ),),
    "results": ((
        "Z score Z 值", "Z = mean of the school − mean of the county (of its district where a clause says so), in base-year pupil SD, by stage",
        "SD", ("reward.z_by_zone",), DEF,
    ), (
        "appraisal of groups 集团考核", "(1 − w) mean Z / SD + w rise of Z / SD over core and members; the best share of groups are excellent", "SD",
        ("appraisal.growth_weight", "appraisal.excellent_group_share"), J,
    )),
    "reward": ((
        "rewards 质量奖补", "member: yuan a graduating class if Z rises by the threshold; core: award × factor if a member rose", "yuan",
        ("reward.z_threshold_points", "reward.z_points_per_sd", "reward.per_class_yuan", "reward.core_factor"), "",
    ), (
        "groups and heads 集团奖励", "excellent groups whose members progressed, from their reward fund; heads: bonus × (factor − 1), from the appraisal pool", "yuan",
        ("finance.group_reward_yuan", "reward.head_pay_factor"), "yuan only",
    ), (
        "appraisal pool 考核奖励总量", "pool = yuan × posts, less bonuses of rotating teachers and grades of heads, shared by posts × (100 + points for joining) × (1 + tilt in excellent groups)", "yuan",
        ("reward.pool_yuan_teacher", "reward.pool_tilt", "appraisal.join_bonus_points"), "part of pay; yuan only",
    )),
    "invest": ((
        "equipment and projects 装备与项目", "what is left of the fund, tilted to members, by pupils and, for a share of it, by the rise of Z; equipment wears by (1 − replaced)/life a year", "yuan",
        ("finance.member_tilt", "finance.results_weight", "finance.equipment_share", "finance.building_share", "finance.equipment_life_years", "finance.replacement_share"),
        "shares: " + J,
    ),),
    "form_reputation": ((
        "reputation 口碑", "R' = (1 − s) R + s × raw mean: parents follow levels, not value added", "pupil SD", ("families.reputation_speed",), J,
    ),),
    "satisfaction": ((
        "satisfaction 满意度", "logit⁻¹(c − class size − perceived gap − travel − departures + equipment)", "share",
        ("satisfaction.intercept", "satisfaction.class_size", "satisfaction.gap", "satisfaction.travel", "satisfaction.departure",
         "satisfaction.facilities"), J,
    ), (
        "facilities within reach 共享设施", "own / n + Σ_j share × goods_j / pupils of the campuses that j serves, campuses of the unit within reach; "
        "official indicators stay with what each campus owns",
        "m2, rooms, yuan a pupil", ("facilities.shared_share", "facilities.max_km"), "",
    )),
    "count": (("staff 教师数", "counted at the employer (编制所在校), at the post and at the placement", "teachers", (), DEF),),
    "grow_older": ((
        "quality of a teacher 教学质量", "q = μ + g1 (1 − e^(−x/τ)) + g2 min(x, 30)/30 + h", "SD/year",
        ("teacher.quality_sd", "teacher.novice_gain", "teacher.novice_years", "teacher.late_gain"), "shape: Papay & Kraft 2015",
    ),),
}  # fmt: skip

ASSUMED = """\
- **Statuses.** `clause` (条款): the value is written in a document; `evidence` (实证): a study or statistic is named; `assumption` (假定): ours, with a range that a
  finding should hold over. Every value, range, status and source is in [parameters.md](parameters.md).
- **Sizes that no study has found** are the same for every mode: what management passes on, the cost of a wide span, the shock of a merger, what a shared name lends, who wants to rotate.
- **Two stocks.** A pupil's own attainment and the school-caused gain are separate; both go with the pupil to another school.
- **The base year is at rest**: learned quality, gains and posts start where they would stay under the law in force, so a policy is not credited with a drift.
- **The county is synthetic** (合成县): drawn from published statistics; levels and some spreads are judgements. In a roster, what is missing is drawn anew in each draw and counted.
- **Fairness of the comparison.** Every draw is keyed by (seed, process, year, agent); cohorts, applicants and lots are the same under every policy. Everything is compared twice:
  `identical` (同样的学校配对: pairs of one core and one member, money does not bind) and `feasible` (按可行条件: size caps, scarce cores, budget and dates bind).
"""

CANNOT = """\
- It cannot say how large the effect of a mode **is**: no causal estimate of these modes exists. It says what follows from clauses, hours and the stated assumptions, and how far that hangs on them.
- It says nothing about a real, named school, and nothing about one teacher or pupil: persons are drawn.
- Non-tested outcomes (character, health, PE, art, music) are counted as posts, lessons and indicators, not as learning.
- House prices, tutoring, teacher politics, the labour market outside the county and changes of national law are not in it.
- Achievement is in SD of the base year's pupils; the model does not predict marks in any examination.
- An interval is about chance (families, lots, who is drawn), not about wrong assumptions: vary those too (`-S path=value`).
"""


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(cell(c) for c in row) + " |" for row in rows)]) + "\n"


def year_rows() -> list[tuple[object, ...]]:
    rows = []
    for order, phase in enumerate(model.YEAR, 1):
        switch = phase.rule
        text = f"`{switch}`" if switch in RULES else (f"only when `{switch[1:]}` is off" if switch else "always")
        rows.append((order, f"`{phase.name}`", phase.zh, phase.en, text, f"`{phase.function}`"))
    return rows


def equation_rows() -> list[tuple[object, ...]]:
    known = parameters.shipped()
    names = [p.name for p in model.YEAR]
    silent = [n for n in names if n not in EQUATIONS] + [n for n in EQUATIONS if n not in names]
    if silent:
        raise SystemExit(f"tools/glance.py: EQUATIONS and edusim.model.YEAR differ in {', '.join(silent)}: give each phase its line")
    rows = []
    for name in names:
        for what, equation, unit, paths, source in EQUATIONS[name]:
            wrong = [p for p in paths if p not in known]
            if wrong:
                raise SystemExit(f"tools/glance.py: no parameter {', '.join(wrong)} (phase {name})")
            values = "; ".join(
                f"`{p}` {known[p].show(known[p].default)} ({known[p].range_text}, {known[p].status})" for p in paths
            )
            rows.append((f"`{name}`", what, equation, unit, values or "–", "; ".join(filter(None, (source, clauses(paths))))))
    return rows


def clauses(paths: tuple[str, ...]) -> str:
    """Return the clauses of the law and the modes that set these parameters, each named once."""
    known, scenario = parameters.shipped(), load("county")
    found: dict[str, list[str]] = {}
    for path in paths:
        references = [known[path].reference]
        for key in scenario.policies:
            policy = scenario.parameters(key).policy
            references += [part[path].reference for part in (policy.clauses, *policy.mode_clauses) if path in part]
        for reference in references:
            if reference.document and reference.clause not in found.setdefault(reference.document, []):
                found[reference.document].append(reference.clause)
    return "; ".join(f"{document} {', '.join(where)}" for document, where in found.items())


def shown(value: float) -> str:
    if value == round(value):
        return f"{value:,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.2f}"
    text = f"{value:.6f}"
    return "0.000000" if text == "-0.000000" else text


def work_rows(lines: list[Line]) -> list[tuple[object, ...]]:
    return [
        (line.what, line.work.replace("+ -", "− ").replace("− -", "+ "), shown(line.hand), "–" if line.run is None else shown(line.run), line.unit) for line in lines
    ]


WORK_HEAD = ("step", "rule with its numbers", "by hand", "in the run", "unit")


def worked_text(w: Worked) -> str:
    f = w.facts
    parts = [
        "## One year worked by hand 手算一年\n",
        f"County `{SCENARIO}` (小县), policy `{POLICY}` (融合型), seed {SEED}, draw {DRAW}, school year {w.year}. `tools/worked_year.py` reads the county as it was before the step,\n"
        "the law and the constants of the base year, and does the sums again with plain arithmetic; draws are made again from their keys. A test holds every\n"
        "line that the run keeps equal to 1e-12. Numbers are shown rounded; “–” marks steps that the run does not keep.\n",
        f"### Teacher {w.teacher}: sent from the core to a member 一位教师\n",
        f"{f['subject'].capitalize()} teacher, {f['age']} years old, {f['experience']:.1f} years of teaching, title {f['title']}, "
        f"{'backbone' if f['backbone'] else 'not a backbone teacher'}; serves at {f['core']} ({f['core_zone']}, id {f['core_id']}), the core of a fused group,\n"
        f"and is sent this year to {f['member']} ({f['member_zone']}, id {f['member_id']}).\n",
    ]
    for title, lines in w.teacher_lines.items():
        parts += [f"**{title}**\n", table(WORK_HEAD, work_rows(lines))]
    parts += [
        f"### Pupil {w.pupil}: in a class of that teacher 一名学生\n",
        f"Grade {f['grade']}, class {f['class']} of {f['pupil_school']}; family background z = {f['ses']:.4f}.\n",
        "**Who teaches the class 任课教师**\n",
        table(
            ("subject", "who", "teacher", "q", "effort", "− first year at post", "− other penalties", "given"),
            [
                (c["subject"], c["kind"], c["id"], shown(c["quality"]), shown(c["effort"]), shown(c["first"]), shown(c["other"]), shown(c["given"]))
                for c in w.cells
            ],
        ),
    ]
    order = sorted(w.pupil_lines, key=lambda t: ("school", "class", "own", "takes").index(next(k for k in ("school", "class", "own", "takes") if k in t.split(" (")[0].lower())))
    for title in order:
        parts += [f"**{title}**\n", table(WORK_HEAD, work_rows(w.pupil_lines[title]))]
    return "\n".join(parts)


def page() -> str:
    return "\n".join([
        TITLE,
        "## Purpose 目的\n", PURPOSE,
        "## Who is in it 主体\n",
        table(("agent", "中文", "table", "what it holds"), [(a, zh, t if t == "one" else f"`state.{t}`", x) for a, zh, t, x in ENTITIES]),
        "Quality (教学质量), credentials (资历) and reputation (口碑) are three things and never merge. Columns, units and ranges: `edusim.state.COLUMNS`.\n",
        "## The year 一学年 (September to August)\n",
        "Generated from `edusim.model.YEAR`; `County.year_table` prints it for a run. A switch is set under `rules:` of a scenario or with `-S rules.rotation=off`.\n",
        table(("#", "phase", "中文", "English", "rule (switch)", "function"), year_rows()),
        "## Equations 方程\n",
        "One line each; rules read last year's values, but for what acts within the year ([odd.md](odd.md) lists it). Parameters with the value of the law in force or the default, (range, status). Units: achievement and quality in\n"
        "base-year pupil SD, money in yuan of the base year, distance in km, time in hours or years.\n",
        table(("phase", "what", "equation", "unit", "parameters", "source"), equation_rows()),
        "## What is assumed 假定\n", ASSUMED,
        "## What it cannot say 不能回答的问题\n", CANNOT,
        worked_text(worked()),
    ])  # fmt: skip
