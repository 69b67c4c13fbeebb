"""What is put on the table: charts and documents of anything finished (``edusim report``).

>>> import edusim
>>> written = edusim.write_report("out/demo", to=("docx", "xlsx"), lang="zh")        # doctest: +SKIP
>>> written.files                                                                    # doctest: +SKIP

One function for every kind of folder: of a run or a comparison a county's report (:mod:`edusim.report.county`), of a study its own
text with its figures. Files are written whole or not at all; what stands there already is left unless it is to be replaced.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.errors import ConfigError, RunError, did_you_mean, language
from edusim.language import text
from edusim.report.document import formats

if TYPE_CHECKING:
    from edusim.reporting.source import Source

Progress = Callable[[int, int, str], None]
CHART_FORMATS = ("png", "svg", "pdf")
DESIGNS = ("feasible", "identical")
#: Kinds whose results are loose files, without checksums.
LOOSE = ("calibration", "validation", "sensitivity", "discover")


@dataclass
class Written:
    """What was written, or would be.

    Attributes
    ----------
    kind, folder
        What was reported on (see :data:`edusim.reporting.kinds.KINDS`), and the folder of the report.
    files
        Every file, documents first; folders of charts end with a slash where nothing was written.
    headlines
        The boxes of the first page: title and first sentences.
    notes
        What a reader should know: a study of another county, for example.
    """

    kind: str
    folder: Path
    lang: str
    files: list[Path] = field(default_factory=list)
    headlines: list[tuple[str, list[str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        told = [{"title": title, "sentences": sentences} for title, sentences in self.headlines]
        return {"kind": self.kind, "folder": str(self.folder), "lang": self.lang, "files": [str(f) for f in self.files], "headlines": told,
                "notes": self.notes}  # fmt: skip


@dataclass(frozen=True)
class _Job:
    """One report: whose, under which name, where to."""

    out: Path
    open: Callable[[], Source]
    home: Path | None


def write_report(
    what: Any,
    to: Sequence[str] = formats.USUAL,
    lang: str | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    charts: Sequence[str] = ("png",),
    for_report: bool = False,
    attach: Sequence[str | os.PathLike[str]] = (),
    design: str | None = None,
    ends: int | None = None,
    force: bool = False,
    dry_run: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Written:
    """Write charts and documents of something finished.

    Parameters
    ----------
    what
        A folder that ``edusim`` wrote (run, compare, study, sensitivity, discover, optimise, calibrate, validate), or a result at hand.
    to
        Of ``docx``, ``html``, ``xlsx``, ``pdf``; ``pdf`` needs the extra ``pdf``. None for charts alone.
    lang
        ``zh`` or ``en``; the reader's if left out.
    out
        Where to; ``report`` in the folder if left out.
    charts
        Of ``png``, ``svg``, ``pdf``: a folder of charts, each for itself; none for no charts.
    for_report
        Charts without title and footer, for a document of one's own.
    attach
        Of a county's report: folders of studies of many futures, or of sensitivity studies, whose findings are told beside.
    design
        Of a comparison: ``feasible`` or ``identical``; feasible if left out.
    ends
        Of a comparison: the last school year with money. The same draws are run again, which takes as long as the comparison did, and kept.
    force
        Replace files that are there.
    dry_run
        Only say what would be written.
    workers
        Processes.
    progress
        Called with (done, total, text).

    Returns
    -------
    Written
        Files, and what the first page says.

    Raises
    ------
    EdusimError
        ``REPORT-...``, ``CFG-NO-FILE``, ``RUN-DAMAGED``; nothing is written before all that can be known is known.
    """
    tongue = language(lang)
    kinds = formats.chosen(to)
    pictures = _chart_formats(charts)
    formats.ready(kinds)
    if design is not None and design not in DESIGNS:
        zh, en = did_you_mean(design, DESIGNS)
        raise ConfigError("REPORT-DESIGN", f"没有设计 {design[:40]}", f"no design {design[:40]}", where="--design", mend_zh=zh, mend_en=en)
    kind, folder, jobs = _jobs(what, out, workers, progress)
    if kind not in ("run", "compare", "own"):
        _refuse_for_studies(kind, attach, design, ends)
    written = Written(kind, folder, tongue)
    targets = {job.out: _targets(job.out, kinds, pictures, tongue) for job in jobs}
    _refuse_existing([path for paths in targets.values() for path in paths], force)
    for one in attach:
        _attachable(Path(one))
    if dry_run:
        written.files = [path for paths in targets.values() for path in paths]
        return written
    _refuse_unwritable(folder)
    from edusim.reporting.kinds import sound

    report = progress or (lambda done, total, words: None)
    for job in jobs:
        source = job.open()
        if tongue not in source.languages:
            raise _no_language(job.out, source.languages)
        source = _as_asked(source, job, written, attach=attach, design=design, ends=ends, workers=workers, progress=progress)
        # What was read from loose files may be whole to the eye and cut inside.
        with sound(job.home) if kind in LOOSE and job.home is not None else nullcontext():
            _write(source, job.out, kinds, pictures, tongue, for_report, written, report)
    return written


def _write(
    source: Source, out: Path, kinds: Sequence[str], pictures: Sequence[str], lang: str, for_report: bool, written: Written, report: Progress
) -> None:  # fmt: skip
    from edusim.reporting.source import headlines

    draws = source.charts(lang, for_report=for_report) if pictures else {}
    total = len(kinds) + len(draws)
    done = 0
    if kinds:
        document = formats.drawn(source.document(lang))
        if not written.headlines:
            written.headlines = headlines(document)
        for kind in kinds:
            report(done, total, f"report.{lang}.{kind}")
            written.files.append(formats.write(document, out / f"report.{lang}.{kind}"))
            done += 1
    if pictures:
        written.files += _write_charts(draws, out / f"charts.{lang}", pictures, lambda name: report(done + list(draws).index(name), total, name))
    report(total, total, "")


def _write_charts(draws: Any, folder: Path, kinds: Sequence[str], told: Callable[[str], None]) -> list[Path]:
    """Write all charts, whole or not at all."""
    from edusim.report.document.files import refused
    from edusim.report.style import save

    part: Path | None = None
    aside = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=folder.parent))
        part.chmod(0o755)
        names: list[Path] = []
        for name, draw in draws.items():
            told(name)
            names += [folder / file.name for file in save(draw(), part / name, kinds)]
        if folder.exists():
            folder.rename(aside)
        part.rename(folder)
        return names
    except OSError as problem:
        raise refused(folder, problem) from None
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)


# -- before anything is written ----------------------------------------------------------------------------------


def _chart_formats(asked: Sequence[str]) -> tuple[str, ...]:
    found = [str(one).strip().lower() for one in asked]
    for one in found:
        if one not in CHART_FORMATS:
            zh, en = did_you_mean(one, CHART_FORMATS)
            raise ConfigError("REPORT-FORMAT", f"图不能写成 {one[:40]!r}", f"no chart can be written as {one[:40]!r}", where="--charts", mend_zh=zh, mend_en=en)
    return tuple(one for one in CHART_FORMATS if one in found)


def _jobs(what: Any, out: str | os.PathLike[str] | None, workers: int, progress: Progress | None) -> tuple[str, Path, list[_Job]]:
    """Return the kind, the folder of the report, and the reports to write: several where each policy has a county of its own."""
    from edusim.reporting import opening
    from edusim.reporting.kinds import recognise

    how = opening.How(workers, progress)
    if not isinstance(what, (str, os.PathLike)):
        source, home = opening.of_result(what)
        if out is None and home is None:
            raise ConfigError(
                "REPORT-OUT", "请给出写到哪里", "say where to write to", where="out", mend_zh="例如 out='out/report'", mend_en="for example out='out/report'"
            )
        folder = Path(out) if out is not None else Path(str(home)) / "report"
        return _kind_of(source), folder, [_Job(folder, lambda: source, home)]
    found = recognise(what)
    folder = Path(out) if out is not None else found.folder / "report"
    if found.kind != "own":
        return found.kind, folder, [_Job(folder, lambda: opening.open_finished(found, how), found.folder)]
    jobs = []
    for key, part in found.parts.items():
        inner = recognise(part)
        jobs.append(_Job(folder / key, lambda inner=inner: opening.open_finished(inner, how), part))  # type: ignore[misc]
    return found.kind, folder, jobs


def _kind_of(source: Source) -> str:
    from edusim.reporting.county import County

    if isinstance(source, County):
        return "run" if source.baseline_is_missing else "compare"
    return {"Discovered": "discover", "Plans": "optimise", "Depends": "sensitivity"}.get(type(source).__name__, "study")


def _targets(out: Path, kinds: Sequence[str], pictures: Sequence[str], lang: str) -> list[Path]:
    return [*(out / f"report.{lang}.{kind}" for kind in kinds), *([out / f"charts.{lang}"] if pictures else [])]


def _refuse_existing(paths: Sequence[Path], force: bool) -> None:
    for path in paths:
        is_folder = path.name.startswith("charts.")
        if os.path.lexists(path) and (not force or path.is_dir() != is_folder):
            raise RunError(
                "REPORT-EXISTS", "此处已有报告", "a report is there already", where=str(path),
                mend_zh="请换一个 --out，或加 --force 替换", mend_en="choose another --out, or add --force to replace it",
            )  # fmt: skip


def _refuse_unwritable(folder: Path) -> None:
    from edusim.folders import probe
    from edusim.report.document.files import refused

    try:
        probe(folder)
    except OSError as problem:
        raise refused(folder, problem) from None


def _refuse_for_studies(kind: str, attach: Sequence[Any], design: str | None, ends: int | None) -> None:
    for given, option in ((bool(attach), "--with"), (design is not None, "--design"), (ends is not None, "--ends")):
        if given:
            raise ConfigError(
                "REPORT-OPTION", f"{option} 只用于 run、compare 的结果，这里是 {kind}",
                f"{option} is for results of run and compare; this is {kind}", where=option,
            )  # fmt: skip


def _no_language(folder: Path, languages: Sequence[str]) -> RunError:
    zh = "、".join({"zh": "中文", "en": "英文"}[one] for one in languages)
    en = ", ".join({"zh": "Chinese", "en": "English"}[one] for one in languages)
    return RunError(
        "REPORT-LANGUAGE", f"这里只留下了{zh}的文字，推演的库已不在旁边",
        f"only its {en} text is kept, and the store of its runs is not beside it", where=str(folder),
        mend_zh=f"请用 --lang {languages[0]}", mend_en=f"use --lang {languages[0]}",
    )  # fmt: skip


def _as_asked(
    source: Source, job: _Job, written: Written, *, attach: Sequence[Any], design: str | None, ends: int | None, workers: int,
    progress: Progress | None,
) -> Source:  # fmt: skip
    """Return a county's report with the design, the attached studies and the ending that were asked for."""
    from edusim.reporting.county import County

    if not isinstance(source, County):
        return source
    county = source.with_design(design)
    if ends is not None:
        from edusim.reporting import ending

        ending.check_year(county, ends)
    if attach:
        county = _with_studies(county, written, [Path(one) for one in attach], workers, progress)
    if ends is not None:
        from edusim.reporting import ending

        # Beside the run, so that the next report finds it; beside this report where the run is not ours to write to.
        is_ours = job.home is not None and os.access(job.home, os.W_OK)
        place = (job.home / "report" if is_ours and job.home is not None else job.out) / f"ends-{ends}"
        county = replace(county, ended=(ends, ending.ended(county, ends, place, workers=workers, progress=progress)))
    return county


def _attachable(folder: Path) -> None:
    from edusim.reporting import opening

    opening.attachable(folder)


def _with_studies(county: Any, written: Written, folders: Sequence[Path], workers: int, progress: Progress | None) -> Any:
    from edusim.reporting import opening

    found = []
    for place, folder in enumerate(folders, start=1):
        told, scenario = opening.attach(folder, opening.How(workers, progress), place)
        found.append(told)
        if scenario != county.manifest["hash"]:
            key = "reporting.note.other_county" if scenario else "reporting.note.county_unknown"
            written.notes.append(text(key, written.lang, folder=folder))
    return opening.with_attached(county, found)


__all__ = ["CHART_FORMATS", "Written", "write_report"]
