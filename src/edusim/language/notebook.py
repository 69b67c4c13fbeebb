"""Texts of notebooks: the verb that writes them, and what their helpers and widgets say."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # ---- the verb `notebooks` ----
    "notebook.does": (
        "写出笔记本（.ipynb），可用 JupyterLab 打开；文字用读者的语言。不给文件夹时列出各笔记本。\n\n"
        "例：edusim notebooks my-notebooks --lang zh\n"
        "例：edusim notebooks my-notebooks 01 --run\n"
        "接着：jupyter lab my-notebooks",
        "Write notebooks (.ipynb) to open in JupyterLab, their texts in the reader's language. Without a folder they are listed.\n\n"
        "example: edusim notebooks my-notebooks --lang en\n"
        "example: edusim notebooks my-notebooks 01 --run\n"
        "next: jupyter lab my-notebooks",
    ),
    "notebook.help.folder": ("写到哪个文件夹；没有则新建", "folder to write to; made when it is not there"),
    "notebook.help.names": ("只写这几个：编号或名称，例如 01；默认全部", "only these: numbers or names, for example 01; all if left out"),
    "notebook.help.run": ("写出之前先运行，使其中已有图", "run each before it is written, so that it holds its charts"),
    "notebook.help.force": ("替换已有的文件", "replace files that are there already"),
    "notebook.help.dry": ("只显示将写什么，不写文件", "show what would be written; write nothing"),
    "notebook.help.quiet": ("不显示进度", "show no progress"),
    "notebook.next": ("接着：jupyter lab {folder}", "next: jupyter lab {folder}"),
    "notebook.next_write": ("接着：edusim notebooks 文件夹；01 也可以不用笔记本，直接打开页面：edusim app",
                            "next: edusim notebooks FOLDER; 01 also opens as a page, without a notebook: edusim app"),
    # ---- the page that officials open: county ----
    "app.example_name": ("示例县", "Example county"),
    "app.upload": ("选用自己的花名册…", "Use your own roster…"),
    "app.use_example": ("用示例县", "Use the example county"),
    "app.get_template": ("下载空白花名册（Excel）", "Download an empty roster (Excel)"),
    "app.get_example": ("下载填好的示例", "Download the filled example"),
    "app.get_checked": ("下载标明各处的花名册", "Download the roster with the cells marked"),
    "app.file.template": ("花名册模板.xlsx", "roster.xlsx"),
    "app.file.example": ("花名册示例.xlsx", "roster-example.xlsx"),
    "app.file.one_page": ("一页纸", "one-page"),
    "app.file.report": ("完整报告", "whole-report"),
    "app.checking": ("正在检查 {name}…", "checking {name} …"),
    "app.too_large": ("{name} 超过 {most} MB，不像一份花名册；请只保留学校表再试。",
                      "{name} is larger than {most} MB, which no roster is; please keep its sheet of schools only and try again."),
    "app.rows": ("{sheet}表 {n} 行", "{n} rows of {sheet}"),
    "app.roster_good": ("花名册可以使用（{rows}）。", "The roster can be used ({rows})."),
    "app.roster_drawn": ("有 {n} 个空格没有填：每次抽样按公开统计重新抽取，所以区间会宽一些；填得越多，把握越大。",
                         " {n} cells are empty: they are drawn from published statistics anew in every draw, so intervals are wider; "
                         "the more is filled in, the surer the answer."),
    "app.roster_notes": ("读入时留意到 {n} 处（不影响使用）", "noticed while reading: {n} (nothing that hinders)"),
    "app.roster_wrong": ("花名册有 {n} 处须改正，改好后请重新选用：", "{n} places of the roster must be mended; then choose it again:"),
    "app.county_stays": ("下面仍是原来的县。", "Below is still the county you had before."),
    "app.county_example": ("现在用的是示例县（虚构）：{size}。", "This is the example county (made up): {size}."),
    "app.county_yours": ("现在用的是 {name}：{size}。", "This is {name}: {size}."),
    "app.size": ("{schools} 所学校，{pupils} 名学生，{teachers} 名教师", "{schools} schools, {pupils} pupils, {teachers} teachers"),
    # ---- sliders ----
    "app.which": ("改哪种模式", "Which mode"),
    "app.mode.collaboration": ("协作型", "Collaborating"),
    "app.mode.co_build": ("共建型", "Co-built"),
    "app.mode.fusion": ("融合型", "Fused"),
    "app.lever.share": ("每年交流的教师", "Teachers who rotate"),
    "app.lever.term": ("一轮交流", "One rotation lasts"),
    "app.lever.fund": ("全县专项经费", "The county's fund"),
    "app.lever.joint": ("联合教研", "Joint work"),
    "app.value.share": ("{value}%", "{value}% a year"),
    "app.value.years": ("{value} 年", "{value} years"),
    "app.value.money": ("每年 {value} 万元", "{value} million yuan a year"),
    "app.value.hours": ("每师每年 {value} 小时", "{value} hours a teacher a year"),
    "app.setting": ("{lever} {value}", "{lever}: {value}"),
    "app.document_says": ("{mode}的文件写的是：{parts}。", "The document of the {mode} mode says: {parts}."),
    "app.moved": ("您改了 {n} 项。", "You changed {n} of these."),
    "app.as_written": ("三种模式都回到文件写的", "All modes as their documents say"),
    "app.more": ("再推演 {n} 次，看得更准", "{n} more draws, to be surer"),
    "app.own_name": ("{mode}（自设）", "{mode} (yours)"),
    "app.chart_of": ("图上看什么", "What the chart shows"),
    "app.year": ("表里看哪一学年", "School year of the table"),
    "app.running": ("正在推演：{done}/{total}，大约还要 {left}", "running: {done}/{total}, about {left} left"),
    "app.seconds": ("{n} 秒", "{n} s"),
    "app.minutes": ("{n} 分钟", "{n} min"),
    "app.measure": ("看什么", "Measure"),
    "app.level": ("{policy}：水平", "{policy}: level"),
    "app.unit.sd": ("SD", "SD"),
    "app.unit.share": ("%", "%"),
    "app.unit.money": ("万元", "million yuan"),
    "app.ends": ("{low} 至 {high}", "{low} to {high}"),
    "app.open": ("看不出差别", "cannot be told"),
    "app.table": ("{year} 学年：{policy}的水平，以及各模式与它的差（{draws} 次成对推演）",
                  "School year {year}: level under the {policy}, and how far each mode is from it ({draws} paired draws)"),
    "app.table_note": (
        "小字是 95% 区间，只反映偶然，不反映假定的对错。区间含 0 的，写“看不出差别”；粗体的，区间不含 0。情景推演，不是预测；没有因果实证。",
        "Small print: 95% intervals, which are about chance, not about wrong assumptions. An interval that holds 0 says “cannot be told”; bold: it does not "
        "hold 0. Scenario exploration, not a forecast; there is no causal evidence.",
    ),
    "app.own": ("{mode}：您的设定与文件写的相比，{year} 学年：{parts}。",
                "{mode} mode, your setting against what the document says, school year {year}: {parts}."),
    "app.own_clear": ("{name} {value}（95% 区间 {ends}）", "{name} {value} (95% interval {ends})"),
    "app.own_open": ("{name}看不出差别（{value}，95% 区间 {ends}）", "{name}: cannot be told ({value}, 95% interval {ends})"),
    "app.own_same": ("{name} {value}", "{name} {value}"),
    "app.own_none": ("{name}相同", "{name}: the same"),
    "app.semicolon": ("；", "; "),
    # ---- one page ----
    "app.make": ("生成一页纸（{n} 次推演）", "Make the one page ({n} draws)"),
    "app.make_whole": ("写出完整报告（约半分钟）", "Write the whole report (about half a minute)"),
    "app.paper_old": ("设定已改，请重新生成一页纸。", "The settings have changed; make the one page again."),
    "app.paper_settings": ("滑块的设定", "How the sliders stand"),
    "app.paper_setting": ("{mode}：{lever} {value}（文件写的是 {written}）", "{mode}: {lever} {value} (the document says {written})"),
    "app.paper_written": ("三种模式都按文件写的，没有改动。", "All three modes are as their documents say; nothing was changed."),
    "app.writing": ("正在写出 Word、Excel 和网页…", "writing Word, Excel and web page …"),
    "app.get_word": ("下载 Word", "Download Word"),
    "app.get_excel": ("下载 Excel", "Download Excel"),
    "app.get_web": ("下载网页", "Download web page"),
    "app.whole": ("完整报告：", "Whole report:"),
    "app.too_many": ("每年交流 {share}%、一轮 {term} 年，同时在外的教师就是 {stock}%，超过一半，学校无法上课。请调低其中一项；下面的图和表仍是改动之前的。",
                     "{share}% a year for {term} years means {stock}% of the teachers away at once, more than half: no school could teach. Lower one "
                     "of the two; chart and table below are still those from before."),
    # ---- the verb `app` ----
    "app.does": (
        "打开给主管部门用的页面（笔记本 01）：放进花名册，移动滑块，拿走一页纸。页面由本机提供，只有本机能打开，不向任何别的机器取东西；按 Ctrl-C 结束。\n\n"
        "例：edusim app --lang zh\n"
        "例：edusim app --no-browser --port 8899\n"
        "接着：edusim compare --roster roster.xlsx 可推演得更细；edusim notebooks my-notebooks 写出其余笔记本",
        "Open the page for officials (notebook 01): put in a roster, move sliders, take one page away. It is served by this machine to this machine only and "
        "asks no other host for anything; Ctrl-C ends it.\n\n"
        "example: edusim app --lang en\n"
        "example: edusim app --no-browser --port 8899\n"
        "next: edusim compare --roster roster.xlsx goes into more detail; edusim notebooks my-notebooks writes the other notebooks",
    ),
    "app.help.port": ("端口；不写则用一个空闲的", "port; a free one if left out"),
    "app.help.browser": ("不打开浏览器，只写出地址", "open no browser, print the address only"),
    "app.help.dry": ("只检查能否打开，不打开", "see whether it could be opened; open nothing"),
    "app.would": ("可以打开：http://{host}:{port}/", "can be opened: http://{host}:{port}/"),
    "app.open_at": ("页面在这里，请在浏览器中打开（第一次约十秒）：\n  {address}\n按 Ctrl-C 结束",
                    "the page is here; open it in a browser (the first time takes about ten seconds):\n  {address}\nCtrl-C ends it"),
    "app.ended": ("页面已关闭，花名册没有留下任何副本", "the page is closed; no copy of a roster is left behind"),
    "app.loading": ("正在准备：推演示例县，大约十秒…", "getting ready: running the example county, about ten seconds …"),
    "app.no_script": ("这个页面需要 JavaScript。", "This page needs JavaScript."),
}
