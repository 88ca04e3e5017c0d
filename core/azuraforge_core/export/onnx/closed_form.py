"""The forecasters that are no modules, written into a graph: ridge, last value, seasonal naive.

They compute with arrays directly, so no tape records them; each is a handful of nodes.
"""

import numpy as np

from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.models.last_value import LastValue
from azuraforge_core.models.ridge import AllColumnsDesign, Ridge, TargetDesign
from azuraforge_core.models.seasonal_naive import SeasonalNaive

__all__ = ["write_closed_form"]

_TIME, _CHANNEL = 1, 2


def write_closed_form(
    graph: Graph, predictor: Predictor, x: Value, future: Value | None
) -> Value | None:
    """Write a forecaster into a graph, or return None where it is of no kind known here.

    Args:
        graph: what the nodes are put into.
        predictor: the forecaster.
        x: scaled ``(batch, lookback, channel)``.
        future: scaled ``(batch, horizon, future_channel)``, or None.

    Returns:
        ``(batch, horizon, target)``, scaled.
    """
    match predictor:
        case LastValue(shape=shape):
            return _rows(graph, x, shape.targets, np.full(shape.horizon, shape.lookback - 1))
        case SeasonalNaive(shape=shape, period=period):
            season = shape.lookback - period + np.arange(shape.horizon) % period
            return _rows(graph, x, shape.targets, season)
        case Ridge(design=TargetDesign()):
            return _ridge_on_targets(graph, predictor, x)
        case Ridge(design=AllColumnsDesign() as design):
            return _ridge_on_all(graph, predictor, design, (x, future))
    return None


def _rows(graph: Graph, x: Value, targets: int, rows: np.ndarray) -> Value:
    own = graph.slice(x, _CHANNEL, 0, targets)
    shape = (x.shape[0], len(rows), targets)
    return graph.add("Gather", own, graph.constant(rows), shape=shape, axis=_TIME)


def _ridge_on_targets(graph: Graph, ridge: Ridge, x: Value) -> Value:
    sizes = ridge.design.shape
    own = graph.transpose(graph.slice(x, _CHANNEL, 0, sizes.targets), (0, 2, 1))
    level = graph.mean(own, 2)
    centered = graph.elementwise("Sub", own, level)
    shape = (x.shape[0], sizes.targets, sizes.horizon)
    y = graph.add("MatMul", centered, Value.outside(ridge.weight), shape=shape)
    return graph.transpose(graph.elementwise("Add", y, level), (0, 2, 1))


def _ridge_on_all(
    graph: Graph, ridge: Ridge, design: AllColumnsDesign, seen: tuple[Value, Value | None]
) -> Value:
    x, future = seen
    batch, sizes = x.shape[0], design.shape
    data = graph.slice(x, _CHANNEL, 0, design.data_channels)
    recent = graph.slice(data, _TIME, sizes.lookback - design.rows, sizes.lookback)
    levels = graph.mean(recent, _TIME)
    changes = graph.elementwise("Sub", recent, levels)
    parts = [
        graph.reshape(changes, (batch, design.rows * design.data_channels)),
        graph.reshape(levels, (batch, design.data_channels)),
    ]
    if future is not None:
        parts += _ahead(graph, design, future, levels)
    # the design's last feature is always 1: its weights are a bias
    weight, bias = ridge.weight[:-1], ridge.weight[-1]
    inputs = graph.concatenate(parts, axis=1)
    shape = (batch, design.outputs)
    y = graph.add("MatMul", inputs, Value.outside(weight), shape=shape)
    y = graph.elementwise("Add", y, Value.outside(bias))
    y = graph.reshape(y, (batch, sizes.horizon, sizes.targets))
    return graph.elementwise("Add", y, graph.slice(levels, _CHANNEL, 0, sizes.targets))


def _ahead(graph: Graph, design: AllColumnsDesign, future: Value, levels: Value) -> list[Value]:
    batch, horizon, channels = future.shape
    parts = []
    if design.known_ahead:
        known = graph.slice(future, _CHANNEL, 0, design.known_ahead)
        first = design.data_channels - design.known_ahead
        own_levels = graph.slice(levels, _CHANNEL, first, design.data_channels)
        changes = graph.elementwise("Sub", known, own_levels)
        parts.append(graph.reshape(changes, (batch, horizon * design.known_ahead)))
    if design.calendar:
        first_step = graph.slice(future, _TIME, 0, 1)
        calendar = graph.slice(first_step, _CHANNEL, design.known_ahead, channels)
        parts.append(graph.reshape(calendar, (batch, design.calendar)))
    return parts
