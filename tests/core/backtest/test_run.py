"""Backtests from end to end: what is kept, what is trained anew, what goes on after a stop."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import DivergedError, JobFileError, PreemptedError, StorageError
from azuraforge_core.backtest.folder import BacktestFolder
from azuraforge_core.backtest.folds import BacktestWindow, Fold, FoldSettings
from azuraforge_core.backtest.observer import SilentBacktest
from azuraforge_core.backtest.results import BacktestResult, FoldResult
from azuraforge_core.backtest.run import Backtest
from azuraforge_core.data.split import Part
from azuraforge_core.training.facts import EpochFacts

Open = Callable[..., Backtest]


class Watch(SilentBacktest):
    """Remembers folds and epochs, and asks to stop when told to."""

    def __init__(self, stop_at_epoch: int = 0, stop_at_fold: int = 0) -> None:
        self.is_requested = False
        self.started: list[int] = []
        self.finished: list[tuple[int, bool]] = []
        self.epochs = 0
        self._stop_at_epoch = stop_at_epoch
        self._stop_at_fold = stop_at_fold

    def fold_started(self, fold: Fold) -> None:
        """Remember it."""
        self.started.append(fold.number)

    def fold_finished(self, result: FoldResult, *, is_new: bool) -> None:
        """Remember it."""
        self.finished.append((result.number, is_new))
        self.is_requested = self.is_requested or result.number == self._stop_at_fold

    def epoch_finished(self, facts: EpochFacts) -> None:  # noqa: ARG002 - the interface
        """Count it."""
        self.epochs += 1
        self.is_requested = self.is_requested or self.epochs == self._stop_at_epoch


def run(backtest: Backtest, folder: Path, watch: Watch | None = None) -> BacktestResult:
    """Carry a backtest out."""
    watch = watch or Watch()
    return backtest.run(folder, watch, watch)


def figures(result: BacktestResult) -> dict[str, Any]:
    """Return a result without what depends on the clock."""
    document: dict[str, Any] = json.loads(result.model_dump_json())
    for fold in document["folds"]:
        del fold["seconds"]
    return document


def test_a_backtest_scores_model_and_baselines_in_every_fold(
    open_sample: Open, tmp_path: Path
) -> None:
    """Three folds, each with the model and all baselines, and all of them together."""
    result = run(open_sample(FoldSettings(3)), tmp_path / "out")
    assert [fold.number for fold in result.folds] == [1, 2, 3]
    for fold in result.folds:
        assert [score.kind for score in fold.baselines] == ["last-value", "seasonal-naive", "ridge"]
        assert fold.train.last_time < fold.validation.first_time
        assert fold.validation.last_time < fold.test.first_time
        assert fold.significance is not None
        assert 0.0 <= fold.significance.p_value <= 1.0
        assert fold.significance.lags == 5
    assert result.windows == sum(fold.windows for fold in result.folds)
    pooled = np.average(
        [fold.model.mse for fold in result.folds], weights=[fold.windows for fold in result.folds]
    )
    assert result.model.mse == pytest.approx(pooled)
    place = BacktestFolder(tmp_path / "out")
    assert BacktestResult.model_validate_json(place.result_file.read_bytes()) == result
    losses = [place.read_losses(number) for number in (1, 2, 3)]
    assert np.concatenate([each.model for each in losses]).mean() == pytest.approx(pooled, rel=1e-5)
    assert not list((tmp_path / "out" / "folds").glob("*/checkpoints"))


def test_the_table_holds_every_fold_and_model(open_sample: Open, tmp_path: Path) -> None:
    """folds.csv has a row for each fold and model and one for each model over all folds."""
    result = run(open_sample(FoldSettings(2), model={"kind": "last-value"}), tmp_path)
    with (tmp_path / "folds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["fold"] for row in rows] == ["1"] * 4 + ["2"] * 4 + ["all"] * 4
    assert float(rows[0]["mse"]) == result.folds[0].model.mse
    assert float(rows[8]["p_value"]) == pytest.approx(
        result.significance.p_value if result.significance else -1
    )
    assert rows[1]["p_value"] == ""


def test_the_page_shows_folds_and_verdict(open_sample: Open, tmp_path: Path) -> None:
    """backtest.html is one document with the verdict, a row for each fold and the test."""
    result = run(open_sample(FoldSettings(2), model={"kind": "last-value"}), tmp_path)
    page = BacktestFolder(tmp_path).page.read_text(encoding="utf-8")
    assert result.verdict.headline in page
    assert "Diebold-Mariano" in page
    assert page.count("<h1>") == 1
    for fold in result.folds:
        assert fold.test.first_time[:10] in page


def test_last_value_against_itself_is_no_difference(open_sample: Open, tmp_path: Path) -> None:
    """The model last-value has exactly the scores of the baseline last value, fold by fold."""
    result = run(open_sample(FoldSettings(3), model={"kind": "last-value"}), tmp_path)
    for fold in result.folds:
        baseline = fold.baseline("last-value")
        assert baseline is not None
        assert (fold.model.mse, fold.model.mae) == (baseline.mse, baseline.mae)
    assert result.verdict.level == "worse"  # ridge beats it by more than luck


def test_ridge_is_not_compared_with_itself(open_sample: Open, tmp_path: Path) -> None:
    """The model ridge differs from the baseline by nothing: p is 1 and the verdict says so."""
    result = run(open_sample(FoldSettings(2), model={"kind": "ridge"}), tmp_path)
    assert result.significance is not None
    assert (result.significance.statistic, result.significance.p_value) == (0.0, 1.0)
    assert result.verdict.headline == "The model is ridge itself"


@pytest.mark.parametrize("window", list(BacktestWindow))
def test_scaling_learns_from_the_folds_own_training_rows(
    open_sample: Open, window: BacktestWindow
) -> None:
    """Each fold's scaler is fitted on its own training rows and on no others."""
    backtest = open_sample(FoldSettings(3, window=window))
    for fold in backtest.folds:
        dataset = backtest.dataset.divided(fold.parts, "standard")
        rows = fold.parts[Part.TRAIN][0]
        known = np.asarray(dataset.values[0, rows.start : rows.stop], dtype=np.float64)
        assert dataset.scaler.mean[0] == pytest.approx(np.nanmean(known))
        starts = dataset.starts(Part.TRAIN)
        first, last = (int(starts.take([number])[0]) for number in (0, len(starts) - 1))
        assert first >= rows.start
        assert last + dataset.window.rows <= rows.stop


def test_without_refitting_one_model_is_trained(open_sample: Open, tmp_path: Path) -> None:
    """--no-refit trains once, before the first fold, and forecasts every fold with that model."""
    watch = Watch()
    settings = FoldSettings(3, refit=False)
    result = run(open_sample(settings), tmp_path / "once", watch)
    assert watch.epochs == 1
    assert len({fold.train.last_time for fold in result.folds}) == 1
    refitted = run(open_sample(FoldSettings(3)), tmp_path / "each")
    assert result.folds[0].model == refitted.folds[0].model
    assert result.folds[2].model != refitted.folds[2].model


def test_finished_folds_are_not_carried_out_again(open_sample: Open, tmp_path: Path) -> None:
    """The same backtest in the same folder takes finished folds up and ends with the same."""
    backtest = open_sample(FoldSettings(3))
    watch = Watch(stop_at_fold=2)
    with pytest.raises(PreemptedError):
        run(backtest, tmp_path / "stopped", watch)
    again = Watch()
    result = run(backtest, tmp_path / "stopped", again)
    assert again.started == [3]
    assert again.finished == [(1, False), (2, False), (3, True)]
    assert figures(result) == figures(run(backtest, tmp_path / "whole"))


@pytest.mark.parametrize("refit", [True, False])
def test_a_stop_within_a_fold_changes_nothing(
    open_sample: Open, tmp_path: Path, refit: bool
) -> None:
    """Stopped in the middle of a fold's training and continued: the same figures, bit by bit."""
    training = {"epochs": 3, "batch_size": 256}
    backtest = open_sample(FoldSettings(2, refit=refit), training=training)
    with pytest.raises(PreemptedError):
        run(backtest, tmp_path / "stopped", Watch(stop_at_epoch=2))
    watch = Watch()
    result = run(backtest, tmp_path / "stopped", watch)
    assert watch.epochs < 6 if refit else watch.epochs < 3
    assert figures(result) == figures(run(backtest, tmp_path / "whole"))


def test_a_fold_that_diverges_is_named_and_the_others_stay(
    open_sample: Open, tmp_path: Path
) -> None:
    """A loss that becomes NaN says in which fold, as every explained failure does."""
    training = {"epochs": 1, "batch_size": 64, "learning_rate": 1e30, "gradient_clip": None}
    with pytest.raises(DivergedError, match="Fold 1: Training diverged"):
        run(open_sample(FoldSettings(2), training=training), tmp_path)


def test_a_folder_of_another_backtest_is_left_alone(open_sample: Open, tmp_path: Path) -> None:
    """Other folds or another config in the same folder are refused by name of what differs."""
    last_value = {"kind": "last-value"}
    run(open_sample(FoldSettings(2), model=last_value), tmp_path)
    before = BacktestFolder(tmp_path).result_file.read_bytes()
    with pytest.raises(JobFileError, match="differs in --folds"):
        run(open_sample(FoldSettings(3), model=last_value), tmp_path)
    with pytest.raises(JobFileError, match="differs in the config and --window"):
        run(open_sample(FoldSettings(2, window=BacktestWindow.SLIDING)), tmp_path)
    assert BacktestFolder(tmp_path).result_file.read_bytes() == before


def test_a_folder_with_something_else_is_left_alone(open_sample: Open, tmp_path: Path) -> None:
    """A folder that holds a person's files is refused, and so is a file."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(JobFileError, match="holds no backtest"):
        run(open_sample(FoldSettings(2)), tmp_path)
    with pytest.raises(JobFileError, match="is a file"):
        run(open_sample(FoldSettings(2)), tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_two_processes_do_not_share_a_folder(open_sample: Open, tmp_path: Path) -> None:
    """While somebody works on a folder, a second backtest of it is refused."""
    backtest = open_sample(FoldSettings(2), model={"kind": "last-value"})
    place = BacktestFolder(tmp_path)
    place.claim(backtest.plan)
    with place.held(), pytest.raises(JobFileError, match="Another process works on"):
        run(backtest, tmp_path)
    run(backtest, tmp_path)


@pytest.mark.parametrize("name", ["backtest.json", "folds/1.json", "folds/1.npz"])
def test_a_damaged_file_is_told_by_name(open_sample: Open, tmp_path: Path, name: str) -> None:
    """A torn file of the folder gives a sentence and no traceback, and nothing is overwritten."""
    backtest = open_sample(FoldSettings(2), model={"kind": "last-value"})
    run(backtest, tmp_path)
    (tmp_path / name).write_bytes(b"{")
    with pytest.raises(StorageError, match=f"{name} is damaged"):
        run(backtest, tmp_path)
    assert (tmp_path / name).read_bytes() == b"{"


def test_several_series_count_once_for_each_time(open_sample: Open, tmp_path: Path) -> None:
    """Windows of three airports that begin at one hour are one witness to the test."""
    dataset = {
        "source": {"kind": "sample"},
        "target_columns": ["temp"],
        "split": {"train": 0.7, "validation": 0.1, "test": 0.2},
    }
    settings = FoldSettings(2)
    result = run(open_sample(settings, dataset=dataset, model={"kind": "last-value"}), tmp_path)
    assert result.significance is not None
    assert result.windows > 2 * result.significance.windows
