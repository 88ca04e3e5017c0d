"""Every operation of the engine, alone: ONNX Runtime computes what the operation computes."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import InternalError
from azuraforge_core import ops
from azuraforge_core.autograd.tape import Operation, apply
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.export.onnx.document import encode
from azuraforge_core.export.onnx.forecaster import ForecastGraph
from azuraforge_core.export.onnx.graph import BATCH, Graph, Value
from azuraforge_core.export.onnx.operators.registry import TRANSLATIONS
from azuraforge_core.export.onnx.ports import Port
from azuraforge_core.export.onnx.recording import record
from azuraforge_core.export.onnx.translation import translate
from azuraforge_core.ops.add import add
from azuraforge_core.ops.attention import attention
from azuraforge_core.ops.batch_norm import RunningStatistics, batch_norm
from azuraforge_core.ops.concatenate import concatenate
from azuraforge_core.ops.convolution import Strides, convolution
from azuraforge_core.ops.decomposition_linear import decomposition_linear
from azuraforge_core.ops.feed_forward import FeedForwardWeights, feed_forward
from azuraforge_core.ops.gelu import gelu
from azuraforge_core.ops.gru import gru
from azuraforge_core.ops.layer_norm import layer_norm
from azuraforge_core.ops.linear import linear
from azuraforge_core.ops.lstm import lstm
from azuraforge_core.ops.multiply import multiply
from azuraforge_core.ops.narrow import narrow
from azuraforge_core.ops.patches import patches
from azuraforge_core.ops.relu import relu
from azuraforge_core.ops.reshape import reshape
from azuraforge_core.ops.revin import last_value_level, normalize, restore, window_level
from azuraforge_core.ops.rms_norm import rms_norm
from azuraforge_core.ops.sigmoid import sigmoid
from azuraforge_core.ops.tanh import tanh
from azuraforge_core.ops.transpose import transpose

LOSSES = {"huber", "mae", "mse", "quantile"}
RANDOM = {"dropout"}


def weight(*shape: int) -> Tensor:
    """Return the same random weights for the same shape."""
    drawn = np.random.default_rng(len(shape)).normal(size=shape)
    return Tensor(drawn.astype(np.float32), requires_grad=True)


@dataclass(frozen=True)
class Case:
    """A model of one operation on an input ``(batch, 5, 6)``."""

    name: str
    model: Callable[[Tensor], Tensor]


def _attention(x: Tensor) -> Tensor:
    _, scores = attention(x, heads=2, return_scores=True)
    y, passed = attention(x, scores, heads=2, return_scores=True)
    assert passed is not None
    flat = reshape(passed, (x.shape[0], 5, 10))
    return concatenate(y, flat, axis=2)


def _batch_norm(x: Tensor) -> Tensor:
    variance = np.linspace(0.1, 3.0, 6, dtype=np.float32)
    running = RunningStatistics(np.linspace(-2, 2, 6, dtype=np.float32), variance)
    return batch_norm(x, weight(6), weight(6), running, training=False)


def _revin(x: Tensor) -> Tensor:
    level = window_level(x)
    shifted = add(normalize(x, level, weight(6), weight(6)), weight(1, 1))
    return restore(shifted, level, weight(6), weight(6))


def _last_value(x: Tensor) -> Tensor:
    level = last_value_level(x)
    return restore(multiply(normalize(x, level), x), level)


def _convolution(x: Tensor) -> Tensor:
    lie = Strides(stride=2, dilation=2, pad_start=4, pad_end=1)
    return convolution(x, weight(4, 3, 6), weight(4), strides=lie)


CASES = [
    Case("add", lambda x: add(x, weight(5, 1))),
    Case("attention", _attention),
    Case("batch_norm", _batch_norm),
    Case("concatenate", lambda x: concatenate(x, x, x, axis=1)),
    Case("convolution", _convolution),
    Case("convolution no bias", lambda x: convolution(x, weight(4, 1, 6))),
    Case(
        "decomposition_linear",
        lambda x: decomposition_linear(x, weight(3, 5), weight(3, 5), weight(3), kernel=3),
    ),
    Case(
        "decomposition_linear individual",
        lambda x: decomposition_linear(x, weight(6, 3, 5), weight(6, 3, 5), weight(6, 3), kernel=7),
    ),
    Case(
        "feed_forward",
        lambda x: feed_forward(
            x, FeedForwardWeights(weight(7, 6), weight(7), weight(6, 7), weight(6))
        ),
    ),
    Case("gelu", gelu),
    Case("gru", lambda x: gru(x, weight(12, 7), weight(12, 4), weight(4))),
    Case("gru last", lambda x: gru(x, weight(12, 7), weight(12, 4), weight(4), last_only=True)),
    Case("last_value_level", _last_value),
    Case("layer_norm", lambda x: layer_norm(x, weight(6), weight(6))),
    Case("linear", lambda x: linear(x, weight(3, 6), weight(3))),
    Case("linear no bias", lambda x: linear(x, weight(3, 6))),
    Case("lstm", lambda x: lstm(x, weight(16, 11))),
    Case("lstm last", lambda x: lstm(x, weight(16, 11), last_only=True)),
    Case("multiply", lambda x: multiply(x, weight(6))),
    Case("narrow", lambda x: narrow(x, axis=1, start=1, stop=4)),
    Case("normalize", _revin),
    Case("patches", lambda x: patches(x, length=3, stride=2, pad_end=2)),
    Case("relu", relu),
    Case("reshape", lambda x: reshape(x, (x.shape[0] * 5, 3, 2))),
    Case("restore", _revin),
    Case("rms_norm", lambda x: rms_norm(x, weight(6))),
    Case("sigmoid", sigmoid),
    Case("tanh", tanh),
    Case("transpose", lambda x: transpose(x, (0, 2, 1))),
    Case("window_level", _revin),
]


def _export(model: Callable[[Tensor], Tensor]) -> bytes:
    graph = Graph()
    x = Port("x", "float32", (BATCH, 5, 6), ())
    y = graph.name_output(translate(graph, record(model, ((5, 6),)), [x.value]), "y")
    built = ForecastGraph(graph, (x,), (Port("y", "float32", y.shape, ()),))
    return encode(built, name="test", properties={})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_operation_computes_the_same(case: Case, run_onnx: Any) -> None:
    """For batches of any size, the file differs by at most 1e-6 of the largest value."""
    content = _export(case.model)
    for batch in (1, 4):
        x = np.random.default_rng(batch).normal(size=(batch, 5, 6)).astype(np.float32)
        expected = case.model(Tensor(x)).array
        actual = run_onnx(content, {"x": x})["y"]
        assert actual.shape == expected.shape
        assert np.abs(actual - expected).max() <= 1e-6 * np.abs(expected).max()


def test_every_operation_has_a_translation_that_is_tested() -> None:
    """What a model can compute can be exported: losses and dropout apart, nothing is missing."""
    names = set()
    for found in pkgutil.iter_modules(ops.__path__):
        module = importlib.import_module(f"{ops.__name__}.{found.name}")
        names |= {value.name for value in vars(module).values() if isinstance(value, Operation)}
    assert names - LOSSES - RANDOM == TRANSLATIONS.keys()
    assert {case.name.partition(" ")[0] for case in CASES} == TRANSLATIONS.keys()


def test_constants_are_computed_once() -> None:
    """What depends on weights alone becomes a number in the file, not a node."""
    graph = Graph()
    x = Value("x", (BATCH, 5, 6))

    def model(given: Tensor) -> Tensor:
        return add(given, add(weight(6), weight(6)))

    translate(graph, record(model, ((5, 6),)), [x])
    assert [node.operator for node in graph.nodes] == ["Add"]
    np.testing.assert_array_equal(graph.constants["constant_1"], 2 * weight(6).array)


def test_equal_constants_are_stored_once() -> None:
    """The same weights used twice take their place in the file once."""
    graph = Graph()
    x = Value("x", (BATCH, 5, 6))
    model = lambda given: multiply(add(given, weight(6)), weight(6))  # noqa: E731 - a model
    translate(graph, record(model, ((5, 6),)), [x])
    assert len(graph.constants) == 1


def test_what_no_operation_records_is_refused() -> None:
    """A model that computes past the tape is a bug that would forecast something else."""

    def model(x: Tensor) -> Tensor:
        return add(x, Tensor(x.array.mean(axis=1, keepdims=True)))

    with pytest.raises(InternalError, match="no operation records"):
        record(model, ((5, 6),))


def test_a_setting_that_depends_on_the_input_is_refused() -> None:
    """A number taken out of the data and put into an operation's settings is not exported."""

    def model(x: Tensor) -> Tensor:
        return layer_norm(x, weight(6), weight(6), epsilon=float(x.array[0, 0, 0]))

    with pytest.raises(InternalError, match="layer_norm has a setting that depends on the input"):
        record(model, ((5, 6),))


def test_an_operation_without_translation_is_named() -> None:
    """A new operation that nobody translated fails with its name."""
    operation = Operation("cube", lambda x: (x**3, None), lambda *_: (None,))
    graph = Graph()
    recording = record(lambda x: apply(operation, x), ((5, 6),))
    with pytest.raises(InternalError, match="cube cannot be said in ONNX"):
        translate(graph, recording, [Value("x", (BATCH, 5, 6))])
