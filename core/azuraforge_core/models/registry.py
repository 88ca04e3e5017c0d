"""From a model's config to the model: what a job file can name.

Two kinds: a trainable model is a module built by `build_model` and trained step by step; a baseline
is fitted in closed form by its own file. `ModelConfig` is the union that a job file's ``model``
is validated against.
"""

from functools import partial
from typing import Annotated, TypeAlias, get_args

from pydantic import Field

from azuraforge_core.device import Device
from azuraforge_core.models.dlinear import DLinear, DLinearConfig
from azuraforge_core.models.gru import GruConfig, GruForecaster
from azuraforge_core.models.itransformer import ITransformerConfig, build_itransformer
from azuraforge_core.models.last_value import LastValueConfig
from azuraforge_core.models.lstm import LstmConfig, LstmForecaster
from azuraforge_core.models.patchtst import PatchTstConfig, build_patchtst
from azuraforge_core.models.quantile_forecaster import QuantileForecaster
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_core.models.seasonal_naive import SeasonalNaiveConfig
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig, TcnForecaster
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.place import place

__all__ = [
    "BaselineConfig",
    "ModelConfig",
    "TrainableConfig",
    "build_model",
    "is_trainable",
]

TrainableConfig: TypeAlias = (
    DLinearConfig | LstmConfig | GruConfig | TcnConfig | PatchTstConfig | ITransformerConfig
)
BaselineConfig: TypeAlias = RidgeConfig | LastValueConfig | SeasonalNaiveConfig
ModelConfig: TypeAlias = Annotated[TrainableConfig | BaselineConfig, Field(discriminator="kind")]


def is_trainable(config: TrainableConfig | BaselineConfig) -> bool:
    """Return whether the model is trained step by step rather than fitted in closed form."""
    return isinstance(config, get_args(TrainableConfig))


def build_model(
    config: TrainableConfig,
    shape: WindowShape,
    *,
    seed: int,
    device: Device,
    dtype: str = "float32",
    quantiles: int = 0,
) -> Module:
    """Build a trainable model with its initial parameters.

    Args:
        config: which model with which settings.
        shape: the window's sizes.
        seed: initial parameters are a function of it and of their names.
        device: where the model lives.
        dtype: ``"float32"``, or ``"float64"`` where the engine is checked.
        quantiles: how many quantiles are forecast in place of one number; 0 for one number.

    Returns:
        A module called ``model(x, future) -> y``; see `optim.train_step.Forecaster`.

    Raises:
        JobFileError: the settings do not fit the window.
    """
    model = (
        QuantileForecaster(partial(_describe, config), shape, quantiles)
        if quantiles
        else _describe(config, shape)
    )
    place(model, seed=seed, device=device, dtype=dtype)
    return model


def _describe(config: TrainableConfig, shape: WindowShape) -> Module:
    match config:
        case DLinearConfig():
            return DLinear(config, shape)
        case LstmConfig():
            return LstmForecaster(config, shape)
        case GruConfig():
            return GruForecaster(config, shape)
        case TcnConfig():
            return TcnForecaster(config, shape)
        case PatchTstConfig():
            return build_patchtst(config, shape)
        case ITransformerConfig():
            return build_itransformer(config, shape)
