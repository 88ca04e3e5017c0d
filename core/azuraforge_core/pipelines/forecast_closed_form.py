"""Forecasters that are fitted in one go: ridge, last value, seasonal naive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.models.last_value import LastValue, LastValueConfig
from azuraforge_core.models.registry import BaselineConfig
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_core.models.ridge_fit import fit_ridge
from azuraforge_core.models.seasonal_naive import build_seasonal_naive

__all__ = ["FittedForecaster", "fit_closed_form"]


@dataclass(frozen=True)
class FittedForecaster:
    """A forecaster that is finished.

    Attributes:
        predictor: forecasts with it.
        weights: what a stored model needs, by name, on the host.
        parameters: fitted numbers.
        selection: how settings were chosen, one sentence; empty where nothing was.
        notes: what was cut or left out, one sentence each.
    """

    predictor: Predictor
    weights: Mapping[str, npt.NDArray[Any]]
    parameters: int
    selection: str = ""
    notes: tuple[str, ...] = ()


def fit_closed_form(config: BaselineConfig, dataset: ForecastDataset) -> FittedForecaster:
    """Fit a model on the training windows, its settings chosen by validation.

    Raises:
        JobFileError: the settings do not fit the window.
    """
    if isinstance(config, RidgeConfig):
        return _ridge(config, dataset)
    if isinstance(config, LastValueConfig):
        last_value = LastValue(dataset.shape)
        return FittedForecaster(last_value, last_value.state(), parameters=0)
    naive = build_seasonal_naive(config, dataset.shape, dataset.facts.step)
    return FittedForecaster(naive, naive.state(), parameters=0)


def _ridge(config: RidgeConfig, dataset: ForecastDataset) -> FittedForecaster:
    fit = fit_ridge(dataset, config)
    seen = {"target": "the target's own past", "all": "all columns"}[fit.form]
    selection = (
        f"Ridge on {seen} with penalty {fit.penalty:g} had the least validation MSE, "
        f"{fit.best_validation_mse:.4f}."
    )
    return FittedForecaster(
        fit.model, fit.model.state(), fit.model.weight.size, selection, fit.notes
    )
