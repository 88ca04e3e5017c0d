"""The intervals of a stored model, inside the graph, as `StoredIntervals.bands` computes them."""

from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.intervals.spread import LEAST_DISTANCE
from azuraforge_core.intervals.stored import StoredIntervals

__all__ = ["conformal_bands", "quantile_bands", "sorted_quantiles"]

_QUANTILE: Final = 3


def conformal_bands(
    graph: Graph, point: Value, intervals: StoredIntervals, series: int | None
) -> tuple[Value, Value]:
    """Return the scaled ends of all bands ``(batch, horizon, target, level)``.

    Args:
        graph: what the nodes are put into.
        point: scaled forecast ``(batch, horizon, target)``.
        intervals: of the stored model.
        series: whose latest errors count; None for none.
    """
    reach = Value.outside(_reach(intervals, series))
    middle = graph.reshape(point, (*point.shape, 1))
    return graph.elementwise("Sub", middle, reach), graph.elementwise("Add", middle, reach)


def sorted_quantiles(graph: Graph, quantiles: Value) -> Value:
    """Return quantiles ``(batch, horizon, target, quantile)`` that do not cross."""
    count = graph.integers([quantiles.shape[_QUANTILE]])
    ascending, _ = graph.add_with_outputs(
        "TopK",
        [quantiles, count],
        [quantiles.shape, quantiles.shape],
        axis=_QUANTILE,
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
    reach = Value.outside(_reach(intervals, series))
    count = quantiles.shape[_QUANTILE] // 2
    middle = graph.slice(quantiles, _QUANTILE, count, count + 1)
    low = _chosen(graph, quantiles, np.arange(count)[::-1])
    high = _chosen(graph, quantiles, np.arange(count + 1, 2 * count + 1))
    below = _distance(graph, graph.elementwise("Sub", middle, low), reach)
    above = _distance(graph, graph.elementwise("Sub", high, middle), reach)
    return graph.elementwise("Sub", middle, below), graph.elementwise("Add", middle, above)


def _reach(intervals: StoredIntervals, series: int | None) -> npt.NDArray[np.float32]:
    """Return how many distances each band reaches, no less than those inside it."""
    scale = np.maximum(intervals.scale_of(series), 0.0)
    return np.asarray(np.maximum.accumulate(scale, axis=-1), dtype=np.float32)


def _chosen(graph: Graph, quantiles: Value, indices: npt.NDArray[np.int64]) -> Value:
    shape = (*quantiles.shape[:_QUANTILE], len(indices))
    return graph.add("Gather", quantiles, graph.constant(indices), shape=shape, axis=_QUANTILE)


def _distance(graph: Graph, own: Value, reach: Value) -> Value:
    least = graph.scalar(LEAST_DISTANCE)
    return graph.elementwise("Mul", graph.elementwise("Max", own, least), reach)
