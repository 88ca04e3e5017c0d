"""The published data sets of `forecasting.py`: their columns, their split, and the self-test.

Repeating the last value needs no training, so its error on every test window pins down the split,
the scaling and the windows. Where it is known to three decimals, a benchmark that does not
reproduce it refuses to go on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.models.last_value import LastValue

__all__ = ["DATA", "DataSet", "self_test"]

_HOURLY_ENDS: Final = (8640, 11_520, 14_400)
"""Twelve, four and four months of thirty days, in hours."""
_FRACTIONS: Final = {"train": 0.7, "validation": 0.1, "test": 0.2}


@dataclass(frozen=True)
class DataSet:
    """One published data set.

    Attributes:
        name: as in the tables.
        file: its file in the folder of data.
        targets: what is forecast; empty: every column.
        ahead: columns known ahead of time.
        split: the published one.
        last_value: horizon → MSE and MAE of repeating the last value, to three decimals.
    """

    name: str
    file: str
    targets: tuple[str, ...]
    ahead: tuple[str, ...]
    split: dict[str, Any]
    last_value: dict[int, tuple[float, float]]

    def config(self, folder: Path, *, calendar: bool) -> dict[str, Any]:
        """Return the ``dataset`` of a job: every row is a step, cells as they are."""
        return {
            "source": {"kind": "file", "path": str(folder / self.file), "time_column": "date"},
            "target_columns": list(self.targets),
            "future_columns": list(self.ahead),
            "spacing": "rows",
            "missing": {"sentinels": "keep"},
            "calendar_features": calendar,
            "split": self.split,
        }


def self_test(data: DataSet, dataset: ForecastDataset) -> str:
    """Return how repeating the last value did, in words.

    Raises:
        SystemExit: it is not what the protocol gives; every other number would be wrong too.
    """
    scores = evaluate(LastValue(dataset.shape), dataset, Part.TEST)
    found = (round(scores.mse, 3), round(scores.mae, 3))
    expected = data.last_value.get(dataset.window.horizon)
    measured = f"last value {found[0]:.3f} / {found[1]:.3f} over {scores.windows} test windows"
    if expected is None:
        return f"{measured} (no published value to compare with)"
    if found != expected:
        raise SystemExit(
            f"{data.name}: {measured}, but the protocol gives {expected}. The split, the scaling "
            "or the windows are not the published ones."
        )
    return f"{measured}, as the protocol gives"


_SETS = (
    DataSet(
        name="ETTh1",
        file="ETTh1.csv.gz",
        targets=(),
        ahead=(),
        split={"boundaries": list(_HOURLY_ENDS)},
        last_value={
            96: (1.294, 0.713),
            192: (1.325, 0.733),
            336: (1.330, 0.746),
            720: (1.335, 0.755),
        },
    ),
    DataSet(
        name="ETTm1",
        file="ETTm1.csv.gz",
        targets=(),
        ahead=(),
        split={"boundaries": [end * 4 for end in _HOURLY_ENDS]},
        last_value={
            96: (1.214, 0.665),
            192: (1.261, 0.690),
            336: (1.287, 0.707),
            720: (1.322, 0.729),
        },
    ),
    DataSet(
        name="Weather",
        file="weather_jena_10min_2020.csv.gz",
        targets=(),
        ahead=(),
        split=_FRACTIONS,
        last_value={
            96: (0.259, 0.254),
            192: (0.309, 0.292),
            336: (0.376, 0.338),
            720: (0.465, 0.394),
        },
    ),
    DataSet(
        name="EPF-NP",
        file="EPF_NP.csv.gz",
        targets=("OT",),
        ahead=("Grid load forecast", "Wind power forecast"),
        split=_FRACTIONS,
        last_value={},
    ),
    DataSet(
        name="EPF-PJM",
        file="EPF_PJM.csv.gz",
        targets=("OT",),
        ahead=("System load forecast", "Zonal COMED load foecast"),
        split=_FRACTIONS,
        last_value={},
    ),
)

DATA: Final = {data.name: data for data in _SETS}
