"""One school, one teacher, one family: words of their figures."""

#: What every key of this section begins with in the catalogue.
PREFIX = "following."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- what a year brings a school -------------------------------------------------------------------
    "fact.members": ("所在教共体的成员校（所）", "Member schools of its group"),
    "fact.allowance": ("特岗津贴（元/月）", "Post allowance, yuan a month"),
    "fact.posts": ("编制（个）", "Staffing posts"),
    "fact.left": ("离开的教师（人）", "Teachers who left"),
    "fact.hired": ("招聘到校的教师（人）", "Teachers hired"),
    "fact.sent": ("核心校派来交流的教师（人）", "Teachers sent by the core"),
    "fact.shadow": ("到核心校跟岗的教师占比", "Staff shadowing at the core"),
    "fact.uncovered": ("没有本学科教师的班科（个）", "Class-subjects without a teacher of the subject"),
    "fact.operating": ("生均公用经费（元/年）", "Operating funds a pupil, yuan"),
    "fact.given": ("这一年给学生的增益（SD）", "What the year gives a pupil, SD"),
    "fact.joint": ("每位教师的有效联合教研（小时）", "Joint work that counts, hours a teacher"),
    "fact.learned": ("教师习得的变化（SD/年）", "Change in what teachers learned, SD a year"),
    "fact.management": ("管理水平的变化（SD）", "Change in management, SD"),
    "fact.climate": ("氛围的变化（SD）", "Change in climate, SD"),
    "fact.reward": ("质量提升奖（元）", "Reward for progress, yuan"),
    "fact.bought": ("装备与项目投入（元）", "Equipment and projects, yuan"),
    # --- figure: a school's year -----------------------------------------------------------------------
    "school.title": ("一所学校的一年：{name}，{year} 学年", "One school, one year: {name}, school year {year}"),
    "school.subtitle": ("from the law in force to each of the three modes, in the order of the year", "按一年的先后，与现行法规对照"),
    "school.takeaway": (
        "{n} 件事里，{all} 件在每种模式下都与{base}不同；其中 {apart} 件各模式之间也不同{names}。",
        "Of {n} things that a year brings, {all} differ from {base} under every mode; {apart} of these differ between the modes too{names}.",
    ),
    "school.names": ("：{names}", ": {names}"),
    "school.reading": (
        "粗体彩色：与{base}不同；灰色：相同。右列为规定这一项的条款（见各模式政策文件；无条款的由抽签与方程得出）。一次抽样、一所学校，是故事，不是作用大小。",
        "Bold and coloured: differs from {base}; grey: the same. Right: clauses that set it (no clause: lots and equations). One draw, one school: "
        "a story, "
        "not the size of an effect.",
    ),
    "school.clause": ("条款", "clauses"),
    "school.what": ("这一年带来什么", "what the year brings"),
    "school.phase": ("一年中的环节", "phase of the year"),
    # --- figure: the school through the years ----------------------------------------------------------
    "levels.title": ("同一所学校的各年：{name}", "The same school through the years: {name}"),
    "levels.subtitle": ("the same people, cohorts and lots under every policy", "每项政策下都是同样的人、同样的学生、同样的抽签"),
    "levels.management": ("管理水平（SD）", "Management, SD"),
    "levels.quality": ("在校教师平均质量（SD/年）", "Mean quality of its teachers, SD a year"),
    "levels.visitors": ("在校的交流教师（人）", "Teachers there on rotation"),
    "levels.given": ("这一年给学生的增益（SD）", "What the year gives a pupil, SD"),
    "levels.takeaway": (
        "到 {year} 年，各模式下管理水平比{base}高 {management} SD，这一年给学生的增益高 {given} SD（这一次抽样）。",
        "By {year} management stands {management} SD above {base} under the modes, and what a year gives a pupil {given} SD (in this draw).",
    ),
    "levels.takeaway_other": (
        "到 {year} 年，与{base}相比：管理水平 {management} SD，这一年给学生的增益 {given} SD（这一次抽样）。",
        "By {year}, against {base}: management {management} SD, what a year gives a pupil {given} SD (in this draw).",
    ),
    "levels.range": ("{low} 至 {high}", "{low} to {high}"),
    "levels.reading": (
        "每条线一项政策，线端为名称。各线的差别只来自条款；同一抽签下别的学校、别的年份可以不同。",
        "One line a policy, named at its end. Only clauses part the lines; another school or another draw may look different.",
    ),
    # --- figure: a teacher -----------------------------------------------------------------------------
    "teacher.title": ("一位教师的几年：核心校教师 {id}", "One teacher through the years: teacher {id} of the core school"),
    "teacher.subtitle": ("where the same teacher serves, and the head's queue in {year}", "同一位教师在哪里任教，以及 {year} 年校长手里的名单"),
    "teacher.core": ("在核心校", "at the core"),
    "teacher.member": ("在成员校交流", "on rotation"),
    "teacher.other": ("在别的学校", "at another school"),
    "teacher.gone": ("已离开本县", "has left"),
    "teacher.forced": ("指派", "assigned"),
    "teacher.willing": ("自愿", "willing"),
    "teacher.post_moved": ("迁编", "post moved"),
    "teacher.where": ("在哪里任教", "Where the teacher serves"),
    "teacher.queue_head": ("{year} 年校长手里的名单", "The head's queue in {year}"),
    "teacher.assigned": ("（指派 {n}）", " ({n} assigned)"),
    "teacher.due": ("；应派 {promised}，派出 {sent}", "; due {promised}, sent {sent}"),
    "teacher.sent_in": ("{year} 年派出（{how}）：{policies}", "sent in {year} ({how}): {policies}"),
    "teacher.never": ("{years} 年间没有派出：{policies}", "not sent in {years}: {policies}"),
    "teacher.takeaway": ("教师 {id}（{age} 岁，{title}）：{parts}。", "Teacher {id} (age {age}, {title}): {parts}."),
    "teacher.rank.junior": ("初级职称", "junior rank"),
    "teacher.rank.middle": ("中级职称", "middle rank"),
    "teacher.rank.senior": ("高级职称", "senior rank"),
    "teacher.place": ("第 {place} 名", "place {place}"),
    "teacher.not_asked": ("不在名单上", "not in the queue"),
    "teacher.reading": (
        "下图：每点一位候选教师，按先派后派排；竖虚线左边应派。实心为自愿，空心为不愿；◆ 为这位教师。愿不愿意的抽签在各政策下相同；名额、可否指派、"
        "资格年限由条款定。",
        "Below: a dot a candidate, first to be taken first; left of the dashed line are those due. Full: willing; hollow: not; the diamond is this "
        "teacher. The lot of "
        "willingness is the same under every policy; how many are due, whether a head may assign and who is eligible is set by clauses.",
    ),
    # --- figure: a child -------------------------------------------------------------------------------
    "child.title": ("一个孩子的几年：{year} 年入读 {name}", "One child through the years: begins at {name} in {year}"),
    "child.subtitle": ("what a year gives more or less than under the law in force, by what gives it", "每年所得与现行法规下之差，分由什么带来"),
    "child.teachers": ("任课教师", "teachers"),
    "child.management": ("学校管理", "management"),
    "child.climate": ("氛围", "climate"),
    "child.school_other": ("经费、流失等", "money, turnover"),
    "child.class": ("班额与同伴", "class and classmates"),
    "child.year": ("{year} 年", "{year}"),
    "child.lines": ("孩子的学业（SD）", "The child's achievement, SD"),
    "child.bars": ("每年比{base}多得的（SD）", "What a year gives beyond {base}, SD"),
    "child.takeaway": (
        "同一个孩子、同样的运气：{years} 年后，学业与{base}相比：{parts}；几年里多得的主要来自{most}。",
        "The same child, the same luck: after {years} years, achievement against {base}: {parts}; most of what was gained came through {most}.",
    ),
    "child.nothing": (
        "同一个孩子、同样的运气：{years} 年后，学业与{base}相比：{parts}。",
        "The same child, the same luck: after {years} years, achievement against {base}: {parts}.",
    ),
    "child.part": ("{policy} {value} SD", "{policy} {value} SD"),
    "child.away": ("不在县内", "not in the county"),
    "child.moved": ("转学", "changed school"),
    "child.reading": (
        "左：线为孩子的学业；上下起伏大多是孩子自己的运气，各政策下相同，只有线与线之差来自条款。右：条为当年各部分之差；年份下的小字为班额。",
        "Left: the child's achievement; its ups and downs are mostly the child's own luck, the same under every policy: only the distance between lines "
        "comes from "
        "clauses. Right: the parts of that distance that a year added; small: pupils in the class.",
    ),
    "class_size": ("班额 {n}", "class of {n}"),
    # --- figure: many draws ----------------------------------------------------------------------------
    "draws.title": ("换了人、换了签，还是这样吗：{name}，{year} 年", "With other people and other lots, is it still so: {name}, {year}"),
    "draws.subtitle": ("differences from the law in force over {n} paired draws, with 95% intervals", "{n} 次成对抽样与现行法规之差，95% 区间"),
    "draws.told": ("{names}：{policies}与{base}之差能分清", "{names}: {policies} can be told from {base}"),
    "draws.none": ("{names}：与{base}之差都分不清", "{names}: none can be told from {base}"),
    "draws.between": ("彼此之间分不清的：{told}", "not to be told from each other: {told}"),
    "draws.apart": ("三种模式彼此之间也都能分清", "the modes can all be told from each other too"),
    "draws.pair": ("{a}与{b}（{name}）", "{a} and {b} ({name})"),
    "draws.reading": (
        "实心：95% 区间不含 0，差别能分清；空心：含 0，不能说有差别。学校还是这所，教师、学生和抽签每次重抽。",
        "Full: the 95% interval leaves out 0; hollow: it does not, and no difference can be claimed. The school stays, its people and lots are drawn anew.",
    ),
    # --- in words --------------------------------------------------------------------------------------
    "who.school": (
        "**学校**：{school}（{pupils} 名学生、{staff} 位教师），核心校为 {core}。选法：每种模式下第一年就进入教共体的成员校里，"
        "薄弱的一半中规模居中的一所（共 {n} 所可选）。",
        "**The school**: {school} ({pupils} pupils, {staff} teachers); its core is {core}. Chosen so: of the weaker half of members that belong to a group "
        "from the first "
        "year under every mode, the one of median size ({n} to choose from).",
    ),
    "who.teacher": (
        "**教师**：核心校的教师 {id}，{age} 岁，教{subject}，{title}。选法：头 {years} 年里因为条款而被派出的教师中，编号最小的一位。",
        "**The teacher**: teacher {id} of the core, age {age}, of {subject}, {title}. Chosen so: of those whom a clause sends in the first {years} years, "
        "the lowest id.",
    ),
    "who.child": (
        "**家庭**：{year} 年入读这所学校的一个孩子（家庭背景 {ses} SD，县平均为零）。选法：这些孩子里家庭背景居中的一个。",
        "**The family**: that of a child who begins at the school in {year} (family background {ses} SD, the county's mean is zero). Chosen so: of these "
        "children the one of "
        "median background.",
    ),
    "who.sent": ("{first} 至 {last} 年，这所核心校派到成员校去过的教师：{counts}。", "From {first} to {last} this core sent to members: {counts}."),
    "who.count": ("{policy} {n} 人", "{n} teachers ({policy})"),
    "clauses.head": ("条款|现行法规|{modes}|出处", "what|law in force|{modes}|clause"),
    "clauses.count": (
        "三种模式彼此不同的条款值共 **{n}** 个（{year} 学年）：其中 {clauses} 个是条文写明的，{assumptions} 个三处都靠本项目设定，其余各有条文与设定。",
        "The three modes differ from one another in **{n}** values (school year {year}): {clauses} of them written in clauses, {assumptions} ours in all "
        "three, the rest in part.",
    ),
    "clauses.ours": ("（设定）", " (ours)"),
    "stop": ("；", "; "),
    "end": ("。", "."),
}  # fmt: skip
