"""The baseline that every forecaster must beat: tomorrow is as now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from azuraforge_contract.validation import StrictModel
from azuraforge_core.device import array_module
from azuraforge_core.models.shape import WindowShape

__all__ = ["LastValue", "LastValueConfig"]


class LastValueConfig(StrictModel):
    """Repeat the last value over the whole horizon."""

    kind: Literal["last-value"] = "last-value"
    """Repeat the last value."""


@dataclass(frozen=True)
class LastValue:
    """Repeats the last value of every target.

    Attributes:
        shape: the window's sizes.
    """

    shape: WindowShape

    def predict(self, x: Any, future: Any | None) -> Any:  # noqa: ARG002 - what is known ahead changes nothing
        """Forecast ``(batch, horizon, target)`` from ``x (batch, lookback, channel)``."""
        xp = array_module(x)
        return xp.repeat(x[:, -1:, : self.shape.targets], self.shape.horizon, axis=1)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return what a stored model needs beside its shape: its horizon, for it learns nothing."""
        return {"horizon": np.array([self.shape.horizon], dtype=np.int64)}

    @classmethod
    def from_state(cls, state: Mapping[str, npt.NDArray[Any]], shape: WindowShape) -> "LastValue":
        """Make the model that `state` came from.

        Raises:
            ValueError: the state belongs to another horizon.
        """
        if int(state["horizon"][0]) != shape.horizon:
            raise ValueError(f"stored horizon {int(state['horizon'][0])}, got {shape.horizon}")
        return cls(shape)
