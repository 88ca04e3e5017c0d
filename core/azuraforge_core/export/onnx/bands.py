"""The intervals of a stored model, inside the graph, as `StoredIntervals.bands` computes them."""

from typing import Final

import numpy as np

from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.intervals.stored import StoredIntervals

__all__ = ["conformal_bands", "quantile_bands", "sorted_quantiles"]

_LEVEL: Final = 3


def conformal_bands(
    graph: Graph, point: Value, intervals: StoredIntervals, series: int | None
) -> tuple[Value, Value]:
    """Return the scaled ends of all bands ``(batch, horizon, target, level)``.

    The offsets are put in order here: adding the forecast to them later keeps the order.

    Args:
        graph: what the nodes are put into.
        point: scaled forecast ``(batch, horizon, target)``.
        intervals: of the stored model.
        series: whose latest errors count; None for none.
    """
    lower, upper = intervals.offsets(series)
    inside = graph.reshape(point, (*point.shape, 1))
    low = np.minimum.accumulate(np.minimum(lower, 0.0), axis=-1, dtype=np.float32)
    high = np.maximum.accumulate(np.maximum(upper, 0.0), axis=-1, dtype=np.float32)
    return (
        graph.elementwise("Add", inside, Value.outside(low)),
        graph.elementwise("Add", inside, Value.outside(high)),
    )


def sorted_quantiles(graph: Graph, quantiles: Value) -> Value:
    """Return quantiles ``(batch, horizon, target, quantile)`` that do not cross."""
    count = graph.integers([quantiles.shape[_LEVEL]])
    ascending, _ = graph.add_with_outputs(
        "TopK",
        [quantiles, count],
        [quantiles.shape, quantiles.shape],
        axis=_LEVEL,
        largest=0,
        sorted=1,
    )
    return ascending


def quantile_bands(
    graph: Graph, quantiles: Value, intervals: StoredIntervals, series: int | None
) -> tuple[Value, Value]:
    """Return the scaled ends of all bands ``(batch, horizon, target, level)``.

    Args:
        graph: what the nodes are put into.
        quantiles: sorted, scaled ``(batch, horizon, target, quantile)``.
        intervals: of the stored model.
        series: whose latest errors count; None for none.
    """
    offsets = intervals.offsets(series)
    count = len(intervals.facts.levels)
    lower = _nested(graph, quantiles, "Min", range(count, -1, -1), offsets[0])
    upper = _nested(graph, quantiles, "Max", range(count, 2 * count + 1), offsets[1])
    return lower, upper


def _nested(
    graph: Graph, quantiles: Value, operator: str, order: range, offsets: np.ndarray
) -> Value:
    """Return ends from the innermost outwards, each no further in than the one before."""
    median, *tails = order
    end = graph.slice(quantiles, _LEVEL, median, median + 1)
    ends = []
    for level, index in enumerate(tails):
        own = graph.slice(quantiles, _LEVEL, index, index + 1)
        moved = graph.elementwise("Add", own, Value.outside(offsets[..., level : level + 1]))
        end = graph.add(operator, moved, end, shape=moved.shape)
        ends.append(end)
    return graph.concatenate(ends, axis=_LEVEL)
