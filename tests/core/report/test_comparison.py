"""Runs side by side: the better one first, and every reason to doubt it said."""

import dataclasses
import math

import pytest

from azuraforge_contract.errors import DataError
from azuraforge_core.data.facts import ColumnFact, ColumnRole
from azuraforge_core.report.compared_run import ComparedRun, label_runs
from azuraforge_core.report.comparison import render_comparison
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.sections.compared_forecasts import compared_forecasts_section
from azuraforge_core.report.sections.compared_scores import compared_scores_section, score_rows


def _with_mse(facts: ReportFacts, mse: float) -> ReportFacts:
    return dataclasses.replace(facts, score=dataclasses.replace(facts.score, mse=mse))


def test_the_best_run_leads(facts: ReportFacts) -> None:
    """The table begins with the least error, and the headline names that run."""
    runs = label_runs([("slow", _with_mse(facts, 0.09)), ("good", _with_mse(facts, 0.07))])
    assert [run.label for run in runs] == ["slow", "good"]
    table = compared_scores_section(runs).blocks[1]
    assert [row[0] for row in getattr(table, "rows", ())] == ["good", "slow"]
    page = render_comparison(runs)
    assert "good has the least error" in page
    assert "22 % less error" in page
    assert "digests differ" not in page


def test_a_difference_that_a_seed_makes_is_called_none(facts: ReportFacts) -> None:
    """Runs within a percent are about equally good."""
    runs = label_runs([("a", _with_mse(facts, 0.0800)), ("b", _with_mse(facts, 0.0803))])
    assert "a and b are about equally good" in render_comparison(runs)


def test_other_data_and_windows_are_said(facts: ReportFacts) -> None:
    """Different digests or horizons leave no picture of one window, but a caution."""
    other = dataclasses.replace(facts.dataset, digest="another", horizon=12)
    runs = label_runs([("a", facts), ("b", dataclasses.replace(facts, dataset=other))])
    page = render_comparison(runs)
    assert "their digests differ" in page
    assert "differ in lookback or horizon" in page
    assert "laid over one another" in page
    assert len(compared_forecasts_section(runs).blocks) == 1


def test_the_same_windows_are_laid_over_one_another(
    facts: ReportFacts, ridge_facts: ReportFacts
) -> None:
    """Each window that all reports show has the truth once and a forecast of every run."""
    runs = label_runs([("a", facts), ("b", ridge_facts)])
    (_, chooser) = compared_forecasts_section(runs).blocks
    charts = [choice.chart for choice in getattr(chooser, "choices", ())]
    assert len(charts) == 4
    assert [path.title for path in charts[0].paths] == ["History", "Truth", "a", "b"]


def test_other_targets_are_refused(facts: ReportFacts) -> None:
    """The errors of two targets say nothing about one another."""
    column = ColumnFact(name="load", role=ColumnRole.TARGET, unit="MW")
    table = facts.dataset.table.model_copy(update={"columns": (column,)})
    dataset = dataclasses.replace(facts.dataset, table=table)
    runs = label_runs([("a", facts), ("b", dataclasses.replace(facts, dataset=dataset))])
    with pytest.raises(DataError, match=r"different targets: a temp; b load"):
        render_comparison(runs)


def test_a_diverged_run_is_last_and_null(facts: ReportFacts) -> None:
    """A run whose error is no number does not lead, and is null for programs."""
    runs = label_runs([("bad", _with_mse(facts, math.nan)), ("good", facts)])
    page = render_comparison(runs)
    assert "Only good is usable" in page
    assert [row["mse"] for row in score_rows(runs)] == [None, facts.score.mse]


def test_folders_of_one_name_are_told_apart(facts: ReportFacts) -> None:
    """Two folders may have one name; the labels have not."""
    assert [run.label for run in label_runs([("run", facts), ("run", facts)])] == ["run", "run (2)"]


def test_eight_runs_have_eight_looks(facts: ReportFacts) -> None:
    """As many lines as runs, each of its own style."""
    runs: tuple[ComparedRun, ...] = label_runs([(f"r{i}", facts) for i in range(8)])
    page = render_comparison(runs)
    assert all(f'class="line run-{number}"' in page for number in range(1, 9))
