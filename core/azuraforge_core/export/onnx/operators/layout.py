"""The operations that only move elements: ``reshape, transpose, narrow, concatenate, patches``."""

import numpy as np

from azuraforge_core.export.onnx.applied import Applied
from azuraforge_core.export.onnx.graph import Graph, Value
from azuraforge_core.ops.patches import patch_count

__all__ = [
    "translate_concatenate",
    "translate_narrow",
    "translate_patches",
    "translate_reshape",
    "translate_transpose",
]


def translate_reshape(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say a reshape, one of whose sizes may follow from the batch."""
    return (graph.reshape(applied[0], applied.static["shape"]),)


def translate_transpose(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say a transpose."""
    return (graph.transpose(applied[0], applied.static["axes"]),)


def translate_narrow(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say a range of one dimension."""
    where = applied.static
    return (graph.slice(applied[0], where["axis"], where["start"], where["stop"]),)


def translate_concatenate(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say a concatenation."""
    parts = [applied[index] for index in range(len(applied.inputs))]
    return (graph.concatenate(parts, applied.static["axis"]),)


def translate_patches(graph: Graph, applied: Applied) -> tuple[Value, ...]:
    """Say the cutting of patches as one look-up.

    A position behind the end is the last one: that is what repeating the last step means.
    """
    x, cut = applied[0], applied.static
    _, time, channels = x.shape
    count = patch_count(time, **cut)
    starts = cut["stride"] * np.arange(count)[:, None]
    positions = np.minimum(starts + np.arange(cut["length"]), time - 1)
    shape = (x.shape[0], count, cut["length"], channels)
    windows = graph.add("Gather", x, graph.constant(positions), shape=shape, axis=1)
    return (graph.reshape(windows, (x.shape[0], count, cut["length"] * channels)),)
