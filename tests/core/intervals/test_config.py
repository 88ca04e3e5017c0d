"""What a job may say about intervals, and the sentence where it may not."""

from typing import Any

import pytest
from pydantic import ValidationError

from azuraforge_core.intervals.config import IntervalsConfig
from azuraforge_core.pipelines.forecast_config import ForecastConfig

DATASET = {"source": {"kind": "sample"}}


def _config(**fields: Any) -> ForecastConfig:
    return ForecastConfig.model_validate({"dataset": DATASET, **fields})


def test_intervals_are_there_by_default() -> None:
    """A job that says nothing gets conformal intervals of 80 and 95 %, which adapt."""
    config = _config()
    assert config.intervals == IntervalsConfig(kind="conformal", levels=(0.8, 0.95), adaptive=True)
    assert config.quantiles == ()


def test_levels_are_sorted() -> None:
    """The order in which levels are written makes no difference."""
    assert IntervalsConfig(levels=(0.95, 0.5)).levels == (0.5, 0.95)


@pytest.mark.parametrize("levels", [(), (0.8, 0.8), (0.0,), (1.0,), (80,), tuple(range(11))])
def test_levels_that_are_none_are_refused(levels: tuple[float, ...]) -> None:
    """Levels are distinct parts of one, one to ten of them."""
    with pytest.raises(ValidationError):
        IntervalsConfig(levels=levels)


def test_quantile_heads_name_their_quantiles() -> None:
    """A trainable model with quantile intervals forecasts the ends and the median."""
    config = _config(intervals={"kind": "quantile", "levels": [0.8]}, model={"kind": "dlinear"})
    assert config.quantiles == (0.1, 0.5, 0.9)


@pytest.mark.parametrize("kind", ["ridge", "last-value", "seasonal-naive"])
def test_a_closed_form_has_no_quantile_heads(kind: str) -> None:
    """The sentence names the model and what to use instead."""
    with pytest.raises(ValidationError, match=f"{kind} is fitted in closed form. Use intervals"):
        _config(intervals={"kind": "quantile"}, model={"kind": kind})


def test_another_loss_beside_quantile_heads_is_refused() -> None:
    """The loss is the pinball loss; a job that names another is told so."""
    with pytest.raises(ValidationError, match=r"training\.loss is mae, but intervals\.kind: quant"):
        _config(intervals={"kind": "quantile"}, training={"loss": "mae"})


def test_defaults_written_out_are_no_other_loss() -> None:
    """A config that was written down with its defaults is read back as it was."""
    config = _config(intervals={"kind": "quantile"})
    assert ForecastConfig.model_validate(config.model_dump(mode="json")) == config
