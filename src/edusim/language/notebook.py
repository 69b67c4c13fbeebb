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
}
