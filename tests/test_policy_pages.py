"""`edusim policies`: the table, one policy, two side by side, the register; told in two languages, laid out straight."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edusim import cli, declarations, fingerprints, policies, policy_pages, policy_words, register
from edusim.report.tables import width_of

LAW = declarations.law_in_force().parameters
NAMES = policies.policy_names()


def said(words: list[str], capsys: pytest.CaptureFixture[str], status: int = 0) -> str:
    assert cli.main(["policies", *words]) == status
    return capsys.readouterr().out


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said([*words, "--json"], capsys))
    assert found["ok"] is True
    return found


# ---- the table -------------------------------------------------------------------------------------


def test_the_table_names_every_policy(capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("zh", "en"):
        text = said(["--lang", lang], capsys)
        for name in NAMES:
            policy = policies.policy(name)
            row = next(line for line in text.splitlines() if re.match(rf"{name}\s", line))
            assert (policy.name_zh if lang == "zh" else policy.name_en) in row
    rows = told([], capsys)["policies"]
    assert [row["key"] for row in rows] == list(NAMES)
    fusion = next(row for row in rows if row["key"] == "fusion")
    assert fusion["document"] == "community-2021" and fusion["first_year"] == 2021
    assert sum(fusion["clauses"].values()) == len(policies.policy("fusion").clauses) + len(policies.policy("fusion").mode_clauses[0])


# ---- one policy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in NAMES if n != "status_quo"])
def test_every_clause_of_a_policy_is_shown_in_the_order_of_the_document(name: str) -> None:
    policy = policies.policy(name)
    data = policy_pages.show_data(policy)["clauses"]
    for k, mode in enumerate(policy.modes):
        shown = {row["path"] for row in data if mode in row["modes"]}
        assert shown == set(policy.mode_clauses[k])
    assert {row["path"] for row in data if not row["modes"]} == set(policy.clauses)
    own = [register.clause_order(row["clause"]) for row in data if row["document"] == policy.document and policy.document]
    assert own == sorted(own)
    text = policy_pages.show_text(policy, "zh")
    for row in data:
        assert row["path"] in text
        assert row["quote_stands"] is not False
        for id in row["rows"]:
            assert id in text
    assert "⚠" not in text


def test_what_an_official_reads_beside_the_document() -> None:
    text = policy_pages.show_text(policies.policy("co_build"), "zh")
    block = next(part for part in re.split(r"\n(?=  \S)", text) if "每年交流教师占基数的比例" in part)
    for words in ("四(五)", "10%", "“按不低于成员校(校区)教师在职人数10%的比例流动”", "条文", "现行 5%", "M-45", "rotation.share"):
        assert words in block, words
    assert "四(四)  落实经费保障" in text and text.index("四(四)  落实经费保障") < text.index("四(五)  推动师资流动")


def test_a_year_shows_the_value_of_that_year(capsys: pytest.CaptureFixture[str]) -> None:
    def value(year: int) -> tuple[str, str]:
        rows = told(["show", "fusion", "--year", str(year)], capsys)["clauses"]
        row = next(r for r in rows if r["path"] == "groups.coverage_share")
        return row["value"], row["status"]

    assert value(2020) == ("0%", "law")  # not yet in force
    assert [value(year)[0] for year in (2021, 2022, 2025, 2031)] == ["40%", "50%", "80%", "80%"]
    assert "尚未生效" in said(["show", "fusion", "--year", "2020", "--lang", "zh"], capsys)


def test_modes_are_told_apart_and_may_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    data = told(["show", "community_plan"], capsys)["clauses"]
    rotation = {tuple(r["modes"]): r["value"] for r in data if r["path"] == "rotation.share"}
    assert rotation == {("fusion",): "15%", ("co_build",): "10%", ("collaboration",): "3%"}
    one = told(["show", "community_plan", "--mode", "co_build"], capsys)["clauses"]
    assert {tuple(r["modes"]) for r in one} == {(), ("co_build",)}
    assert cli.main(["policies", "show", "community_plan", "--mode", "co_bild"]) == 2
    assert "did you mean co_build?" in capsys.readouterr().err


def test_a_quotation_that_does_not_stand_is_marked(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = (declarations.configs() / "policies" / "co_build.yaml").read_text(encoding="utf-8")
    wrong = text.replace("按不低于成员校(校区)教师在职人数10%的比例流动", "按不低于成员校(校区)教师在职人数20%的比例流动", 1)
    assert wrong != text
    file.write_text(wrong.replace("key: co_build", "key: mine"), encoding="utf-8")
    shown = policy_pages.show_text(policies.policy(str(file)), "zh")
    assert shown.count("⚠ 与文件不符") == 1
    assert [r["path"] for r in policy_pages.show_data(policies.policy(str(file)))["clauses"] if r["quote_stands"] is False] == ["rotation.share"]


def test_whence_a_taken_clause_came_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    head = "schema_version: 1\nkind: policy\nkey: mine\nname: {zh: 我的, en: Mine}\ndescription: {zh: 试, en: try}\nstart: 2026-09-01\n"
    Path("mine.yaml").write_text(head + "take:\n  - {from: co_build, clauses: [rotation.share]}\n", encoding="utf-8")
    text = said(["show", "mine.yaml", "--lang", "zh"], capsys)
    assert "取自其他政策的条款：co_build 1" in text and "取自 co_build" in text
    assert told(["show", "mine.yaml"], capsys)["clauses"][0]["origin"] == "co_build"


# ---- two policies ----------------------------------------------------------------------------------


def test_only_differences_are_shown_with_their_status(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(["diff", "fusion", "co_build"], capsys)["differences"]
    by_path = {row["path"]: row for row in found}
    assert by_path["rotation.share"]["a"] == [{"mode": "", "value": "15%", "status": "assumption"}]
    assert by_path["rotation.share"]["b"] == [{"mode": "", "value": "10%", "status": "clause"}]
    assert by_path["staffing.itinerant"]["b"][0]["status"] == "law"
    assert "rotation.term_years" not in by_path, "both say three years"
    a, b = (policies.policy(n) for n in ("fusion", "co_build"))
    paths = {*a.clauses, *b.clauses, *a.mode_clauses[0], *b.mode_clauses[0]}
    for path in paths:
        values = []
        for p in (a, b):
            clause = {**p.clauses, **p.mode_clauses[0]}.get(path)
            values.append(LAW[path].steps.values if clause is None else clause.steps.values)
        assert (path in by_path) == (values[0] != values[1]), path
    text = said(["diff", "fusion", "co_build", "--lang", "zh"], capsys)
    assert "15% (设定)" in text and "10% (条文)" in text and f"共 {len(found)} 项不同" in text


def test_a_policy_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(["diff", "fusion", "fusion"], capsys)["differences"] == []
    assert "没有不同的值" in said(["diff", "fusion", "fusion", "--lang", "zh"], capsys)


def test_modes_of_a_mix_stand_in_one_cell(capsys: pytest.CaptureFixture[str]) -> None:
    found = {row["path"]: row for row in told(["diff", "community_plan", "status_quo"], capsys)["differences"]}
    assert [cell["mode"] for cell in found["rotation.share"]["a"]] == ["fusion", "co_build", "collaboration"]
    assert [cell["mode"] for cell in found["rotation.term_years"]["a"]] == [""], "the modes agree"


# ---- what is covered -------------------------------------------------------------------------------


def test_coverage_counts_and_lists_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(["coverage"], capsys)
    rows = register.load().rows
    assert {row["id"] for row in found["rows"]} == set(rows) and found["n_rows"] == len(rows)
    assert found["n_set_aside"] == sum(row.is_aside for row in rows.values()) == sum(n["set_aside"] for n in found["documents"].values())
    assert sum(n["rows"] for n in found["documents"].values()) == len(rows)
    share = next(c for row in found["rows"] if row["id"] == "M-45" for c in row["carriers"] if c["name"] == "rotation.share")
    assert (share["rule"], share["measure"]) == (LAW["rotation.share"].rule, LAW["rotation.share"].measure)
    for lang in ("zh", "en"):
        text = said(["coverage", "--lang", lang], capsys)
        for id, row in rows.items():
            assert re.search(rf"^  {id}\s", text, re.MULTILINE), id
            if row.is_aside:
                assert (row.aside_zh if lang == "zh" else row.aside_en)[:10] in text
    one = told(["coverage", "--document", "kunshan-2019"], capsys)
    assert list(one["documents"]) == ["kunshan-2019"]
    assert {row["document"] for row in one["rows"]} == {"kunshan-2019"}


# ---- layout ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
@pytest.mark.parametrize("words", [[], ["show", "community_plan"], ["show", "status_quo"], ["diff", "fusion", "none"], ["coverage"]], ids=str)
def test_no_line_is_wider_than_the_page(columns: int, words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    limit = max(policy_pages.NARROW, min(policy_pages.WIDE, columns))
    for lang in ("zh", "en"):
        lines = said([*words, "--lang", lang], capsys).splitlines()
        wide = [line for line in lines if width_of(line) > limit and not re.search(r"\S{60,}", line)]
        assert wide == []
        assert not [line for line in lines if line != line.rstrip()]


def test_columns_of_the_comparison_stand_under_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(["diff", "fusion", "co_build", "--lang", "zh"], capsys).splitlines()
    head = next(line for line in lines if "fusion" in line and "co_build" in line and "学年" not in line)
    places = [width_of(head[: head.index(name)]) for name in ("fusion", "co_build")]
    row = next(line for line in lines if "15% (设定)" in line)
    assert [width_of(row[: row.index(cell)]) for cell in ("15%", "10%")] == places


def test_text_wraps_without_losing_a_sign() -> None:
    text = "教师由教共体统一招聘，统一培养（跨校区）无障碍调配。groups.max_members is 2 schools, no more than that."
    for width in range(8, 60):
        lines = policy_words.wrap(text, width)
        assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
        assert all(width_of(line) <= max(width, 18) for line in lines)
        assert not [line for line in lines[1:] if line[0] in "，。）"]
        words = [word for line in lines for word in re.findall(r"[!-~]+", line)]
        assert words == re.findall(r"[!-~]+", text), "a word is broken"
    assert policy_words.wrap("", 20) == [""]
    assert policy_words.wrap("集团 33%、学区", 9) == ["集团", "33%、学区"]


@pytest.mark.parametrize(
    ("path", "value", "zh", "en"),
    [
        ("rotation.share", 0.1, "10%", "10%"),
        ("rotation.share", 0.055, "5.5%", "5.5%"),
        ("groups.legal_unified", 1, "是", "yes"),
        ("rotation.base", 0, "成员校在职教师", "member_staff"),
        ("finance.fund_yuan_year", 50_000_000, "5,000万元/年", "50,000,000 yuan/year"),
        ("allowance.a_yuan_month", 800, "800元/月", "800 yuan/month"),
        ("groups.max_members", 2, "2所", "2 schools"),
        ("appraisal.bundle_weight", 0.6, "0.6", "0.6 weight"),
        ("reward.core_factor", 1.2, "1.2倍", "1.2 factor"),
    ],
)
def test_values_as_an_official_reads_them(path: str, value: float, zh: str, en: str) -> None:
    assert policy_words.value_text(LAW[path], value, "zh") == zh
    assert policy_words.value_text(LAW[path], value, "en") == en


def test_units_of_policies_are_read_in_chinese() -> None:
    units = {d.unit for d in LAW.values() if d.type in ("int", "float") and not d.unit.startswith(("share", "1/"))}
    bare = {unit for unit in units if policy_words.unit_text(unit, "zh") == unit}
    assert len(bare) <= len(units) // 10, f"no Chinese for {sorted(bare)}"


# ---- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "phrase"),
    [
        (["shwo", "fusion"], "CLI-COMMAND", "did you mean show?"),
        (["show"], "CLI-OPTION", "takes 1"),
        (["show", "fusion", "co_build"], "CLI-OPTION", "takes 1"),
        (["diff", "fusion"], "CLI-OPTION", "takes 2"),
        (["coverage", "x"], "CLI-OPTION", "takes 0"),
        (["show", "fuson"], "CFG-UNKNOWN-POLICY", "did you mean fusion?"),
        (["diff", "fusion", "fuson"], "CFG-UNKNOWN-POLICY", "did you mean fusion?"),
        (["show", "absent.yaml"], "CFG-NO-FILE", "absent.yaml"),
        (["show", "fusion", "--mode", "x"], "CFG-UNKNOWN-MODE", "no mode x"),
        (["show", "none", "--mode", "fusion"], "CFG-UNKNOWN-MODE", "no mode fusion"),
        (["show", "fusion", "--year", "21"], "CLI-VALUE", "--year"),
        (["coverage", "--document", "ninghe-2022"], "CFG-UNKNOWN-DOCUMENT", "did you mean ninghe-2023?"),
        (["coverage", "--year", "2021"], "CLI-OPTION", "--year belongs to policies show"),
        (["--document", "ninghe-2023"], "CLI-OPTION", "--document belongs to policies coverage"),
    ],
)
def test_mistakes_are_one_line(words: list[str], code: str, phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policies", *words, "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert phrase in err and f"[{code}]" in err
    assert cli.main(["policies", *words, "--lang", "zh"]) == 2
    assert re.search(r"[\u4e00-\u9fff]", capsys.readouterr().err)


def test_the_fingerprint_is_that_of_the_document_named() -> None:
    # a right quotation under a wrong document is wrong
    assert fingerprints.stands_in("按不低于成员校(校区)教师在职人数10%的比例流动", "ninghe-2023") is False


def test_a_dated_mix_is_told_step_by_step(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "schema_version: 1\nkind: policy\nkey: mine\nname: {zh: 我的, en: Mine}\ndescription: {zh: 试, en: try}\nstart: 2021-09-01\n"
        "mix: {2021-09-01: {collaboration: 1}, 2023-09-01: {collaboration: 0.2, fusion: 0.8}}\n",
        encoding="utf-8",
    )
    policy = policies.policy(str(file))
    assert policy_pages.modes_text(policy, "zh") == "2021 协作型教共体 100% → 2023 协作型教共体 20%、融合型教共体 80%"
    assert policy_pages.show_data(policy)["mix"] == {"2021": [1.0, 0.0], "2023": [0.2, 0.8]}
    assert policy_pages.show_data(policies.policy("community_plan"))["mix"]


def test_a_policy_file_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (declarations.configs() / "policies" / "co_build.yaml").read_text(encoding="utf-8").replace("key: co_build", "key: mine")
    Path("mine.yaml").write_text(text, encoding="utf-8")
    assert cli.main(["check", "mine.yaml", "--lang", "zh"]) == 0
    assert "可以使用" in capsys.readouterr().out
    Path("mine.yaml").write_text(text.replace("人数10%的比例", "人数20%的比例", 1), encoding="utf-8")
    assert cli.main(["check", "mine.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["quotations_not_found"] == ["rotation.share"]
    Path("mine.yaml").write_text(text.replace("rotation.share:", "rotation.shar:", 1), encoding="utf-8")
    assert cli.main(["check", "mine.yaml", "--lang", "en"]) == 2
    err = capsys.readouterr().err
    assert "mine.yaml:" in err and "did you mean rotation.share?" in err
