"""What the sections say of findings: in words that are true, and only where there is something."""

import dataclasses
from typing import Any

import pytest

from azuraforge_core.report.document import Timeline
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.page import render_report
from azuraforge_core.report.sections.gaps import gap_picture


def _changed(facts: ReportFacts, **changes: object) -> str:
    assert facts.findings is not None
    findings = dataclasses.replace(facts.findings, **changes)  # type: ignore[arg-type]
    return render_report(dataclasses.replace(facts, findings=findings))


@pytest.mark.parametrize(
    ("p_value", "said"), [(0.016, "larger than chance"), (0.4, "can be chance")]
)
def test_a_difference_is_weighed_beside_the_verdict(
    facts: ReportFacts, p_value: float, said: str
) -> None:
    """Whether the difference to the baseline can be chance stands right beneath the verdict."""
    assert facts.findings is not None
    assert facts.findings.difference is not None
    difference = dataclasses.replace(facts.findings.difference, p_value=p_value)
    page = _changed(facts, difference=difference)
    verdict = page[page.index('id="verdict"') : page.index('class="figures"')]
    assert said in verdict


def test_intervals_that_miss_are_said_aloud(facts: ReportFacts) -> None:
    """Coverage off by more than two points stands beside the verdict; true intervals do not."""
    page = render_report(facts)
    assert page.count("The 80 % interval is too narrow") == 2
    assert facts.findings is not None
    assert facts.findings.intervals is not None
    true = dataclasses.replace(
        facts.findings.intervals, levels=facts.findings.intervals.levels[1:], notes=()
    )
    assert "too narrow" not in _changed(facts, intervals=true)
    assert "How far the intervals" not in _changed(facts, intervals=None)


def test_inputs_that_are_not_used_are_named(facts: ReportFacts) -> None:
    """An input without importance is said to be unused, correlated ones to share theirs."""
    page = render_report(facts)
    assert "The model makes no use of wind_u." in page
    assert "temp and dewp (0.82)" in page
    assert "+490 %" in page


def test_memory_in_the_residuals_is_said(facts: ReportFacts) -> None:
    """Lags outside the band of white noise mean that something predictable is left."""
    assert "something predictable is left" in render_report(facts)
    assert facts.findings is not None
    (one,) = facts.findings.residuals
    noise = dataclasses.replace(one, autocorrelation=(0.01, -0.02, 0.03))
    assert "as of pure noise" in _changed(facts, residuals=(noise,))


def test_the_picture_of_gaps_shows_what_is_missing(facts: ReportFacts) -> None:
    """Each column that lacks cells has a strip whose stretches make up the whole time."""
    (picture,) = gap_picture(facts.dataset.table)
    assert isinstance(picture, Timeline)
    assert picture.strips[0].name == "pressure"
    for strip in picture.strips:
        assert sum(stretch.share for stretch in strip.stretches) == pytest.approx(1)
    states = [stretch.state for stretch in picture.strips[0].stretches]
    assert states == ["filled", "present", "many", "present"]
    assert "812 of 8,800 cells missing, of these 6 filled" in picture.strips[0].text


def test_a_table_without_gaps_says_so(facts: ReportFacts) -> None:
    """Nothing missing, or never recorded, is a sentence instead of a picture."""
    table = facts.dataset.table
    whole = tuple(c.model_copy(update={"missing": 0}) for c in table.quality.columns)
    cases: dict[str, dict[str, Any]] = {
        "No cell is missing": {"columns": whole},
        "was not recorded": {"rows_by_stretch": ()},
    }
    for said, update in cases.items():
        quality = table.quality.model_copy(update=update)
        (block,) = gap_picture(table.model_copy(update={"quality": quality}))
        assert said in getattr(block, "text", "")
