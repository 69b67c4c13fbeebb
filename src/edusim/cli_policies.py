"""The verbs about policies as documents: ``edusim policies``, ``edusim schema``, ``edusim init``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edusim.cli_options import needed, usage
from edusim.cli_output import next_steps, print_json
from edusim.errors import did_you_mean
from edusim.language import text as worded

#: What ``edusim policies`` may be asked for, and how many names each takes.
PAGES = {"show": 1, "diff": 2, "coverage": 0}
#: Kinds of file that ``edusim schema`` describes.
SCHEMAS = ("scenario", "policy", "study", "calibrate")


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
    """Print the JSON Schema of a scenario, a policy, a study or a calibration file."""
    kind = options.kind or "scenario"
    if kind not in SCHEMAS:
        usage("CLI-VALUE", f"没有 {kind[:40]} 的格式说明", f"there is no schema of {kind[:40]}", did_you_mean(kind, SCHEMAS))
    if kind == "study":
        from edusim.study import study_schema

        print_json(study_schema.schema())
    elif kind == "calibrate":
        from edusim.calibrate import calibration_schema

        print_json(calibration_schema.schema())
    else:
        from edusim import schemas

        print_json(schemas.schema(kind))
    return 0


def init(options: argparse.Namespace, lang: str) -> int:
    """Write a study folder to start from, whole or not at all."""
    folder = Path(needed(options.folder, "init", "要写的文件夹", "the folder to write"))
    from edusim import starter

    files = starter.start(folder, lang, dry_run=options.dry_run)
    if options.json:
        print_json({"ok": True, **({"dry_run": True} if options.dry_run else {}), "folder": str(folder), "files": files})
        return 0
    zh = lang == "zh"
    sys.stdout.write(worded("main.plan_only_nothing_was", lang) if options.dry_run else f"{worded('policies.written', lang)}: {folder}\n")
    for name, (chinese, english) in starter.FILES.items():
        sys.stdout.write(f"  {name:<29}{chinese if zh else english}\n")
    if not options.dry_run:
        sys.stdout.write(next_steps([f"check {folder / 'policies' / 'my_policy.yaml'}", f"compare {folder / 'scenario.yaml'} --draws 4"], lang))
    return 0
