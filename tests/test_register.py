"""The register of clauses: every clause of the five texts is carried or set aside, in the document's own words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from edusim import declarations, fingerprints, register
from edusim.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT.parent / "shared" / "policies"
ROWS = register.load().rows


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        yield __import__("fingerprint")
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def texts(tool: ModuleType) -> dict[str, str]:
    if not TEXTS.is_dir():
        pytest.skip("the policy texts are not at hand (../shared/policies): only the fingerprints are checked")
    return {key: fingerprints.normalise(text) for key, text in tool.texts(TEXTS).items()}


# ---- the rows --------------------------------------------------------------------------------------


def test_every_row_is_there_once_in_order() -> None:
    numbers = [int(key[2:]) for key in ROWS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 130, "clauses that were found on reading again"
    assert all(key == f"M-{number:02d}" for key, number in zip(ROWS, numbers, strict=True))


def test_each_of_the_five_documents_has_rows() -> None:
    found = {document: len(register.load().of(document)) for document in register.load().documents}
    assert set(found) == {"community-2021", "nanyang-2023", "kunshan-2019", "ninghe-2023", "gangkou-2016"}
    assert min(found.values()) >= 15


def test_what_carries_a_row_is_declared() -> None:
    assert register.unknown_carriers() == {}


def test_few_rows_are_set_aside_and_only_rituals() -> None:
    aside = [row for row in ROWS.values() if row.is_aside]
    assert len(aside) <= register.MAX_ASIDE == 15
    assert {row.section for row in aside} <= set(register.ASIDE_IN)
    assert not {"D", "F", "H"} & set(register.ASIDE_IN)
    for row in aside:
        assert any("\u4e00" <= sign <= "\u9fff" for sign in row.aside_zh) and len(row.aside_zh) > 10
        assert len(row.aside_en.split()) > 5


def test_rows_that_files_mention_exist_and_name_that_parameter() -> None:
    wrong = [
        f"{where}: {row} should name {path}"
        for row, path, where in register.mentions()
        if row not in ROWS or path not in ROWS[row].carriers
    ]
    assert len(list(register.mentions())) > 100
    assert wrong == []


def test_every_row_has_a_section_and_a_chapter() -> None:
    for row in ROWS.values():
        assert row.section in register.load().sections
        assert register.load().chapter(row.document, row.clause)[0], f"{row.id}: no chapter for {row.clause}"


def test_clauses_stand_in_the_order_of_the_document() -> None:
    order = ["一(二)", "三(一)", "四(五)", "五", "五(二)", "六", "七", "十", "十一", "二十一", "附1一(一)", "附1二(五)", "附1末", "政府保障程度 11"]
    assert sorted(set(order), key=register.clause_order) == order
    assert register.clause_order("四(三)3") < register.clause_order("四(三)10")
    assert register.clause_order("二一") == (2, 1)


# ---- quotations ------------------------------------------------------------------------------------


def test_every_quotation_stands_in_its_fingerprint() -> None:
    assert set(register.load().documents) <= set(fingerprints.documents())
    assert len(list(register.quotations())) > 300
    assert register.wrong_quotations() == []
    untold = [f for f in register.quotations() if f[0] in fingerprints.documents() and fingerprints.stands_in(f[1], f[0]) is None]
    assert untold == [], "too short to be checked"


def test_every_quotation_stands_in_its_text(texts: dict[str, str]) -> None:
    wrong = [(where, quote) for doc, quote, where in register.quotations() if doc in texts and fingerprints.normalise(quote) not in texts[doc]]
    assert wrong == []


def test_one_changed_character_is_noticed() -> None:
    for key, row in ROWS.items():
        plain = fingerprints.normalise(row.quote)
        assert fingerprints.stands_in(plain, row.document) is True, key
        for i in range(len(plain)):
            for other in "不10校教":
                if plain[i] != other:
                    changed = plain[:i] + other + plain[i + 1 :]
                    assert fingerprints.stands_in(changed, row.document) is False, f"{key}: {changed}"
        assert fingerprints.stands_in(plain[:-1] + "囧", row.document) is False, key
        other = next(d for d in fingerprints.documents() if d != row.document)
        assert fingerprints.stands_in(plain, other) is not True or len(plain) < 16, key


def test_a_short_quotation_is_checked_by_short_runs() -> None:
    assert fingerprints.stands_in("期满归队", "community-2021") is True
    assert fingerprints.stands_in("期满不归", "community-2021") is False
    assert fingerprints.stands_in("三年", "community-2021") is None
    assert fingerprints.stands_in("期满归队期满归队", "absent-1999") is None


def test_fingerprints_hold_hashes_and_not_the_text() -> None:
    for document in fingerprints.documents():
        content = (fingerprints.folder() / f"{document}.txt").read_text(encoding="ascii")
        kept = fingerprints.decode(content)
        assert set(kept) == set(fingerprints.SIZES)
        assert all(list(hashes) and all(len(h) == fingerprints.WIDTH for h in hashes) for hashes in kept.values())


def test_fingerprints_are_those_of_the_texts(tool: ModuleType, texts: dict[str, str]) -> None:
    for key, text in tool.texts(TEXTS).items():
        assert (fingerprints.folder() / f"{key}.txt").read_text(encoding="ascii") == fingerprints.encode(text), f"{key} is stale"


def test_what_a_transcript_adds_counts_for_nothing() -> None:
    text = "1、甲乙丙丁 戊己\n庚辛\n2、壬癸子丑[昆山市]寅卯[bookmark: _GoBack]辰巳"
    assert fingerprints.normalise(text) == "甲乙丙丁戊己庚辛壬癸子丑昆山市寅卯辰巳"
    assert fingerprints.holds("庚辛壬癸子丑昆山", fingerprints.decode(fingerprints.encode(text))) is True
    assert fingerprints.holds("庚辛2壬癸子丑昆", fingerprints.decode(fingerprints.encode(text))) is False


# ---- bad registers ---------------------------------------------------------------------------------

HEAD = "schema_version: 1\nkind: register\nsections: {A: {zh: 模式, en: modes}}\nrows:\n"
GOOD = "    section: A\n    document: community-2021\n    clause: 四(五)\n    quote: 期满归队\n"


@pytest.mark.parametrize(
    ("body", "code", "phrase"),
    [
        ("  X-1:\n" + GOOD + "    parameters: [rotation.share]\n", "REG-ROW", "X-1"),
        ("  M-01:\n" + GOOD, "REG-CARRIED", "what carries it"),
        ("  M-01:\n" + GOOD + "    parameters: [rotation.share]\n    set_aside: {zh: 无, en: none}\n", "REG-CARRIED", "one of the two"),
        ("  M-01:\n" + GOOD + "    parameters: []\n", "REG-CARRIED", "are none"),
        ("  M-01:\n" + GOOD + "    parameters: [rotation.share, rotation.share]\n", "REG-CARRIED", "twice"),
        ("  M-01:\n" + GOOD + "    set_aside: {zh: 无}\n", "CFG-MISSING-KEY", "en"),
        ("  M-01:\n" + GOOD.replace("2021", "2022") + "    parameters: [rotation.share]\n", "CFG-UNKNOWN-DOCUMENT", "community-2021"),
        ("  M-01:\n" + GOOD.replace("section: A", "section: B") + "    parameters: [rotation.share]\n", "CFG-UNKNOWN-VALUE", "A"),
        ("  M-01:\n" + GOOD + "    parameter: [rotation.share]\n", "CFG-UNKNOWN-KEY", "parameters"),
        ("  M-01:\n" + GOOD + "    parameters: [a]\n  M-01:\n" + GOOD, "CFG-DUPLICATE-KEY", "M-01"),
    ],
)
def test_a_bad_register_is_told_with_its_place(tmp_path: Path, body: str, code: str, phrase: str) -> None:
    file = tmp_path / "register.yaml"
    file.write_text(HEAD + body, encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        register.read(file)
    assert wrong.value.code == code
    assert phrase in wrong.value.message("en")
    assert f"{file.name}:" in wrong.value.where


def test_a_name_that_nothing_declares_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "register.yaml"
    names = "rotation.share, rotation.shar, 'policy:fusion.start', 'policy:fusion.mix', 'policy:absent.start', 'policy:fusion.begin'"
    file.write_text(HEAD + "  M-01:\n" + GOOD + f"    parameters: [{names}]\n", encoding="utf-8")
    found = register.unknown_carriers(register.read(file))
    assert found == {"M-01": ["rotation.shar", "policy:fusion.mix", "policy:absent.start", "policy:fusion.begin"]}


def test_rule_and_measure_are_those_of_the_declaration() -> None:
    declared = declarations.law_in_force().parameters["rotation.share"]
    found = register.carrier("rotation.share")
    assert found is not None
    assert (found.rule, found.measure, found.zh) == (declared.rule, declared.measure, declared.description_zh)


def test_an_unknown_row_or_document_names_the_nearest() -> None:
    for call, code in ((lambda: register.find_row("M-1300"), "REG-UNKNOWN"), (lambda: register.coverage("nanyang-2022"), "CFG-UNKNOWN-DOCUMENT")):
        with pytest.raises(ConfigError) as wrong:
            call()
        assert wrong.value.code == code
        assert "did you mean" in wrong.value.message("en")
