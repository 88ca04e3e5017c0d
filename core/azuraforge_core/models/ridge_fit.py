"""Fits ridge regressions: normal equations over all training windows, penalty by validation.

Called by the pipelines for the model ``ridge`` and by `evaluation.baselines` for every report.
Windows stream through in small batches; only the Gram matrix is kept, in float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import ColumnRole
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import Device
from azuraforge_core.models.ridge import (
    AllColumnsDesign,
    Design,
    Ridge,
    RidgeConfig,
    TargetDesign,
)

__all__ = ["RidgeFit", "fit_ridge", "fit_ridge_forms"]

Float64Array = npt.NDArray[np.float64]

BATCH_NUMBERS: Final = 4 << 20
"""Numbers of regression inputs held at once: 32 MiB in float64."""
MAXIMUM_FEATURES: Final = 2048
"""Of the form on all columns; a longer lookback is cut to fit."""
MAXIMUM_OPERATIONS: Final = 3e11
"""Multiplications and additions per form and part, some ten seconds on two cores."""
INDIFFERENCE: Final = 1e-3
"""Relative difference of validation errors that is taken for none."""


@dataclass(frozen=True)
class RidgeFit:
    """A fitted form of ridge regression.

    Attributes:
        model: the regression with the best penalty.
        form: ``target`` or ``all``.
        penalty: the penalty chosen.
        validation_mse: penalty → scaled validation MSE.
        notes: what was cut to stay within bounds, one sentence each.
    """

    model: Ridge
    form: str
    penalty: float
    validation_mse: dict[float, float]
    notes: tuple[str, ...]

    @property
    def best_validation_mse(self) -> float:
        """The scaled validation MSE of the penalty chosen."""
        return self.validation_mse[self.penalty]


@dataclass
class _NormalEquations:
    """Sums over regression rows from which every penalty's solution and error follow."""

    gram: Float64Array
    cross: Float64Array
    energy: float = 0.0
    rows: int = 0

    @classmethod
    def empty(cls, design: Design) -> "_NormalEquations":
        return cls(
            np.zeros((design.features, design.features)),
            np.zeros((design.features, design.outputs)),
        )

    def add(self, inputs: Float64Array, outputs: Float64Array) -> None:
        self.gram += inputs.T @ inputs
        self.cross += inputs.T @ outputs
        self.energy += float(np.vdot(outputs, outputs))
        self.rows += len(inputs)

    def solve(self, penalty: float) -> Float64Array:
        """Return the weights that minimize squared error + penalty · squared weights."""
        penalized = self.gram + penalty * np.eye(len(self.gram))
        return np.asarray(np.linalg.solve(penalized, self.cross))

    def mean_squared_error(self, weight: Float64Array) -> float:
        """Return the error of some weights on these rows: Σ‖y - xW‖² in terms of the sums."""
        squares = np.vdot(weight, self.gram @ weight) - 2 * np.vdot(weight, self.cross)
        return float((squares + self.energy) / (self.rows * self.cross.shape[1]))


def fit_ridge(dataset: ForecastDataset, config: RidgeConfig) -> RidgeFit:
    """Fit the form that a config names, for ``best`` the one with the least validation error."""
    return min(fit_ridge_forms(dataset, config), key=lambda fit: fit.best_validation_mse)


def fit_ridge_forms(dataset: ForecastDataset, config: RidgeConfig) -> tuple[RidgeFit, ...]:
    """Fit every form that a config admits, first on the targets alone.

    Where the targets have no company, both forms look at the same columns, and ``best`` and
    ``all`` differ only in sharing the map between targets.
    """
    fits = []
    if config.columns in {"best", "target"}:
        fits.append(_fit("target", TargetDesign(dataset.shape), dataset, config.penalties, ()))
    if config.columns == "all" or (config.columns == "best" and dataset.shape.channels > 1):
        design, notes = _all_columns(dataset)
        fits.append(_fit("all", design, dataset, config.penalties, notes))
    return tuple(fits)


def _all_columns(dataset: ForecastDataset) -> tuple[AllColumnsDesign, tuple[str, ...]]:
    shape = dataset.shape
    calendar = len(dataset.facts.channels(ColumnRole.CALENDAR))
    whole = AllColumnsDesign(shape, calendar=calendar, rows=shape.lookback)
    if whole.features <= MAXIMUM_FEATURES:
        return whole, ()
    spare = whole.features - MAXIMUM_FEATURES
    rows = max(1, shape.lookback - -(-spare // whole.data_channels))
    note = (
        f"Ridge on all columns looks at the latest {rows} of {shape.lookback} rows, to stay "
        f"within {MAXIMUM_FEATURES} inputs."
    )
    return AllColumnsDesign(shape, calendar=calendar, rows=rows), (note,)


def _fit(
    form: str,
    design: Design,
    dataset: ForecastDataset,
    penalties: Sequence[float],
    notes: tuple[str, ...],
) -> RidgeFit:
    train, train_share = _accumulate(design, dataset, Part.TRAIN)
    validation, validation_share = _accumulate(design, dataset, Part.VALIDATION)
    solutions = {penalty: train.solve(penalty) for penalty in penalties}
    errors = {p: validation.mean_squared_error(weight) for p, weight in solutions.items()}
    best = _choose(errors)
    thinned = tuple(
        f"Ridge ({form}) looked at one of {share} {part} windows, to stay within its time."
        for part, share in ((Part.TRAIN, train_share), (Part.VALIDATION, validation_share))
        if share > 1
    )
    model = Ridge(design, solutions[best].astype(np.float32))
    return RidgeFit(model, form, best, errors, (*notes, *thinned))


def _choose(errors: dict[float, float]) -> float:
    """Return the strongest penalty whose validation error is as good as the least.

    Overlapping windows make validation errors far less certain than a tenth of a percent; among
    equals the simpler model is taken, in the spirit of the one-standard-error rule (Breiman et
    al., Classification and Regression Trees, 1984).
    """
    least = min(errors.values())
    return max(penalty for penalty, mse in errors.items() if mse <= least * (1 + INDIFFERENCE))


def _accumulate(
    design: Design, dataset: ForecastDataset, part: Part
) -> tuple[_NormalEquations, int]:
    """Return the sums over a part's windows, and of how many windows each one was taken."""
    starts = dataset.starts(part)
    operations = 2.0 * design.rows_per_window * design.features * (design.features + design.outputs)
    kept = starts.thinned(max(1, int(MAXIMUM_OPERATIONS / operations)))
    gather = WindowGather(dataset, Device("cpu", np))
    numbers = design.rows_per_window * (design.features + design.outputs)
    equations = _NormalEquations.empty(design)
    for batch_starts in kept.batches(max(1, BATCH_NUMBERS // numbers)):
        batch = gather(batch_starts)
        inputs = design.inputs(batch.x, batch.future).astype(np.float64)
        outputs = design.outputs_of(batch.x, batch.y).astype(np.float64)
        equations.add(inputs, outputs)
    return equations, -(-len(starts) // len(kept))
