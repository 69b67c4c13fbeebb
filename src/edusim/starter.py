"""A study folder to start from: scenario, a policy of one's own, an empty roster, schemas, a guide in two languages."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from edusim import schemas
from edusim.declarations import configs
from edusim.errors import RunError

#: File -> what it is, (Chinese, English).
FILES = {
    "README.md": ("怎么用", "how to use it"),
    "scenario.yaml": ("情景：县、年份、政策", "the scenario: county, years, policies"),
    "policies/my_policy.yaml": ("自己的政策：从几份文件取条款", "a policy of your own: clauses of several documents"),
    "roster.xlsx": ("花名册模板", "an empty roster"),
    "schema/scenario.schema.json": ("情景文件的格式说明", "schema of scenario files"),
    "schema/policy.schema.json": ("政策文件的格式说明", "schema of policy files"),
}
_COPIED = {"README.md": "README.md", "scenario.yaml": "scenario.yaml", "policies/my_policy.yaml": "my_policy.yaml"}


def start(folder: str | os.PathLike[str], lang: str = "zh", *, dry_run: bool = False) -> list[str]:
    """Write a study folder, whole or not at all, and return the names of its files.

    Parameters
    ----------
    folder
        Must not exist yet, or be empty.
    lang
        Language of the roster's sheets: ``zh`` or ``en``. The other files speak both.
    dry_run
        Look whether they could be written, write nothing.

    Raises
    ------
    RunError
        ``RUN-EXISTS`` when something is there already.
    OSError
        When the disk is full or the folder cannot be written.
    """
    target = Path(os.path.abspath(folder))
    if os.path.lexists(target) and (target.is_symlink() or not target.is_dir() or any(target.iterdir())):
        raise RunError(
            "RUN-EXISTS", "此处已有别的文件或文件夹", "something is there already", where=str(folder),
            mend_zh="请给出一个新的或空的文件夹", mend_en="name a folder that is new or empty",
        )  # fmt: skip
    if dry_run:
        return list(FILES)
    above = target.parent
    above.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=above))
    try:
        part.chmod(0o755)
        _write(part, lang)
        if target.exists():
            for file in sorted(part.iterdir()):  # it may be the working folder: fill it, do not replace it
                file.rename(target / file.name)
        else:
            part.rename(target)
    finally:
        if part.exists():
            shutil.rmtree(part, ignore_errors=True)
    return list(FILES)


def _write(folder: Path, lang: str) -> None:
    from edusim.region.roster_template import template

    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
    for name, source in _COPIED.items():
        shutil.copyfile(configs() / "start" / source, folder / name)
    for kind in schemas.KINDS:
        text = json.dumps(schemas.schema(kind), ensure_ascii=False, indent=1)
        (folder / "schema" / f"{kind}.schema.json").write_text(text + "\n", encoding="utf-8")
    template(folder / "roster.xlsx", lang)
