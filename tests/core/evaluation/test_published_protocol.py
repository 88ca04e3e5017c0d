"""The numbers that every paper's protocol gives, to the digits it prints.

Repeating the last value needs no training, so that its published errors pin down the split, the
scaling, the windows and the means: one window dropped, one row shifted, and a digit changes.
"""

from collections.abc import Callable

import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.models.last_value import LastValue
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_core.models.ridge_fit import fit_ridge

OpenDataset = Callable[..., ForecastDataset]

HOURLY_BOUNDARIES = [8640, 11_520, 14_400]
PUBLISHED = [
    ("ETTh1", 96, 2785, 1.294, 0.713),
    ("ETTh1", 192, 2689, 1.325, 0.733),
    ("ETTh1", 336, 2545, 1.330, 0.746),
    ("ETTh1", 720, 2161, 1.335, 0.755),
    ("ETTm1", 96, 11_425, 1.214, 0.665),
    ("ETTm1", 192, 11_329, 1.261, 0.690),
    ("ETTm1", 336, 11_185, 1.287, 0.707),
    ("ETTm1", 720, 10_801, 1.322, 0.729),
    ("weather_jena_10min_2020", 96, 10_444, 0.259, 0.254),
    ("weather_jena_10min_2020", 192, 10_348, 0.309, 0.292),
    ("weather_jena_10min_2020", 336, 10_204, 0.376, 0.338),
    ("weather_jena_10min_2020", 720, 9820, 0.465, 0.394),
]


def split_of(name: str) -> dict[str, object]:
    """Return the published split: by rows for ETT, by fractions for the others."""
    if not name.startswith("ETT"):
        return {"train": 0.7, "validation": 0.1, "test": 0.2}
    every = 4 if name.startswith("ETTm") else 1
    return {"boundaries": [row * every for row in HOURLY_BOUNDARIES]}


@pytest.mark.parametrize(("name", "horizon", "windows", "mse", "mae"), PUBLISHED)
def test_repeating_the_last_value_gives_the_published_errors(
    name: str, horizon: int, windows: int, mse: float, mae: float, open_benchmark: OpenDataset
) -> None:
    """MSE and MAE over all test windows match to three decimals."""
    # Only the last row of a lookback counts here, so that a lookback of one row is enough.
    dataset = open_benchmark(name, 1, horizon, split=split_of(name))
    scores = evaluate(LastValue(dataset.shape), dataset, Part.TEST)
    assert scores.windows == windows
    assert (round(scores.mse, 3), round(scores.mae, 3)) == (mse, mae)


def test_ridge_reaches_published_accuracy_on_etth1(open_benchmark: OpenDataset) -> None:
    """One linear map shared by all channels, 512 rows back and 96 ahead: test MSE at most .367."""
    dataset = open_benchmark("ETTh1", 512, 96, split=split_of("ETTh1"))
    fit = fit_ridge(dataset, RidgeConfig(columns="target"))
    scores = evaluate(fit.model, dataset, Part.TEST)
    assert scores.windows == 2785
    assert scores.mse <= 0.367
