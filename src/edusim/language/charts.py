"""Charts of a run beyond the first six."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "chart.every": ("各方案", "every policy"),
    "chart.each": ("各方案均", "every policy"),
    "chart.between": ("，", "; "),
    "chart.no_measures": ("结果中没有任何指标", "the results hold no measures"),
    "chart.money": ("万元", "million yuan"),
    # --- cost and narrowing ------------------------------------------------------------------------
    "frontier.title": ("新增支出与差距缩小", "Extra spending and narrowing of the gap"),
    "frontier.title_alone": ("支出与差距变化", "Spending and change of the gap"),
    "frontier.subtitle": (
        "每年比{baseline}多花的钱与 {year} 年差距缩小的幅度",
        "Spending a year beyond {baseline} against narrowing of the gap by {year}",
    ),
    "frontier.subtitle_alone": (
        "每年的支出与 {start}–{year} 年差距缩小的幅度",
        "Spending a year against narrowing of the gap from {start} to {year}",
    ),
    "frontier.cost": ("每年专项支出比{baseline}多（万元）", "Policy's own money a year beyond {baseline} (million yuan)"),
    "frontier.cost_alone": ("每年支出（万元）", "Spent a year (million yuan)"),
    "frontier.gain": (
        "{year} 年核心校与成员校差距比{baseline}缩小（SD）",
        "Gap of core and member schools, narrower than under {baseline} in {year} (SD)",
    ),
    "frontier.gain_alone": (
        "核心校与成员校差距 {start}–{year} 年缩小（SD）",
        "Gap of core and member schools, narrowing from {start} to {year} (SD)",
    ),
    "frontier.reading": (
        "十字为配对差均值的 95% 区间，实心表示缩小的幅度不含 0；连线为没有被超过的方案，灰色空心为被超过的"
        "（另有方案花费不多于它，缩小确定更多）；花费相差不到最多者的 0.5% 视为相同，画时略为错开",
        "Crosses: 95% intervals of mean paired differences, filled where the narrowing leaves out 0; the line joins policies "
        "that are not beaten; grey and hollow: beaten (another costs no more and surely narrows more); costs within 0.5% "
        "of the dearest count as equal and stand a little apart",
    ),
    "frontier.reading_alone": (
        "十字为均值的 95% 区间；没有对照，差距的变化不等于政策的效果",
        "Crosses: 95% intervals of means; without a baseline, the change of the gap is no effect of a policy",
    ),
    "frontier.one_run": (
        "仅 1 次推演：缩小最多的是{policy}（每年 {cost}，缩小 {gain}），花费与效果的高下都不能判断",
        "one run only: the gap narrows most under {policy} ({cost} a year, {gain}); neither cost nor narrowing can be judged",
    ),
    "frontier.alone": (
        "{policy}每年支出 {cost}，差距 {start}–{year} 年缩小 {gain}",
        "Under {policy} {cost} is spent a year and the gap narrows by {gain} from {start} to {year}",
    ),
    "frontier.no_effect": ("没有对照方案，不能说是政策的效果", "there is no baseline, so this is no effect of a policy"),
    "frontier.same": (
        "各方案每年都比{baseline}多花 {cost}，花费分不出高下",
        "Every policy costs {cost} a year beyond {baseline}: cost does not separate them",
    ),
    "frontier.none": (
        "到 {year} 年，没有方案能确定比{baseline}缩小差距",
        "by {year}, no policy surely narrows the gap beyond {baseline}",
    ),
    "frontier.most": ("差距缩小最多的是{policy}：{gain}", "the gap narrows most under {policy}: {gain}"),
    "frontier.only": ("只有{policy}确定缩小差距：{gain}", "only {policy} surely narrows the gap: {gain}"),
    "frontier.rivals": ("，与{policies}分不出高下", ", not to be told apart from {policies}"),
    "frontier.front": (
        "比{baseline}多花而没有被超过的方案，由省到贵：{list}",
        "policies that are not beaten, from cheap to dear, beyond {baseline}: {list}",
    ),
    "frontier.front_one": ("比{baseline}多花而没有被超过的方案只有{list}", "the one policy that is not beaten, beyond {baseline}: {list}"),
    "frontier.item": ("{policy}（每年多花 {cost}，缩小 {gain}）", "{policy} ({cost} a year, narrower by {gain})"),
    "frontier.unclear_step": (
        "从{one}到{other}是否缩小得更多，未能确定",
        "whether {other} narrows more than {one} cannot be told",
    ),
    "frontier.aside": (
        "{policies}平均不及连线上的方案，但分不出高下",
        "{policies}: below the line on average, but not to be told apart from it",
    ),
    "frontier.open": ("{policies}是否缩小差距未能确定", "whether the gap narrows under {policies} cannot be told"),
    "frontier.wider": ("{policies}下差距确定更大", "under {policies} the gap is surely wider"),
    "frontier.beaten": ("{policies}被花费不多于它的方案超过", "{policies}: beaten by policies that cost no more"),
    "frontier.beaten_by": ("{policy}（不及{other}）", "{policy} (beaten by {other})"),
    "frontier.price": ("每多缩小 0.01 SD，每年\n多花 {price}", "each further 0.01 SD:\n{price} a year"),
    "frontier.empty": ("这些推演没有支出或没有核心校与成员校的差距", "these runs hold no spending or no gap of core and member schools"),
    # --- probability of keeping the limits -----------------------------------------------------------
    "compliance.title": ("七项差异系数不超过上限的概率", "How probable it is that the seven coefficients keep the limit"),
    "compliance.subtitle": (
        "各年各学段不超过上限的推演所占百分比",
        "Share of runs that keep the limit by indicator, year, stage and policy, percent",
    ),
    "compliance.stage": ("{stage}（上限 {limit}）", "{stage} (limit {limit})"),
    "compliance.all": ("七项全部", "All seven"),
    "compliance.reading": (
        "数字为 {n} 次推演中不超过上限的百分比，相邻年份相同的合为一格；粗体：95% 区间（Wilson）全在 50% 以上；细体：全在 50% 以下；"
        "斜纹：含 50%，说不准。这是概率，达标与否另按差异系数的 95% 范围判定",
        "Numbers: percent of {n} runs that keep the limit, like years joined; bold: Wilson's 95% interval wholly above 50%; "
        "plain: wholly below; hatched: it holds 50%. These are probabilities; whether the limit is met is judged on the 95% "
        "range of the coefficient",
    ),
    "compliance.reading_one": (
        "圆点为不超过上限，叉为超过；仅 1 次推演，没有概率",
        "Dot: keeps the limit, cross: exceeds it; one run has no probability",
    ),
    "compliance.takeaway": (
        "{year} 年{stages}七项全部不超过上限的概率：{said}",
        "probability that all seven keep the limit in {year} ({stages} together): {said}",
    ),
    "compliance.both": ("{policies} {chance}", "{policies} {chance}"),
    "compliance.same": ("各方案均为 {chance}", "{chance} under every policy"),
    "compliance.lost": ("{stage}在各方案下都多半超过的：{names}", "{stage}, probably exceeded under every policy: {names}"),
    "compliance.lost_one": ("{stage}多半超过的：{names}", "{stage}, probably exceeded: {names}"),
    "compliance.one_run": ("仅 1 次推演，没有概率；{year} 年这一次里，{said}", "One run has no probability; in this one, {year}: {said}"),
    "compliance.one_passing": ("七项全部不超过上限的：{policies}", "all seven keep the limit under {policies}"),
    "compliance.one_none": ("没有方案七项全部不超过上限", "no policy keeps all seven"),
    "compliance.unknown": ("{year} 年七项不全，不能给出全部达标的概率", "In {year} not all seven are known: no probability of keeping them all"),
    "compliance.empty": ("七项差异系数都没有数值", "none of the seven coefficients has a value"),
    # --- spending ------------------------------------------------------------------------------------
    "money.title": ("政策支出：分年与分项", "Programme spending by year and by line"),
    "money.subtitle": (
        "政策支出：经常性与一次性，分年与分项，{start}–{year} 年",
        "Recurrent and one-off spending by year and by line, {start}–{year}",
    ),
    "money.recurrent": ("经常性", "recurrent"),
    "money.one_off": ("一次性", "one-off"),
    "money.lines": ("各项支出，年均（上图与下图单位均为万元）", "Spending by line, mean a year (million yuan, as above)"),
    "money.rest": ("其余各项", "other lines"),
    "money.sum": ("合计", "in all"),
    "money.reading": (
        "实心为经常性（须年年支付），斜纹为一次性；竖线为单次推演的 95% 范围（窄于 1% 的不画）；下图经常性在上，一次性在下",
        "Filled: recurrent (to be paid every year), hatched: one-off; strokes: 95% range of single runs (none where within "
        "1%); below, recurrent lines stand first",
    ),
    "money.reading_one": (
        "实心为经常性（须年年支付），斜纹为一次性；仅 1 次推演，没有区间；下图经常性在上，一次性在下",
        "Filled: recurrent (to be paid every year), hatched: one-off; one run, no interval; below, recurrent lines stand first",
    ),
    "money.same": ("{policies}每年都支出 {value}", "{policies} all spend {value} a year"),
    "money.part": ("{policy} {share}", "{policy} {share}"),
    "money.recurrent_of": ("经常性支出所占比例：{parts}", "recurrent share: {parts}"),
    "money.each": ("{policy} {value}，其中经常性 {share}", "{policy} {value}, recurrent {share}"),
    "money.a_year": ("每年支出：{parts}", "spent a year: {parts}"),
    "money.range": ("每年平均支出由{least}的 {low}到{most}的 {high}", "spent a year on average: from {low} ({least}) to {high} ({most})"),
    "money.range_share": (
        "经常性所占比例平均由{least}的 {low} 到{most}的 {high}",
        "recurrent share on average: from {low} ({least}) to {high} ({most})",
    ),
    "money.largest": ("平均最大的一项都是{line}", "on average the largest line is {line} under all of them"),
    "money.largest_of": ("{policies}平均最大的一项是{line}", "the largest line on average under {policies} is {line}"),
    "money.unpaid_of": ("{policy}每年 {value}", "{policy} {value} a year"),
    "money.unpaid": ("应支未支的：{parts}", "asked for and not paid: {parts}"),
    "money.idle": ("{policies}没有政策支出", "no programme money under {policies}"),
    "money.empty": ("这些推演没有政策支出", "no programme money is spent in these runs"),
    # --- who gains, who loses ------------------------------------------------------------------------
    "gains.title": ("各类学校、学生的得失：与{baseline}之差", "Who gains and who loses, against {baseline}"),
    "gains.title_alone": ("各类学校和学生的成绩变化", "How achievement changes by group"),
    "gains.subtitle": (
        "各类学校、学生的平均成绩与{baseline}之差，{year} 年",
        "Mean achievement by group against {baseline}, {year}",
    ),
    "gains.subtitle_alone": ("各类学校、学生平均成绩的变化，{start}–{year} 年", "Mean achievement by group, change from {start} to {year}"),
    "gains.county": ("全县学生", "All pupils"),
    "gains.core": ("核心校", "Core schools"),
    "gains.member": ("成员校", "Member schools"),
    "gains.top": ("前四分之一学校", "Top quarter of schools"),
    "gains.weak": ("薄弱半数学校", "Weaker half of schools"),
    "gains.low_ses": ("困难家庭学生", "Low-SES pupils"),
    "gains.rural": ("乡村学校（含山区）", "Rural and mountain schools"),
    "gains.zone.urban": ("城区学校", "Urban schools"),
    "gains.zone.town": ("镇区学校", "Town schools"),
    "gains.zone.rural": ("乡村学校", "Rural schools"),
    "gains.zone.mountain": ("山区学校", "Mountain schools"),
    "gains.axis": ("学生成绩标准差（SD）", "pupil SD"),
    "gains.reading": (
        "横线为配对差均值的 95% 区间（箭头表示超出画面），实心且数字加粗表示不含 0；学校各按学生数加权，核心校、成员校、前四分之一、薄弱半数按基年划定",
        "Strokes: 95% interval of the mean paired difference (arrow: beyond the panel), filled and bold where it leaves out 0; schools count by pupils; "
        "core, member, top quarter and weaker half are those of the base year",
    ),
    "gains.reading_one": ("仅 1 次推演：没有区间，一律空心", "One run: no interval, hence hollow"),
    "gains.one_run": ("仅 1 次推演：没有区间，各类得失不能判断", "One run only: no interval; who gains and who loses cannot be told"),
    "gains.against": ("{year} 年与{baseline}相比：", "Against {baseline} in {year}: "),
    "gains.since": ("{start}–{year} 年：", "From {start} to {year}: "),
    "gains.up": ("{policies}下确有提高的：{groups}", "under {policies} surely higher: {groups}"),
    "gains.down": ("{policies}下确有下降的：{groups}", "under {policies} surely lower: {groups}"),
    "gains.no_up": ("没有哪一类确有提高", "no group is surely higher"),
    "gains.no_down": ("没有哪一类确有下降", "no group is surely lower"),
    "gains.no_up_of": ("{groups}都没有确定的提高", "none of these is surely higher: {groups}"),
    "gains.no_down_of": ("{groups}都没有确定的下降", "none of these is surely lower: {groups}"),
    "gains.all": ("所列各类", "every group shown"),
    "gains.no_effect": ("没有对照方案，不能说是政策的效果", "there is no baseline, so this is no effect of a policy"),
    "gains.gap_below": (
        "{policies}下差距缩小来自成员校提高，核心校没有确定的下降",
        "under {policies} the gap closes from below: members rise, cores do not surely fall",
    ),
    "gains.gap_above": (
        "{policies}下差距缩小来自核心校下降，成员校没有确定的提高",
        "under {policies} the gap closes from above: cores fall, members do not surely rise",
    ),
    "gains.gap_both": (
        "{policies}下差距缩小既有成员校提高，也有核心校下降",
        "under {policies} the gap closes from both ends: members rise, cores fall",
    ),
    "gains.gap_parallel": (
        "{policies}下差距缩小，但成员校与核心校各自的变化未能确定",
        "under {policies} the gap closes, but what members and cores do cannot be told",
    ),
    "gains.gap_wider": ("{policies}下差距扩大", "under {policies} the gap widens"),
    "gains.gap_open": ("{policies}下差距是否变化未能确定", "whether the gap changes under {policies} cannot be told"),
    "gains.empty": ("这些推演没有各类学校的平均成绩", "these runs hold no means of groups"),
    # --- rotation ------------------------------------------------------------------------------------
    "quota.title": ("交流轮岗：应交流与实际交流", "Rotation: promised and delivered"),
    "quota.subtitle": (
        "各年应交流人数、实际交流人数及其中骨干教师比例，{start}–{year} 年",
        "Teachers promised and sent each year, and backbone share of those sent, {start}–{year}",
    ),
    "quota.tenth": ("人数；红线为符合条件教师的 10%", "Teachers; red: 10% of eligible"),
    "quota.backbone": ("其中骨干教师（%）；红线 20%", "of them backbone (%); red: 20%"),
    "quota.reading": (
        "虚框为应交流人数，实心柱为实际派出人数，竖线和色带为单次推演的 95% 范围；红线为教督〔2017〕6号的要求：不低于符合条件教师的 10%，"
        "其中骨干教师不低于 20%；整段不低于红线为达到，整段低于为未达到，跨线为未定",
        "Dashed outline: promised, filled: sent; strokes and bands: 95% range of single runs; red: what the rule of 2017 asks for, "
        "10% of eligible teachers, 20% of them backbone; met when the whole range is at or above it, not met when all is below, "
        "else open",
    ),
    "quota.reading_one": (
        "虚框为应交流人数，实心柱为实际派出人数；红线为教督〔2017〕6号的要求；仅 1 次推演，没有区间，不作判定",
        "Dashed outline: promised, filled: sent; red: what the rule of 2017 asks for; one run, no interval, no verdict",
    ),
    "quota.kept": ("{policies} {share}", "{policies} {share}"),
    "quota.delivered": ("各年合计，应交流的兑现了：{parts}", "of those promised over the years were sent: {parts}"),
    "quota.in_year": ("{year} 年{said}", "in {year} {said}"),
    "quota.sent_meets": ("{policies}派出不少于符合条件教师的 10%", "{policies}: at least 10% of eligible teachers are sent"),
    "quota.sent_fails": ("{policies}派出不到符合条件教师的 10%", "{policies}: fewer than 10% of eligible teachers are sent"),
    "quota.sent_open": ("{policies}派出是否够符合条件教师的 10% 未定", "{policies}: whether 10% of eligible teachers are sent is open"),
    "quota.backbone_meets": ("{policies}骨干比例达到 20%", "{policies}: at least 20% of those sent are backbone"),
    "quota.backbone_fails": ("{policies}骨干比例不到 20%", "{policies}: fewer than 20% of those sent are backbone"),
    "quota.backbone_open": ("{policies}骨干比例是否达到 20% 未定", "{policies}: whether 20% of those sent are backbone is open"),
    "quota.empty": ("这些推演没有交流轮岗", "no rotation is promised or delivered in these runs"),
    # --- seats and classes -----------------------------------------------------------------------------
    "seats.title": ("学位余缺与班额", "Seats and class sizes"),
    "seats.subtitle": (
        "各类地区空余与短缺的学位，平均与最大班额，{start} 年与 {year} 年",
        "Seats empty and needed by kind of place, mean and largest class, {start} and {year}",
    ),
    "seats.panel": ("{stage}：空余学位", "{stage}: seats empty"),
    "seats.panel_both": ("{stage}：左为短缺、右为空余的学位", "{stage}: seats needed (left), empty (right)"),
    "seats.class_panel": ("{stage}：班额（上限 {limit} 人）", "{stage}: class size (limit {limit})"),
    "seats.class": ("班额", "Classes"),
    "seats.base": ("{year} 年", "{year}"),
    "seats.both": ("缺 {needed}，空 {empty}", "{needed} needed, {empty} empty"),
    "seats.place": ("{zone}{stage}", "{zone} {stage}"),
    "seats.count": ("{place} {n} 个", "{place} {n}"),
    "seats.count_some": ("{place}（{share}% 的推演）", "{place} ({share}% of runs)"),
    "seats.reading": (
        "○ {start} 年，其余为 {year} 年；粗线为单次推演的 95% 范围；班额一图空心为平均、实心为最大，红线为教督〔2017〕6号上限，"
        "整段不超过为达标；学位按各校各年级合计",
        "Circles: {start}, other marks: {year}; thick strokes: 95% range of single runs; classes: hollow mean, filled largest, red: "
        "limit of the 2017 rule, met when the whole range is within it; seats are added up over schools and grades",
    ),
    "seats.reading_one": (
        "○ {start} 年，其余为 {year} 年；班额一图空心为平均、实心为最大，红线为教督〔2017〕6号上限；仅 1 次推演，没有区间，不作判定",
        "Circles: {start}, other marks: {year}; classes: hollow mean, filled largest, red: limit of the 2017 rule; one run, no verdict",
    ),
    "seats.enough": ("{year} 年各类地区都没有短缺学位", "in {year} no kind of place is short of seats"),
    "seats.short": ("{year} 年{policies}下短缺学位的：{places}", "short of seats in {year} under {policies}: {places}"),
    "seats.sometimes": ("{year} 年{policies}下部分推演短缺学位的：{places}", "short of seats in some runs in {year} under {policies}: {places}"),
    "seats.more": (
        "{policy}下空余学位由 {start} 年的 {then} 个增至 {year} 年的 {now} 个",
        "under {policy} empty seats grow from {then} in {start} to {now} in {year}",
    ),
    "seats.fewer": (
        "{policy}下空余学位由 {start} 年的 {then} 个减至 {year} 年的 {now} 个",
        "under {policy} empty seats fall from {then} in {start} to {now} in {year}",
    ),
    "seats.same": (
        "{policy}下空余学位 {start} 年 {then} 个，{year} 年 {now} 个，增减未能确定",
        "under {policy} {then} seats are empty in {start}, {now} in {year}; whether they change cannot be told",
    ),
    "seats.classes": ("{year} 年{stage}最大班额不超过 {limit} 人：{said}", "{stage}, largest class within {limit} in {year}: {said}"),
    "seats.class_meets": ("{policies}达标", "{policies} meets"),
    "seats.class_fails": ("{policies}未达标", "{policies} fails"),
    "seats.class_open": ("{policies}未定", "{policies} open"),
    "seats.empty": ("这些推演没有学位和班额", "these runs hold neither seats nor class sizes"),
}
