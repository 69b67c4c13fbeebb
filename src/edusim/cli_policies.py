"""The verbs about policies as documents: ``edusim policies``, ``edusim schema``, ``edusim init``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edusim.cli_options import usage
from edusim.cli_output import print_json
from edusim.errors import did_you_mean
from edusim.language import text as worded

#: What ``edusim policies`` may be asked for, and how many names each takes.
PAGES = {"show": 1, "diff": 2, "coverage": 0}


def policies(options: argparse.Namespace, lang: str) -> int:
    """Print the table of policies, one policy, two side by side, or the register of clauses."""
    from edusim import policy_pages as pages

    page, *names = options.words or [""]
    if page and page not in PAGES:
        mend = did_you_mean(page, PAGES)
        usage("CLI-COMMAND", f"edusim policies 没有 {page[:60]}", f"edusim policies has no {page[:60]}", mend)
    if len(names) != PAGES.get(page, 0):
        example = {"show": "edusim policies show fusion", "diff": "edusim policies diff fusion co_build"}.get(page, "edusim policies coverage")
        usage(
            "CLI-OPTION", f"edusim policies {page} 要 {PAGES[page]} 个政策", f"edusim policies {page} takes {PAGES[page]} policies",
            (f"例如 {example}", f"for example {example}"),
        )  # fmt: skip
    for option, allowed in (("year", ("show",)), ("mode", ("show",)), ("document", ("coverage",))):
        if getattr(options, option) is not None and page not in allowed:
            usage("CLI-OPTION", f"--{option} 只用于 policies {allowed[0]}", f"--{option} belongs to policies {allowed[0]}")
    if page == "show":
        policy = pages.find(names[0])
        data, text = pages.show_data(policy, options.year, options.mode), pages.show_text(policy, lang, options.year, options.mode)
    elif page == "diff":
        a, b = (pages.find(name) for name in names)
        data, text = {"a": a.key, "b": b.key, "differences": pages.diff_data(a, b, lang)}, pages.diff_text(a, b, lang)
    elif page == "coverage":
        data, text = pages.coverage_data(options.document), pages.coverage_text(lang, options.document)
    else:
        data, text = {"policies": pages.policies_data()}, pages.policies_text(lang)
    if options.json:
        print_json({"ok": True, **data})
    else:
        sys.stdout.write(text + "\n")
    return 0


def check(options: argparse.Namespace, lang: str) -> int:
    """Check a policy file: its clauses, whence they came, and whether its quotations stand in their documents."""
    from edusim import policy_pages as pages

    policy = pages.find(options.file)
    rows = pages.show_data(policy)["clauses"]
    wrong = [row["path"] for row in rows if row["quote_stands"] is False]
    if options.json:
        print_json({"ok": True, "kind": "policy", "key": policy.key, "clauses": len(rows), "quotations_not_found": wrong})
        return 0
    good = worded("policies.can_be_used_clauses", lang, n=len(rows))
    sys.stdout.write(f"{options.file}: {good} ({policy.key})\n")
    for path in wrong:
        sys.stdout.write(f"  ⚠ {path}: {worded('policies.the_quotation_does_not', lang)}\n")
    return 0


def schema(options: argparse.Namespace, lang: str) -> int:
    """Print the JSON Schema of a scenario, a policy or a study file."""
    from edusim import schemas
    from edusim.study import study_schema

    kind, kinds = options.kind or "scenario", (*schemas.KINDS, "study")
    if kind not in kinds:
        usage("CLI-VALUE", f"没有 {kind[:40]} 的格式说明", f"there is no schema of {kind[:40]}", did_you_mean(kind, kinds))
    print_json(study_schema.schema() if kind == "study" else schemas.schema(kind))
    return 0


def init(options: argparse.Namespace, lang: str) -> int:
    """Write a study folder to start from, whole or not at all."""
    if options.folder is None or not options.folder.strip() or "\0" in options.folder:
        usage("CLI-OPTION", "请给出要写的文件夹", "name the folder to write", ("例如 edusim init my-study", "for example edusim init my-study"))
    from edusim import starter

    folder = Path(options.folder)
    files = starter.start(folder, lang)
    if options.json:
        print_json({"ok": True, "folder": str(folder), "files": files})
        return 0
    zh = lang == "zh"
    sys.stdout.write(f"{worded('policies.written', lang)}: {folder}\n")
    for name, (chinese, english) in starter.FILES.items():
        sys.stdout.write(f"  {name:<29}{chinese if zh else english}\n")
    sys.stdout.write(f"{worded('policies.next', lang)}: edusim compare {folder / 'scenario.yaml'}\n")
    return 0
