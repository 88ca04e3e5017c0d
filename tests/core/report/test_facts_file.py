"""The facts of a report come back as they were written, from any folder."""

import dataclasses
import json
import math
from pathlib import Path

import pytest

from azuraforge_contract.errors import StorageError
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.facts_file import read_facts, write_facts
from azuraforge_core.report.page import render_report, write_report


def test_a_moved_run_draws_the_same_page(facts: ReportFacts, tmp_path: Path) -> None:
    """What was written beside the page draws it anew to the last byte, wherever it lies."""
    (tmp_path / "here").mkdir()
    page = write_report(facts, tmp_path / "here" / "report").read_text(encoding="utf-8")
    (tmp_path / "here").rename(tmp_path / "there")
    again = read_facts(tmp_path / "there")
    assert again == facts
    assert render_report(again) == page


def test_numbers_that_are_none_survive(facts: ReportFacts, tmp_path: Path) -> None:
    """A diverged run's NaN and infinity come back; the file is JSON that anybody reads."""
    (tmp_path / "report").mkdir()
    score = dataclasses.replace(facts.score, mse=math.nan, mae=math.inf)
    path = write_facts(dataclasses.replace(facts, score=score), tmp_path / "report")
    document = json.loads(path.read_bytes(), parse_constant=pytest.fail)
    assert document["formatVersion"] == 1
    again = read_facts(tmp_path)
    assert math.isnan(again.score.mse)
    assert again.score.mae == math.inf


def test_a_later_addition_is_passed_over(facts: ReportFacts, tmp_path: Path) -> None:
    """A field that a newer release of the same format adds hinders nobody."""
    (tmp_path / "report").mkdir()
    path = write_facts(facts, tmp_path / "report")
    document = json.loads(path.read_bytes())
    document["facts"]["run"]["mood"] = "good"
    document["more"] = 1
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_facts(tmp_path) == facts


@pytest.mark.parametrize("content", ["", "[]", "{", '{"formatVersion": 1, "facts": {}}'])
def test_a_damaged_file_is_named(content: str, tmp_path: Path) -> None:
    """What cannot be read says which file, and what to do."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "facts.json").write_text(content, encoding="utf-8")
    with pytest.raises(StorageError, match=r"facts\.json") as raised:
        read_facts(tmp_path)
    assert raised.value.remedy
