"""What a job file may name as its model."""

import pytest
from pydantic import TypeAdapter, ValidationError

from azuraforge_core.models.registry import (
    BaselineConfig,
    ModelConfig,
    TrainableConfig,
    is_trainable,
)
from azuraforge_core.models.shape import WindowShape

_ADAPTER: TypeAdapter[TrainableConfig | BaselineConfig] = TypeAdapter(ModelConfig)


@pytest.mark.parametrize("kind", ["dlinear", "lstm", "gru", "tcn", "patchtst", "itransformer"])
def test_networks_are_trainable(kind: str) -> None:
    """A network is trained step by step."""
    assert is_trainable(_ADAPTER.validate_python({"kind": kind}))


@pytest.mark.parametrize("kind", ["ridge", "last-value", "seasonal-naive"])
def test_baselines_are_not(kind: str) -> None:
    """A baseline is fitted in closed form."""
    assert not is_trainable(_ADAPTER.validate_python({"kind": kind}))


def test_an_unknown_model_is_refused() -> None:
    """A model that does not exist is an error that lists those that do."""
    with pytest.raises(ValidationError, match="'lstm', 'gru', 'tcn', 'patchtst', 'itransformer'"):
        _ADAPTER.validate_python({"kind": "patchtts"})


@pytest.mark.parametrize(
    "sizes", [(0, 1, 1, 1, 0), (1, 0, 1, 1, 0), (1, 1, 2, 1, 0), (1, 1, 1, 2, 2), (1, 1, 1, 1, -1)]
)
def test_impossible_windows_are_refused(sizes: tuple[int, int, int, int, int]) -> None:
    """A window without steps or with more targets and future columns than columns is a mistake."""
    with pytest.raises(ValueError, match=r"at least 1|cannot hold"):
        WindowShape(*sizes)
