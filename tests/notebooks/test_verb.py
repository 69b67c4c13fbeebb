"""`edusim notebooks`: what it lists, plans and refuses; the list needs no extra."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edusim.cli import main
from edusim.notebook import building


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_has_a_title_for_each(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notebooks", "--json", "--lang", lang]) == 0
    found = json.loads(capsys.readouterr().out)["notebooks"]
    assert list(found) == list(building.named()) and all(found.values())
    assert main(["notebooks", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert all(title in said for title in found.values())


@pytest.mark.parametrize("name", ["01", "1", "01_roster_to_one_page", "roster_to_one_page", "01_roster_to_one_page.ipynb"])
def test_a_notebook_goes_by_number_or_name(name: str) -> None:
    assert building.find(name).stem == "01_roster_to_one_page"


def test_slips_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["notebooks", str(tmp_path / "x"), "roster_to_one_pag"]) == 2
    assert "did you mean roster_to_one_page?" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_plan_writes_nothing_and_a_file_that_is_there_stays(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("edusim.notebook.building.require", lambda *_: None)
    folder = tmp_path / "books"
    assert main(["notebooks", str(folder), "01", "-n"]) == 0
    assert "01_roster_to_one_page.ipynb" in capsys.readouterr().out and not folder.exists()
    folder.mkdir()
    (folder / "01_roster_to_one_page.ipynb").write_text("mine", encoding="utf-8")
    assert main(["notebooks", str(folder), "01"]) == 1
    assert "RUN-EXISTS" in capsys.readouterr().err
    assert (folder / "01_roster_to_one_page.ipynb").read_text(encoding="utf-8") == "mine"
