"""The pages about the REST API are what its code says."""

from pathlib import Path

import pytest

from azuraforge_api.problems.catalog import CATALOG
from azuraforge_api.reference.__main__ import main

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """What `make manifests` would write stands in the documentation already."""
    assert main([str(REFERENCE), "--check"]) == 0, capsys.readouterr().err


def test_an_outdated_page_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that differs, or is not there, fails the comparison and is named."""
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path), "--check"]) == 0
    (tmp_path / "problems.md").write_text("# Problems\n")
    (tmp_path / "openapi.json").unlink()
    assert main([str(tmp_path), "--check"]) == 1
    told = capsys.readouterr().err
    assert "problems.md is out of date" in told
    assert "openapi.json is out of date" in told
    assert "make manifests" in told


def test_every_problem_has_its_section() -> None:
    """Each code of the catalog is a heading, and so has an address on the page."""
    page = (REFERENCE / "problems.md").read_text(encoding="utf-8")
    assert [f"## {kind.code}\n" in page for kind in CATALOG] == [True] * len(CATALOG)
