"""What the tests of prediction share: models trained once."""

import json
import runpy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

_MODELS = runpy.run_path(str(Path(__file__).with_name("trained_models.py")))

Train = Callable[..., Any]


@pytest.fixture(scope="session")
def tables() -> SimpleNamespace:
    """Return the functions that make and write small tables."""
    return SimpleNamespace(**_MODELS)


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Return the function that trains on a table; equal requests are trained once."""
    cache = tmp_path_factory.mktemp("cache")
    finished: dict[str, Any] = {}

    def train(table: Mapping[str, Sequence[Any]], **config: Any) -> Any:
        key = json.dumps([table, config], default=str)
        if key not in finished:
            folder = tmp_path_factory.mktemp("run")
            finished[key] = _MODELS["train_model"](folder, cache, table, **config)
        return finished[key]

    return train
