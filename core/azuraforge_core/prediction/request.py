"""What a person asks of a stored model."""

from dataclasses import dataclass

from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.what_if import WhatIf

__all__ = ["ForecastRequest"]


@dataclass(frozen=True)
class ForecastRequest:
    """One request.

    Attributes:
        horizon: rows to forecast; None: as many as the model was trained for.
        series: which series to forecast, by name; empty: all.
        rows: what the forecast starts from; None: the end of the training data, which lies in the
            model's folder.
        what_if: inputs to change; the forecast then stands beside the unchanged one.
        what_if_rows: over how many of the last rows an input that is not known ahead is changed;
            None: over all that the model looks back.
    """

    horizon: int | None = None
    series: tuple[str, ...] = ()
    rows: GivenRows | None = None
    what_if: tuple[WhatIf, ...] = ()
    what_if_rows: int | None = None
