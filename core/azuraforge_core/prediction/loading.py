"""From a model's folder to a forecaster that can be called.

Called by the command line, the API, export and the comparison of runs. Only the folder itself is
read: the architecture, the sizes, the scales and the ends of the series all lie in it, so that a
model outlives its training data and the plugin that trained it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import numpy as np
import pydantic

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_core.data.scaler import Scaler
from azuraforge_core.device import Device
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.intervals.stored import StoredIntervals
from azuraforge_core.models.last_value import LastValue, LastValueConfig
from azuraforge_core.models.registry import ModelConfig, TrainableConfig, build_model
from azuraforge_core.models.ridge import Ridge, RidgeConfig
from azuraforge_core.models.seasonal_naive import SeasonalNaive, SeasonalNaiveConfig
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.pipelines.forecast_predictor import predictor_of
from azuraforge_core.store.model_folder import SeriesHistory, StoredModel, read_model
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["Forecaster", "load_forecaster", "shape_of"]

_KNOWN_AHEAD: Final = ("future", "calendar")
_REMEDY: Final = "Restore the folder from a backup, or train the model again."
_CPU: Final = Device("cpu", np)


@dataclass(frozen=True)
class Forecaster:
    """A stored model, ready to forecast; nothing in it changes, so threads may share it.

    Attributes:
        manifest: what the model is.
        shape: the static sizes of its window.
        predictor: forecasts ``(batch, horizon, target)``, scaled, on ``device``.
        scaler: mean and standard deviation of every channel, as fitted in training.
        histories: the ends of the series, in the order of ``manifest.data.series``.
        intervals: how sure its forecasts are; None for a model without intervals. With ``quantile``
            intervals the predictor is a `QuantilePredictor`.
        device: where the predictor wants its inputs.
    """

    manifest: ModelManifest
    shape: WindowShape
    predictor: Predictor
    scaler: Scaler
    histories: tuple[SeriesHistory, ...]
    intervals: StoredIntervals | None
    device: Device


def load_forecaster(model_folder: Path, *, device: Device | None = None) -> Forecaster:
    """Return the forecaster that lies in a model's folder.

    Args:
        model_folder: the folder that holds ``model.json`` and ``model.safetensors``.
        device: where to forecast; None: on the CPU.

    Raises:
        StorageError: the folder holds no model, a damaged one, or one of a newer release.
    """
    stored = read_model(model_folder)
    on_device = device or _CPU
    try:
        shape = shape_of(stored.manifest)
        intervals = StoredIntervals.from_state(stored.manifest.intervals, stored.intervals)
        predictor = _build_predictor(stored, shape, intervals, on_device)
        _check_histories(stored, shape)
    except (JobFileError, KeyError, IndexError, TypeError, ValueError) as error:
        raise StorageError(
            f"The model in {model_folder} is damaged: {_said(error)}", remedy=_REMEDY
        ) from error
    return Forecaster(
        manifest=stored.manifest,
        shape=shape,
        predictor=predictor,
        scaler=_scaler_of(stored.manifest),
        histories=stored.histories,
        intervals=intervals,
        device=on_device,
    )


def shape_of(manifest: ModelManifest) -> WindowShape:
    """Return the static sizes that a model was built for.

    Raises:
        ValueError: its columns and its window make no window.
    """
    roles = [column.role for column in manifest.columns]
    return WindowShape(
        lookback=manifest.window.lookback,
        horizon=manifest.window.horizon,
        targets=roles.count("target"),
        channels=len(roles),
        future_channels=sum(role in _KNOWN_AHEAD for role in roles),
    )


def _build_predictor(
    stored: StoredModel, shape: WindowShape, intervals: StoredIntervals | None, device: Device
) -> Predictor:
    config = pydantic.TypeAdapter[ModelConfig](ModelConfig).validate_python(
        stored.manifest.architecture
    )
    if isinstance(config, get_args(TrainableConfig)):
        quantiles = _quantile_heads(intervals)
        model = build_model(config, shape, seed=0, device=device, quantiles=quantiles)
        model.load_state_dict(stored.weights)
        return predictor_of(model)
    match config:
        case RidgeConfig():
            return Ridge.from_state(stored.weights, shape)
        case LastValueConfig():
            return LastValue.from_state(stored.weights, shape)
        case SeasonalNaiveConfig():
            return SeasonalNaive.from_state(stored.weights, shape)
    raise ValueError(f"{stored.manifest.kind!r} is no kind of model that this release knows")


def _quantile_heads(intervals: StoredIntervals | None) -> int:
    if intervals is None or intervals.facts.kind != "quantile":
        return 0
    return len(intervals.quantiles)


def _scaler_of(manifest: ModelManifest) -> Scaler:
    return Scaler(
        mean=np.array([column.mean for column in manifest.columns], dtype=np.float64),
        std=np.array([column.std for column in manifest.columns], dtype=np.float64),
    )


def _check_histories(stored: StoredModel, shape: WindowShape) -> None:
    names = stored.manifest.data.series
    if len(stored.histories) != len(names):
        raise ValueError(f"it has {len(names)} series, but {len(stored.histories)} histories.")
    for name, history in zip(names, stored.histories, strict=True):
        expected = (shape.channels, len(history.times))
        if history.values.shape != expected:
            raise ValueError(
                f"the history of series {name!r} has shape {history.values.shape}, expected "
                f"{expected}."
            )


def _said(error: Exception) -> str:
    """Return what an error says as the end of a sentence, on one line."""
    if isinstance(error, pydantic.ValidationError):
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"architecture {where}: {first['msg']}.".replace(" :", ":")
    if isinstance(error, KeyError):
        return f"it lacks {error.args[0]}."
    text = error.message if isinstance(error, JobFileError) else str(error)
    return text if text.endswith(".") else f"{text}."
