"""A stored forecaster as one graph: calendar and scaling, the model, intervals, units.

Called by `writing`. Raw values go in, raw values come out.
"""

from dataclasses import dataclass

from azuraforge_contract.errors import InternalError
from azuraforge_core.export.onnx.bands import conformal_bands, quantile_bands, sorted_quantiles
from azuraforge_core.export.onnx.calendar import calendar_channels
from azuraforge_core.export.onnx.closed_form import write_closed_form
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.export.onnx.ports import (
    FORECAST,
    FUTURE,
    HISTORY,
    LOWER,
    TIME,
    UPPER,
    Port,
    inputs_of,
)
from azuraforge_core.export.onnx.recording import record
from azuraforge_core.export.onnx.scaling import all_finite, restore, scale, where_finite
from azuraforge_core.export.onnx.translation import translate
from azuraforge_core.nn.module import Module
from azuraforge_core.pipelines.forecast_predictor import ModulePredictor, QuantileModulePredictor
from azuraforge_core.prediction.loading import Forecaster

__all__ = ["ForecastGraph", "build_graph", "series_of_bands"]

_TIME_AXIS, _CHANNEL_AXIS, _QUANTILE_AXIS = 1, 2, 3


@dataclass(frozen=True)
class ForecastGraph:
    """A whole forecaster.

    Attributes:
        graph: nodes and constants.
        inputs: what its user gives.
        outputs: what its user gets.
    """

    graph: Graph
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def build_graph(forecaster: Forecaster) -> ForecastGraph:
    """Write a forecaster into a graph.

    Raises:
        InternalError: it computes something that has no translation.
    """
    return _Builder(forecaster).build()


def series_of_bands(forecaster: Forecaster) -> int | None:
    """Return the series whose latest errors the bands follow: the only one, or none of several."""
    return 0 if len(forecaster.manifest.data.series) == 1 else None


class _Builder:
    def __init__(self, forecaster: Forecaster) -> None:
        self._forecaster = forecaster
        self._graph = Graph()
        self._inputs = inputs_of(forecaster)
        self._columns = forecaster.manifest.columns

    def build(self) -> ForecastGraph:
        given = {port.name: port.value for port in self._inputs}
        x, future = self._seen(given)
        y = self._model(x, future)
        numbers = [value for name, value in given.items() if name != TIME]
        y = where_finite(self._graph, all_finite(self._graph, numbers), y)
        return ForecastGraph(self._graph, self._inputs, tuple(self._outputs(y)))

    def _seen(self, given: dict[str, Value]) -> tuple[Value, Value | None]:
        """Return the model's inputs ``x`` and ``future``, scaled, calendar included."""
        graph, shape = self._graph, self._forecaster.shape
        data = [column for column in self._columns if column.role != "calendar"]
        ahead = [column for column in self._columns if column.role == "future"]
        seen = [scale(graph, given[HISTORY], data)]
        known = [scale(graph, given[FUTURE], ahead)] if FUTURE in given else []
        if TIME in given:
            names = [column.name for column in self._columns if column.role == "calendar"]
            calendar = calendar_channels(graph, given[TIME], names)
            rows = shape.lookback + shape.horizon
            seen.append(graph.slice(calendar, _TIME_AXIS, 0, shape.lookback))
            known.append(graph.slice(calendar, _TIME_AXIS, shape.lookback, rows))
        x = graph.concatenate(seen, _CHANNEL_AXIS)
        return x, graph.concatenate(known, _CHANNEL_AXIS) if known else None

    def _model(self, x: Value, future: Value | None) -> Value:
        """Return the scaled forecast, or the quantiles of a model that forecasts these."""
        predictor = self._forecaster.predictor
        if isinstance(predictor, ModulePredictor | QuantileModulePredictor):
            return self._module(predictor.model, x, future)
        y = write_closed_form(self._graph, predictor, x, future)
        if y is None:
            raise InternalError(f"A {type(predictor).__name__} cannot be said in ONNX yet.")
        return y

    def _module(self, model: Module, x: Value, future: Value | None) -> Value:
        inputs = [x] if future is None else [x, future]
        model.eval()
        if not callable(model):
            raise TypeError(f"{type(model).__name__} cannot be called with a batch")
        recording = record(model, tuple(value.shape[1:] for value in inputs))
        return translate(self._graph, recording, inputs)

    def _outputs(self, y: Value) -> list[Port]:
        """Name the outputs: the forecast, and the ends of its bands where there are any."""
        graph, intervals = self._graph, self._forecaster.intervals
        series = series_of_bands(self._forecaster)
        scaled = {FORECAST: y}
        if intervals is not None and intervals.facts.kind == "quantile":
            quantiles = sorted_quantiles(graph, y)
            scaled = {FORECAST: self._median(quantiles)}
            scaled[LOWER], scaled[UPPER] = quantile_bands(graph, quantiles, intervals, series)
        elif intervals is not None:
            scaled[LOWER], scaled[UPPER] = conformal_bands(graph, y, intervals, series)
        return [self._output(name, value) for name, value in scaled.items()]

    def _median(self, quantiles: Value) -> Value:
        count = quantiles.shape[_QUANTILE_AXIS]
        middle = self._graph.slice(quantiles, _QUANTILE_AXIS, count // 2, count // 2 + 1)
        return self._graph.reshape(middle, quantiles.shape[:_QUANTILE_AXIS])

    def _output(self, name: str, scaled: Value) -> Port:
        targets = [column for column in self._columns if column.role == "target"]
        value = self._graph.name_output(restore(self._graph, scaled, targets), name)
        dimensions = ("batch", "horizon", "target", "level")[: len(value.shape)]
        columns = tuple(column.name for column in targets)
        return Port(name, "float32", value.shape, dimensions, columns)
