"""Words in the figures of a search for plans."""

#: What every key of this section begins with in the catalogue.
PREFIX = "pareto_figures."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "standing": ("复评后互不占优", "undominated on fresh draws"),
    "dominated": ("复评后被占优", "dominated on fresh draws"),
    "broken": ("复评中守不住要求", "does not keep all demands"),
    "status_quo": ("现行法规", "law in force"),
    "better": ("更好", "better"),
    "reading": (
        "每点一个方案，十字为均值的 95% 区间，都只来自新抽样的复评；实心为互不占优，空心为复评后被占优，灰叉为守不住预算或界限；箭头指向更好的一侧",
        "A point is a plan, its cross the 95% intervals of both means, all from fresh draws; filled: undominated, hollow: dominated on fresh draws, "
        "grey crosses: does not keep budget or limits; arrows point to the better side",
    ),
    "reading.matrix": (
        "每格两个目标，各点为复评均值，成绩为与现行法规之差；符号为有名字的方案，灰叉为守不住预算或界限；箭头指向更好的一侧",
        "Two objectives a panel, points are means on fresh draws, achievement as the difference from the law in force; symbols name plans, "
        "grey crosses: does not keep budget or limits; arrows point to the better side",
    ),
    "reading.search": (
        "左：试过的方案在各目标最好与最坏之间占去的份额（超体积），越高越好；右：到这一代为止各目标的最好值，都是搜索时的成绩，未经复评",
        "Left: share of the box between best and worst of all objectives that the plans so far dominate (hypervolume); right: best so far in each objective; "
        "all as the search scored them, not fresh",
    ),
    "volume": ("占去的份额", "share dominated"),
    "generation": ("代", "generation"),
    "kept": ("守住要求的方案", "plans that keep all"),
}  # fmt: skip
