"""What each model of `forecasting.py` is trained with: one table, read from top to bottom.

The settings are the papers', but for the number of epochs and the learning rate that goes with it,
which are what two CPU cores can do; nothing was chosen by a look at a test part. While a model
trains, validation chooses the epoch, and of ridge the penalty and the form.
"""

from typing import Any, Final

__all__ = ["MODELS", "recipe"]

Settings = dict[str, Any]

_ONE_CYCLE: Final[Settings] = {"schedule": "one-cycle", "gradient_clip": None}


def recipe(model: str, data: str) -> Settings:
    """Return the settings of a model on a data set: lookback, calendar, model and training."""
    general = _GENERAL[model]
    return {**general, **_SPECIAL.get((model, data.partition("-")[0]), {})}


_GENERAL: Final[dict[str, Settings]] = {
    # One linear map, closed form; both forms are fitted and the better one by validation counts.
    "ridge": {"lookback": 512, "model": {"kind": "ridge"}},
    # Zeng et al., AAAI 2023: batch 32, at most ten epochs, a rate that halves with each of them.
    "dlinear": {
        "lookback": 336,
        "model": {"kind": "dlinear"},
        "training": {
            "epochs": 10,
            "batch_size": 32,
            "learning_rate": 5e-3,
            "schedule": {"kind": "step", "every_epochs": 1, "factor": 0.5},
            "early_stopping": {"patience": 3},
            "gradient_clip": None,
        },
    },
    # Nie et al., ICLR 2023, PatchTST/42 for small tables: 100 epochs at 1e-4; here 10 at 1e-3.
    "patchtst-independent": {
        "lookback": 336,
        "model": {"kind": "patchtst", "channels": "independent"},
        "training": {
            "epochs": 10,
            "batch_size": 128,
            "learning_rate": 1e-3,
            "early_stopping": {"patience": 5},
            **_ONE_CYCLE,
        },
    },
    # The same sizes with all columns in a token and a linear map beside the transformer.
    "patchtst-mixed": {
        "lookback": 336,
        "calendar": True,
        "model": {"kind": "patchtst", "channels": "mixed"},
        "training": {
            "epochs": 10,
            "batch_size": 128,
            "learning_rate": 4e-4,
            "early_stopping": {"patience": 5},
            **_ONE_CYCLE,
        },
    },
    # Liu et al., ICLR 2024, with a narrower state (128 instead of 256 to 512).
    "itransformer": {
        "lookback": 336,
        "calendar": True,
        "model": {"kind": "itransformer"},
        "training": {
            "epochs": 10,
            "batch_size": 32,
            "learning_rate": 1e-4,
            "early_stopping": {"patience": 3},
            "gradient_clip": None,
        },
    },
}
"""Model → settings where the data set asks for none of its own."""

_WEEK: Final[Settings] = {"lookback": 168}

_SPECIAL: Final[dict[tuple[str, str], Settings]] = {
    ("ridge", "EPF"): {**_WEEK, "calendar": True},
    ("dlinear", "EPF"): _WEEK,
    # Four times as many windows as ETTh1 has: as many steps in fewer epochs.
    ("patchtst-independent", "EPF"): {
        **_WEEK,
        "training": {
            "epochs": 10,
            "batch_size": 128,
            "learning_rate": 4e-4,
            "early_stopping": {"patience": 5},
            **_ONE_CYCLE,
        },
    },
    # The level of a price says how it will move, so the tokens show it beside the normalized form.
    ("patchtst-mixed", "EPF"): {
        **_WEEK,
        "model": {"kind": "patchtst", "channels": "mixed", "level_columns": True},
        "training": {
            "epochs": 10,
            "batch_size": 128,
            "learning_rate": 4e-4,
            "early_stopping": {"patience": 5},
            **_ONE_CYCLE,
        },
    },
    ("itransformer", "EPF"): _WEEK,
}
"""(model, family of data sets) → what differs: electricity prices are forecast from one week."""

MODELS: Final = tuple(_GENERAL)
