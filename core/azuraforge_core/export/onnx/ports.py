"""The inputs and outputs that the user of a file sees: names, sizes, meaning.

Put together by `forecaster`; written into the file, its README and what the command prints. They
follow from the columns alone, so that every model of the same data is called in the same way.
"""

from dataclasses import dataclass
from typing import Final, Literal

from azuraforge_core.export.onnx.graph import BATCH, Value
from azuraforge_core.prediction.loading import Forecaster

__all__ = ["FORECAST", "FUTURE", "HISTORY", "LOWER", "TIME", "UPPER", "Port", "inputs_of"]

HISTORY: Final = "history"
FUTURE: Final = "future"
TIME: Final = "time"
FORECAST: Final = "forecast"
LOWER: Final = "lower"
UPPER: Final = "upper"


@dataclass(frozen=True)
class Port:
    """An input or output.

    Attributes:
        name: what it is called.
        type: of its numbers.
        sizes: per dimension its length, `BATCH` for any.
        dimensions: what each dimension counts.
        columns: the columns of the dimension that counts columns, in order.
    """

    name: str
    type: Literal["float32", "int64"]
    sizes: tuple[int, ...]
    dimensions: tuple[str, ...]
    columns: tuple[str, ...] = ()

    @property
    def value(self) -> Value:
        """The port as a value of the graph."""
        return Value(self.name, self.sizes)


def inputs_of(forecaster: Forecaster) -> tuple[Port, ...]:
    """Return the inputs of a forecaster's file, in order."""
    shape, columns = forecaster.shape, forecaster.manifest.columns
    data = tuple(column.name for column in columns if column.role != "calendar")
    ahead = tuple(column.name for column in columns if column.role == "future")
    ports = [
        Port(
            HISTORY,
            "float32",
            (BATCH, shape.lookback, len(data)),
            ("batch", "lookback", "channel"),
            data,
        )
    ]
    if ahead:
        sizes = (BATCH, shape.horizon, len(ahead))
        dimensions = ("batch", "horizon", "future_channel")
        ports.append(Port(FUTURE, "float32", sizes, dimensions, ahead))
    if len(data) < len(columns):
        rows = shape.lookback + shape.horizon
        ports.append(Port(TIME, "int64", (BATCH, rows), ("batch", "lookback + horizon")))
    return tuple(ports)
