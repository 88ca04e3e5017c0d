"""Ridge regression: the best linear forecast there is, in closed form.

Two forms. ``target``: one map from a target's own lookback to its horizon, shared by all targets,
the window's mean removed; it reaches published accuracy on the ETT benchmarks. ``all``: one map
from every input column, known-ahead ones included, to every target. `ridge_fit` fits both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.device import array_module
from azuraforge_core.models.shape import WindowShape

__all__ = ["AllColumnsDesign", "Design", "Ridge", "RidgeConfig", "TargetDesign", "design_of"]


class RidgeConfig(StrictModel):
    """Closed-form linear regression with a penalty on large weights."""

    kind: Literal["ridge"] = "ridge"
    """Ridge regression."""
    columns: Literal["best", "target", "all"] = "best"
    """target: each target from its own past; all: from every input column; best: whichever does
    better on validation."""
    penalties: tuple[Annotated[float, Field(gt=0, le=1e12)], ...] = Field(
        default=(1.0, 10.0, 100.0, 1e3, 1e4, 1e5), min_length=1, max_length=100
    )
    """Penalties (lambda) to try; the one with the least validation error is taken, of equally good
    ones the strongest."""


@dataclass(frozen=True)
class TargetDesign:
    """One regression row per target: its lookback, the window's mean removed.

    Attributes:
        shape: the window's sizes.
    """

    shape: WindowShape

    @property
    def features(self) -> int:
        """Numbers that a forecast is made from."""
        return self.shape.lookback

    @property
    def outputs(self) -> int:
        """Numbers that one regression row forecasts."""
        return self.shape.horizon

    @property
    def rows_per_window(self) -> int:
        """Regression rows of one window."""
        return self.shape.targets

    def inputs(self, x: Any, future: Any | None) -> Any:  # noqa: ARG002 - this form looks back only
        """Return regression inputs ``(batch·target, lookback)``."""
        own = x[:, :, : self.shape.targets].transpose(0, 2, 1)
        return (own - own.mean(axis=2, keepdims=True)).reshape(-1, self.features)

    def outputs_of(self, x: Any, y: Any) -> Any:
        """Return what they shall give, ``(batch·target, horizon)``."""
        own = x[:, :, : self.shape.targets].transpose(0, 2, 1)
        return (y.transpose(0, 2, 1) - own.mean(axis=2, keepdims=True)).reshape(-1, self.outputs)

    def forecast(self, x: Any, outputs: Any) -> Any:
        """Return forecasts ``(batch, horizon, target)`` from regression outputs."""
        own = outputs.reshape(len(x), self.shape.targets, self.shape.horizon)
        return own.transpose(0, 2, 1) + x[:, :, : self.shape.targets].mean(axis=1, keepdims=True)


@dataclass(frozen=True)
class AllColumnsDesign:
    """One regression row per window: all columns' lookback, levels, known-ahead columns, 1.

    Calendar channels enter with the first step of the horizon only: at every other step they are
    linear in these, being points that turn on a circle.

    Attributes:
        shape: the window's sizes.
        calendar: how many of the known-ahead channels are calendar features; they are the last.
        rows: rows of the lookback that are used, the latest.
    """

    shape: WindowShape
    calendar: int
    rows: int

    @property
    def data_channels(self) -> int:
        """Input columns without the calendar."""
        return self.shape.channels - self.calendar

    @property
    def known_ahead(self) -> int:
        """Future columns without the calendar."""
        return self.shape.future_channels - self.calendar

    @property
    def features(self) -> int:
        """Numbers that a forecast is made from."""
        past = (self.rows + 1) * self.data_channels
        return past + self.shape.horizon * self.known_ahead + self.calendar + 1

    @property
    def outputs(self) -> int:
        """Numbers that one regression row forecasts."""
        return self.shape.horizon * self.shape.targets

    @property
    def rows_per_window(self) -> int:
        """Regression rows of one window."""
        return 1

    def inputs(self, x: Any, future: Any | None) -> Any:
        """Return regression inputs ``(batch, feature)``."""
        xp = array_module(x)
        recent = x[:, self.shape.lookback - self.rows :, : self.data_channels]
        levels = recent.mean(axis=1, keepdims=True)
        parts = [(recent - levels).reshape(len(x), -1), levels[:, 0]]
        if future is not None:
            first_future = self.data_channels - self.known_ahead
            ahead = future[:, :, : self.known_ahead] - levels[:, :, first_future:]
            parts += [ahead.reshape(len(x), -1), future[:, 0, self.known_ahead :]]
        return xp.concatenate([*parts, xp.ones((len(x), 1), dtype=x.dtype)], axis=1)

    def outputs_of(self, x: Any, y: Any) -> Any:
        """Return what they shall give, ``(batch, horizon·target)``."""
        return (y - self._target_levels(x)).reshape(len(x), -1)

    def forecast(self, x: Any, outputs: Any) -> Any:
        """Return forecasts ``(batch, horizon, target)`` from regression outputs."""
        shape = (len(x), self.shape.horizon, self.shape.targets)
        return outputs.reshape(shape) + self._target_levels(x)

    def _target_levels(self, x: Any) -> Any:
        recent = x[:, self.shape.lookback - self.rows :, : self.shape.targets]
        return recent.mean(axis=1, keepdims=True)


Design = TargetDesign | AllColumnsDesign


@dataclass(frozen=True)
class Ridge:
    """A fitted ridge regression.

    Attributes:
        design: which numbers it forecasts from.
        weight: float32 ``(feature, output)``.
    """

    design: Design
    weight: npt.NDArray[np.float32]

    def predict(self, x: Any, future: Any | None) -> Any:
        """Forecast ``(batch, horizon, target)``.

        Args:
            x: scaled ``(batch, lookback, channel)``.
            future: scaled ``(batch, horizon, future_channel)``, or None without such channels.
        """
        weight = array_module(x).asarray(self.weight)
        return self.design.forecast(x, self.design.inputs(x, future) @ weight)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return what a stored model needs beside its shape."""
        if isinstance(self.design, TargetDesign):
            return {"weight": self.weight}
        layout = np.array([self.design.calendar, self.design.rows], dtype=np.int64)
        return {"weight": self.weight, "all_columns_layout": layout}

    @classmethod
    def from_state(cls, state: Mapping[str, npt.NDArray[Any]], shape: WindowShape) -> "Ridge":
        """Make the model that `state` came from.

        Raises:
            ValueError: the weights belong to other window sizes.
        """
        design = design_of(state, shape)
        weight = np.asarray(state["weight"], dtype=np.float32)
        if weight.shape != (design.features, design.outputs):
            raise ValueError(
                f"weight should be {(design.features, design.outputs)}, got {weight.shape}"
            )
        return cls(design, weight)


def design_of(state: Mapping[str, npt.NDArray[Any]], shape: WindowShape) -> Design:
    """Return the design that a stored state belongs to."""
    layout = state.get("all_columns_layout")
    if layout is None:
        return TargetDesign(shape)
    return AllColumnsDesign(shape, calendar=int(layout[0]), rows=int(layout[1]))
