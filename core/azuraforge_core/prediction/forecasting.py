"""Forecasts with a stored model: the one function that the command line and the API call.

Every series is forecast by itself, so that its numbers do not depend on which others were asked
for. A forecaster does not change, so that any number of threads may call `forecast` at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError, JobFileError
from azuraforge_contract.validation import nearest
from azuraforge_core.intervals.forecasting import forecast_with_bands
from azuraforge_core.prediction.changes import check_what_if, with_changes
from azuraforge_core.prediction.input_checks import check_inputs
from azuraforge_core.prediction.known_rows import KnownRows, columns_of, step_of, stored_rows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.result import Band, Forecast, ForecastTarget, SeriesForecast
from azuraforge_core.prediction.situation import Situation
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["MAXIMUM_EXTENSION", "forecast"]

Float64Array = npt.NDArray[np.float64]

MAXIMUM_EXTENSION: Final = 10
"""How many times its trained horizon a model is asked for, at most."""
_MAXIMUM_NAMES_SHOWN: Final = 20
_EVERYTHING: Final = ForecastRequest()


@dataclass(frozen=True)
class _Numbers:
    """One series' forecast in units: ``(row, target)`` each."""

    values: Float64Array
    bands: tuple[Band, ...]


def forecast(forecaster: Forecaster, request: ForecastRequest = _EVERYTHING) -> Forecast:
    """Forecast series from the stored history, or from given rows.

    Args:
        forecaster: the model.
        request: what is asked for; by default all series over the trained horizon.

    Raises:
        JobFileError: the request does not fit the model: its horizon, series or what-if.
        DataError: the rows do not suffice for a forecast.
    """
    manifest = forecaster.manifest
    horizon = _checked_horizon(request.horizon, manifest)
    check_what_if(manifest, request.what_if)
    _check_what_if_rows(request.what_if_rows, manifest)
    chosen, notes = _choose(forecaster, request)
    parts: list[SeriesForecast] = []
    first_problem: DataError | None = None
    for rows in chosen:
        try:
            parts.append(_forecast_series(forecaster, rows, request, horizon))
        except DataError as error:
            if request.series or len(chosen) == 1:
                raise
            first_problem = first_problem or error
            notes.append(f"Series {rows.series!r} was left out: {error.message}")
    if not parts:
        raise first_problem or DataError("There is no series to forecast.")
    if horizon > manifest.window.horizon:
        notes.append(_extension_note(forecaster))
    if request.what_if and any(part.unchanged is None for part in parts):
        notes.append("Without the assumed values no forecast can be made, so none stands beside.")
    targets = columns_of(manifest, "target")
    return Forecast(
        job=manifest.lineage.job,
        kind=manifest.kind,
        targets=tuple(
            ForecastTarget(manifest.columns[c].name, manifest.columns[c].unit) for c in targets
        ),
        step=str(step_of(manifest)),
        time_zone=manifest.step.time_zone,
        what_if=tuple(str(change) for change in request.what_if),
        series=tuple(parts),
        notes=tuple(dict.fromkeys(notes)),
    )


def _checked_horizon(wanted: int | None, manifest: ModelManifest) -> int:
    trained = manifest.window.horizon
    horizon = trained if wanted is None else wanted
    if horizon < 1:
        raise JobFileError(
            f"The horizon is {horizon}, expected at least 1 row.",
            remedy=f"The model was trained to forecast {trained} rows.",
        )
    if horizon <= trained:
        return horizon
    past = [manifest.columns[c].name for c in columns_of(manifest, "past")]
    if past:
        raise JobFileError(
            f"The model forecasts {trained} rows at once, not {horizon}: to go on it would have to "
            f"know {', '.join(map(repr, past[:5]))}, which it does not forecast.",
            remedy=f"Ask for at most {trained} rows, or train with window.horizon: {horizon}, or "
            "with these columns among target_columns.",
        )
    if horizon > MAXIMUM_EXTENSION * trained:
        raise JobFileError(
            f"The horizon is {horizon}; this model, trained for {trained} rows, is asked for at "
            f"most {MAXIMUM_EXTENSION * trained}.",
            remedy="Train with a longer window.horizon; what is forecast from forecasts alone says "
            "little.",
        )
    return horizon


def _check_what_if_rows(rows: int | None, manifest: ModelManifest) -> None:
    lookback = manifest.window.lookback
    if rows is not None and not 1 <= rows <= lookback:
        raise JobFileError(
            f"The what-if changes the last {rows} rows, expected 1 to {lookback}: the model looks "
            f"back {lookback} rows.",
        )


def _choose(
    forecaster: Forecaster, request: ForecastRequest
) -> tuple[tuple[KnownRows, ...], list[str]]:
    """Return the series to forecast, and what to say of them."""
    given = request.rows
    known = stored_rows(forecaster) if given is None else given.series
    notes = [] if given is None else list(given.notes)
    refused = {} if given is None else dict(given.refused)
    by_name = {rows.series: rows for rows in known}
    for name in request.series:
        if name in refused:
            raise DataError(refused[name])
        if name not in by_name:
            raise _unknown_series(name, tuple(by_name), is_stored=given is None)
    if not by_name and refused:
        raise DataError(next(iter(refused.values())))
    notes += [f"Series {name!r} was left out: {why}" for name, why in refused.items()]
    names = dict.fromkeys(request.series or by_name)
    return tuple(by_name[name] for name in names), notes


def _unknown_series(name: str, known: Sequence[str], *, is_stored: bool) -> JobFileError:
    near = nearest(name, known)
    shown = ", ".join(map(repr, known[:_MAXIMUM_NAMES_SHOWN]))
    if not any(known):
        remedy = "There is only one, without a name: leave the series out."
    else:
        remedy = f"Did you mean {near!r}?" if near else f"The series: {shown}."
    where = "The model has" if is_stored else "The rows have"
    return JobFileError(f"{where} no series {name!r}.", remedy=remedy)


def _forecast_series(
    forecaster: Forecaster, rows: KnownRows, request: ForecastRequest, horizon: int
) -> SeriesForecast:
    manifest = forecaster.manifest
    blocks = -(-horizon // manifest.window.horizon)
    plain = Situation.of(forecaster, rows, blocks * manifest.window.horizon)
    situation = with_changes(plain, manifest, request.what_if, request.what_if_rows)
    check_inputs(situation, manifest)
    numbers = _numbers(forecaster, situation, horizon)
    targets = len(columns_of(manifest, "target"))
    return SeriesForecast(
        series=rows.series,
        times=situation.ahead_times[:horizon],
        values=numbers.values,
        bands=numbers.bands,
        unchanged=_unchanged(forecaster, plain, horizon) if request.what_if else None,
        history_times=plain.times,
        history=plain.values[:targets].T.astype(np.float64),
    )


def _unchanged(forecaster: Forecaster, plain: Situation, horizon: int) -> Float64Array | None:
    try:
        check_inputs(plain, forecaster.manifest)
    except DataError:
        return None
    return _numbers(forecaster, plain, horizon).values


def _numbers(forecaster: Forecaster, situation: Situation, horizon: int) -> _Numbers:
    """Forecast block by block: each later one from the forecasts before it."""
    names = forecaster.manifest.data.series
    series = names.index(situation.series) if situation.series in names else None
    targets = forecaster.shape.targets
    mean, std = forecaster.scaler.mean[:targets], forecaster.scaler.std[:targets]
    values: list[Float64Array] = []
    bands: tuple[Band, ...] = ()
    now = situation
    for block in range(-(-horizon // forecaster.shape.horizon)):
        x, future = now.scaled(forecaster, block)
        found = forecast_with_bands(
            forecaster.predictor, forecaster.intervals, x, future, series=series
        )
        in_units = found.point[0].astype(np.float64) * std + mean
        if block == 0 and found.bands is not None:
            scaled = found.bands.in_units(mean, std)
            bands = tuple(
                Band(
                    level,
                    _fitted(scaled.lower[0, ..., i], horizon),
                    _fitted(scaled.upper[0, ..., i], horizon),
                )
                for i, level in enumerate(scaled.levels)
            )
        values.append(in_units)
        if (block + 1) * forecaster.shape.horizon < horizon:
            now = now.followed_by(forecaster, in_units.astype(np.float32), block)
    return _Numbers(np.concatenate(values)[:horizon], bands)


def _fitted(ends: npt.NDArray[Any], rows: int) -> Float64Array:
    """Return ``(rows, target)``: cut, or filled with NaN where a model has no interval."""
    fitted = np.full((rows, ends.shape[1]), np.nan)
    fitted[: len(ends)] = ends[:rows]
    return fitted


def _extension_note(forecaster: Forecaster) -> str:
    trained = forecaster.manifest.window.horizon
    note = (
        f"The model was trained for {trained} rows; those after them are forecast from its own "
        "forecasts, and their error grows unmeasured."
    )
    return note if forecaster.intervals is None else f"{note} They have no intervals."
