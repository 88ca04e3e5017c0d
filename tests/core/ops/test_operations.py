"""Every operation against its float64 form, an oracle, central differences and awkward inputs.

A new operation is one more `Case`: a call on tensors, the inputs' shapes and, where one is cheap,
an independent oracle on arrays.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.gradient_check import compare_gradients, gradients
from azuraforge_core.autograd.rng import Randomness
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.device import array_module
from azuraforge_core.ops.add import add
from azuraforge_core.ops.attention import attention
from azuraforge_core.ops.batch_norm import RunningStatistics, batch_norm
from azuraforge_core.ops.concatenate import concatenate
from azuraforge_core.ops.convolution import Strides, convolution
from azuraforge_core.ops.decomposition_linear import decomposition_linear
from azuraforge_core.ops.dropout import DropoutMask, dropout
from azuraforge_core.ops.feed_forward import FeedForwardWeights, feed_forward
from azuraforge_core.ops.gelu import gelu
from azuraforge_core.ops.gru import gru
from azuraforge_core.ops.huber import huber
from azuraforge_core.ops.layer_norm import layer_norm
from azuraforge_core.ops.linear import linear
from azuraforge_core.ops.lstm import lstm
from azuraforge_core.ops.mae import mae
from azuraforge_core.ops.mse import mse
from azuraforge_core.ops.multiply import multiply
from azuraforge_core.ops.narrow import narrow
from azuraforge_core.ops.patches import patches
from azuraforge_core.ops.quantile import quantile
from azuraforge_core.ops.relu import relu
from azuraforge_core.ops.reshape import reshape
from azuraforge_core.ops.revin import WindowLevel, normalize, restore
from azuraforge_core.ops.rms_norm import rms_norm
from azuraforge_core.ops.sigmoid import sigmoid
from azuraforge_core.ops.tanh import tanh
from azuraforge_core.ops.transpose import transpose

Outputs = Tensor | tuple[Tensor, ...]


@dataclass(frozen=True)
class Case:
    """One operation with one set of shapes."""

    name: str
    call: Callable[..., Outputs]
    shapes: tuple[tuple[int, ...], ...]
    oracle: Callable[..., Any] | None = None
    draw: Callable[[Array], Array] = field(default=lambda numbers: numbers)

    def inputs(self, dtype: str = "float64") -> list[Array]:
        """Draw the inputs, the same for every dtype."""
        generator = np.random.default_rng(7)
        drawn = [self.draw(generator.standard_normal(shape)) for shape in self.shapes]
        return [array.astype("float32").astype(dtype) for array in drawn]

    def run(self, inputs: list[Array]) -> list[Array]:
        """Call the operation without a tape."""
        outputs = self.call(*(Tensor(array) for array in inputs))
        return [output.array for output in (outputs if isinstance(outputs, tuple) else (outputs,))]


def _mask(beside: Tensor) -> DropoutMask:
    step = array_module(beside.array).full(1, 5, dtype="uint64")
    return DropoutMask(0.3, 11, Randomness(3, step))


def _window(x: Tensor) -> WindowLevel:
    batch, _, channels = x.shape
    generator = np.random.default_rng(1)
    drawn = generator.uniform(0.5, 2.0, (2, batch, 1, channels)).astype(x.dtype)
    level, scale = array_module(x.array).asarray(drawn)
    return WindowLevel(Tensor(level), Tensor(scale))


def _batch_norm(*, training: bool) -> Callable[..., Tensor]:
    def call(x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        both = np.linspace([0.1, 0.5], [0.2, 2.0], x.shape[-1]).T.astype(x.dtype)
        mean, variance = array_module(x.array).asarray(both)
        running = RunningStatistics(mean.copy(), variance.copy())
        return batch_norm(x, gain, bias, running, training=training)

    return call


def _batch_norm_oracle(x: Array, gain: Array, bias: Array) -> Any:
    axes = tuple(range(x.ndim - 1))
    return (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-5) * gain + bias


def _layer_norm_oracle(x: Array, gain: Array, bias: Array) -> Any:
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * gain + bias


def _rms_norm_oracle(x: Array, gain: Array) -> Any:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * gain


def _attention(heads: int, *, masked: bool = False, scores: bool = False) -> Callable[..., Outputs]:
    def call(qkv: Tensor, previous: Tensor | None = None) -> Outputs:
        mask = _mask(qkv) if masked else None
        y, passed = attention(qkv, previous, heads=heads, return_scores=scores, mask=mask)
        return y if passed is None else (y, passed)

    return call


def _attention_oracle(heads: int) -> Callable[..., Any]:
    def oracle(qkv: Array, previous: Array | None = None) -> Any:
        batch, tokens, width = qkv.shape
        size = width // 3 // heads
        q, k, v = qkv.reshape(batch, tokens, 3, heads, size).transpose(2, 0, 3, 1, 4)
        scores = np.einsum("bhqc,bhkc->bhqk", q, k) / np.sqrt(size)
        if previous is not None:
            scores = scores + previous.swapaxes(2, 3)
        weights = np.exp(scores)
        weights = weights / weights.sum(-1, keepdims=True)
        attended = np.einsum("bhqk,bhkc->bqhc", weights, v)
        return attended.reshape(batch, tokens, heads * size)

    return oracle


def _feed_forward(*, masked: bool) -> Callable[..., Tensor]:
    def call(x: Tensor, *weights: Tensor) -> Tensor:
        return feed_forward(x, FeedForwardWeights(*weights), mask=_mask(x) if masked else None)

    return call


def _gelu_oracle(x: Array) -> Any:
    return 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))


def _feed_forward_oracle(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Any:
    return _gelu_oracle(x @ w1.T + b1) @ w2.T + b2


def _lstm_oracle(x: Array, weight: Array) -> Any:
    batch, time, _ = x.shape
    hidden = weight.shape[0] // 4
    h = c = np.zeros((batch, hidden))
    states = []
    for step in range(time):
        z = np.concatenate([h, x[:, step], np.ones((batch, 1))], axis=1) @ weight.T
        out, enter, forget = (1.0 / (1.0 + np.exp(-part)) for part in np.split(z, 4, 1)[:3])
        c = forget * c + enter * np.tanh(np.split(z, 4, 1)[3])
        h = out * np.tanh(c)
        states.append(h)
    return np.stack(states, axis=1)


def _gru_oracle(x: Array, input_weight: Array, hidden_weight: Array, bias: Array) -> Any:
    batch, time, _ = x.shape
    h = np.zeros((batch, len(bias)))
    states = []
    for step in range(time):
        enter = np.concatenate([x[:, step], np.ones((batch, 1))], axis=1) @ input_weight.T
        xr, xz, xn = np.split(enter, 3, axis=1)
        hr, hz, hn = np.split(h @ hidden_weight.T, 3, axis=1)
        reset, update = (1.0 / (1.0 + np.exp(-part)) for part in (xr + hr, xz + hz))
        h = (1.0 - update) * np.tanh(xn + reset * (hn + bias)) + update * h
        states.append(h)
    return np.stack(states, axis=1)


def _convolution(strides: Strides) -> Callable[..., Tensor]:
    return lambda x, weight, bias=None: convolution(x, weight, bias, strides=strides)


def _convolution_oracle(strides: Strides) -> Callable[..., Any]:
    def oracle(x: Array, weight: Array, bias: Array | float = 0.0) -> Any:
        padded = np.pad(x, ((0, 0), (strides.pad_start, strides.pad_end), (0, 0)))
        taps = strides.dilation * np.arange(weight.shape[1])
        starts = range(0, padded.shape[1] - taps[-1], strides.stride)
        return (
            np.stack(
                [np.einsum("bkc,okc->bo", padded[:, start + taps], weight) for start in starts],
                axis=1,
            )
            + bias
        )

    return oracle


_CAUSAL = Strides(dilation=4, pad_start=8)
_UNEVEN = Strides(stride=3, dilation=2, pad_start=1, pad_end=4)


def _dlinear_oracle(kernel: int) -> Callable[..., Any]:
    def oracle(x: Array, seasonal: Array, trend: Array, bias: Array) -> Any:
        reach = kernel // 2
        padded = np.pad(x, ((0, 0), (reach, reach), (0, 0)), mode="edge")
        average = np.stack(
            [padded[:, t : t + kernel].mean(axis=1) for t in range(x.shape[1])], axis=1
        )
        if seasonal.ndim == 2:
            seasonal, trend = (np.stack([w] * x.shape[2]) for w in (seasonal, trend))
            bias = np.stack([bias] * x.shape[2])
        y = np.einsum("btc,cht->bhc", x - average, seasonal)
        return y + np.einsum("btc,cht->bhc", average, trend) + bias.T

    return oracle


def _patches_oracle(x: Array) -> Any:
    padded = np.concatenate([x, np.repeat(x[:, -1:], 3, axis=1)], axis=1)
    cut = [padded[:, start : start + 5] for start in range(0, padded.shape[1] - 4, 3)]
    return np.stack(cut, axis=1).reshape(x.shape[0], len(cut), -1)


def _huber_oracle(prediction: Array, truth: Array) -> Any:
    error = np.abs(prediction - truth)
    return np.where(error <= 0.7, 0.5 * error**2, 0.7 * (error - 0.35)).mean()


def _quantile_oracle(prediction: Array, truth: Array) -> Any:
    error = truth[..., None] - prediction
    levels = np.array([0.1, 0.5, 0.9])
    return np.maximum(levels * error, (levels - 1.0) * error).mean()


def _away_from_zero(x: Array) -> Array:
    return x + 0.1 * np.sign(x)


CASES = [
    Case("linear", linear, ((5, 7), (3, 7), (3,)), lambda x, w, b: x @ w.T + b),
    Case("linear one", linear, ((1, 1), (1, 1), (1,)), lambda x, w, b: x @ w.T + b),
    Case("linear deep", linear, ((2, 64, 5), (11, 5), (11,)), lambda x, w, b: x @ w.T + b),
    Case("linear no bias", linear, ((3, 4, 5), (2, 5)), lambda x, w: x @ w.T),
    Case("gelu", gelu, ((3, 17),), _gelu_oracle),
    Case("relu", relu, ((3, 17),), lambda x: np.maximum(x, 0), draw=_away_from_zero),
    Case("tanh", tanh, ((3, 17),), np.tanh),
    Case("sigmoid", sigmoid, ((3, 17),), lambda x: 1.0 / (1.0 + np.exp(-x))),
    Case("layer_norm", layer_norm, ((3, 5, 7), (7,), (7,)), _layer_norm_oracle),
    Case("layer_norm wide", layer_norm, ((64, 16), (16,), (16,)), _layer_norm_oracle),
    Case("rms_norm", rms_norm, ((3, 5, 7), (7,)), _rms_norm_oracle),
    Case("rms_norm wide", rms_norm, ((64, 16), (16,)), _rms_norm_oracle),
    Case(
        "batch_norm training",
        _batch_norm(training=True),
        ((3, 5, 7), (7,), (7,)),
        _batch_norm_oracle,
    ),
    Case(
        "batch_norm folded", _batch_norm(training=True), ((64, 3), (3,), (3,)), _batch_norm_oracle
    ),
    Case("batch_norm evaluation", _batch_norm(training=False), ((13, 3), (3,), (3,))),
    Case("dropout", lambda x: dropout(x, _mask(x)), ((5, 13),)),
    Case("attention", _attention(2), ((3, 5, 12),), _attention_oracle(2)),
    Case("attention one token", _attention(1), ((1, 1, 3),), _attention_oracle(1)),
    Case("attention prime", _attention(3), ((7, 13, 27),), _attention_oracle(3)),
    Case("attention previous", _attention(2), ((3, 5, 12), (3, 2, 5, 5)), _attention_oracle(2)),
    Case("attention scores", _attention(2, scores=True), ((3, 5, 12), (3, 2, 5, 5))),
    Case("attention dropout", _attention(2, masked=True), ((3, 5, 12),)),
    Case(
        "feed_forward",
        _feed_forward(masked=False),
        ((2, 5, 3), (7, 3), (7,), (3, 7), (3,)),
        _feed_forward_oracle,
    ),
    Case(
        "feed_forward dropout", _feed_forward(masked=True), ((2, 5, 3), (7, 3), (7,), (3, 7), (3,))
    ),
    Case("lstm", lstm, ((3, 5, 2), (16, 7)), _lstm_oracle),
    Case("lstm one", lstm, ((1, 1, 1), (4, 3)), _lstm_oracle),
    Case(
        "lstm last",
        lambda x, w: lstm(x, w, last_only=True),
        ((5, 7, 3), (12, 7)),
        lambda x, w: _lstm_oracle(x, w)[:, -1],
    ),
    Case("gru", gru, ((3, 5, 2), (12, 3), (12, 4), (4,)), _gru_oracle),
    Case("gru one", gru, ((1, 1, 1), (3, 2), (3, 1), (1,)), _gru_oracle),
    Case(
        "gru last",
        lambda *inputs: gru(*inputs, last_only=True),
        ((5, 7, 3), (9, 4), (9, 3), (3,)),
        lambda *inputs: _gru_oracle(*inputs)[:, -1],
    ),
    Case(
        "convolution",
        convolution,
        ((3, 7, 2), (5, 3, 2), (5,)),
        _convolution_oracle(Strides()),
    ),
    Case(
        "convolution causal",
        _convolution(_CAUSAL),
        ((2, 11, 3), (4, 3, 3), (4,)),
        _convolution_oracle(_CAUSAL),
    ),
    Case(
        "convolution uneven",
        _convolution(_UNEVEN),
        ((2, 13, 3), (4, 4, 3)),
        _convolution_oracle(_UNEVEN),
    ),
    Case(
        "convolution of one step",
        _convolution(Strides()),
        ((1, 1, 1), (1, 1, 1), (1,)),
        _convolution_oracle(Strides()),
    ),
    Case(
        "convolution in chunks",
        _convolution(Strides(pad_start=2)),
        ((5, 300, 24), (7, 3, 24), (7,)),
        _convolution_oracle(Strides(pad_start=2)),
    ),
    Case("normalize", lambda x: normalize(x, _window(x)), ((3, 5, 2),)),
    Case(
        "normalize affine", lambda x, g, b: normalize(x, _window(x), g, b), ((3, 5, 2), (2,), (2,))
    ),
    Case("restore", lambda y: restore(y, _window(y)), ((3, 5, 2),)),
    Case(
        "restore affine",
        lambda y, g, b: restore(y, _window(y), g, b),
        ((3, 5, 2), (2,), (2,)),
        draw=_away_from_zero,
    ),
    Case(
        "patches",
        lambda x: patches(x, length=5, stride=3, pad_end=3),
        ((2, 13, 3),),
        _patches_oracle,
    ),
    Case(
        "decomposition_linear",
        lambda x, s, t, b: decomposition_linear(x, s, t, b, kernel=5),
        ((3, 17, 2), (4, 17), (4, 17), (4,)),
        _dlinear_oracle(5),
    ),
    Case(
        "decomposition_linear individual",
        lambda x, s, t, b: decomposition_linear(x, s, t, b, kernel=25),
        ((3, 29, 2), (2, 4, 29), (2, 4, 29), (2, 4)),
        _dlinear_oracle(25),
    ),
    Case(
        "decomposition_linear short",
        lambda x, s, t, b: decomposition_linear(x, s, t, b, kernel=25),
        ((3, 7, 1), (1, 7), (1, 7), (1,)),
        _dlinear_oracle(25),
    ),
    Case("reshape", lambda x: reshape(x, (2, 15)), ((5, 6),), lambda x: x.reshape(2, 15)),
    Case(
        "transpose", lambda x: transpose(x, (1, 2, 0)), ((2, 3, 5),), lambda x: x.transpose(1, 2, 0)
    ),
    Case("narrow", lambda x: narrow(x, axis=-1, start=1, stop=3), ((2, 5),), lambda x: x[:, 1:3]),
    Case(
        "concatenate",
        lambda *parts: concatenate(*parts, axis=1),
        ((2, 3), (2, 1), (2, 5)),
        lambda *parts: np.concatenate(parts, axis=1),
    ),
    Case("add", add, ((3, 5), (3, 5)), np.add),
    Case("add broadcast", add, ((3, 1, 5), (7, 1)), np.add),
    Case("multiply", multiply, ((3, 5), (3, 5)), np.multiply),
    Case("multiply broadcast", multiply, ((3, 5), (5,)), np.multiply),
    Case("mse", mse, ((3, 5, 2), (3, 5, 2)), lambda p, t: ((p - t) ** 2).mean()),
    Case("mae", mae, ((3, 5, 2), (3, 5, 2)), lambda p, t: np.abs(p - t).mean()),
    Case("huber", lambda p, t: huber(p, t, delta=0.7), ((3, 5, 2), (3, 5, 2)), _huber_oracle),
    Case("quantile", lambda p, t: quantile(p, t, levels=(0.3,)), ((3, 5), (3, 5))),
    Case(
        "quantile levels",
        lambda p, t: quantile(p, t, levels=(0.1, 0.5, 0.9)),
        ((3, 5, 3), (3, 5)),
        _quantile_oracle,
    ),
]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def _relative(actual: Array, expected: Array) -> float:
    size = max(float(np.linalg.norm(expected)), 1e-3)
    return float(np.linalg.norm(actual - expected)) / size


@every_case
def test_float32_value_is_the_float64_value(case: Case) -> None:
    """An operation in float32 differs from its float64 form by at most 1e-5 of its norm."""
    for narrow_value, wide in zip(
        case.run(case.inputs("float32")), case.run(case.inputs()), strict=True
    ):
        assert _relative(narrow_value, wide) <= 1e-5


@every_case
def test_float32_gradient_is_the_float64_gradient(case: Case) -> None:
    """A gradient in float32 differs from its float64 form by at most 1e-5 of its norm."""
    narrow_gradients = gradients(case.call, case.inputs("float32"))
    for narrow_gradient, wide in zip(
        narrow_gradients, gradients(case.call, case.inputs()), strict=True
    ):
        assert _relative(narrow_gradient, wide) <= 1e-5


@every_case
def test_value_agrees_with_the_oracle(case: Case) -> None:
    """An operation's value is what an independent formula gives."""
    if case.oracle is None:
        pytest.skip("no cheap independent formula; the gradient check covers its consistency")
    assert _relative(case.run(case.inputs())[0], case.oracle(*case.inputs())) <= 1e-12


@every_case
def test_gradient_agrees_with_central_differences(case: Case) -> None:
    """A hand-written backward agrees with central differences in float64."""
    for comparison in compare_gradients(case.call, case.inputs()):
        assert comparison.relative_error <= 1e-6


@every_case
def test_dtype_is_kept(case: Case) -> None:
    """No float64 scalar widens a float32 value or gradient."""
    inputs = case.inputs("float32")
    assert {value.dtype.name for value in case.run(inputs)} == {"float32"}
    assert {gradient.dtype.name for gradient in gradients(case.call, inputs)} == {"float32"}


@every_case
def test_inputs_may_be_strided_and_are_not_written(case: Case) -> None:
    """An operation takes any memory layout, forward and backward, and changes no input."""
    inputs = case.inputs()
    strided = [_strided(array) for array in inputs]
    for value, expected in zip(case.run(strided), case.run(inputs), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-14)
    for value, expected in zip(
        gradients(case.call, strided), gradients(case.call, inputs), strict=True
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-13)
    for array, expected in zip(strided, case.inputs(), strict=True):
        np.testing.assert_array_equal(array, expected)


@every_case
def test_nan_propagates(case: Case) -> None:
    """A NaN in any input reaches the output: a broken run must not look healthy."""
    for index in range(len(case.shapes)):
        inputs = case.inputs()
        inputs[index][...] = np.nan
        assert any(np.isnan(value).any() for value in case.run(inputs))


@every_case
def test_gradients_that_nobody_needs_are_left_out(case: Case) -> None:
    """Each input's gradient is the same whether or not the other inputs want one."""
    inputs = case.inputs()
    together = gradients(case.call, inputs)
    for index in range(len(inputs)):

        def alone(moving: Tensor, index: int = index) -> Outputs:
            tensors = [Tensor(array) for array in inputs]
            tensors[index] = moving
            return case.call(*tensors)

        np.testing.assert_array_equal(gradients(alone, [inputs[index]])[0], together[index])


class _RecordingModule(ModuleType):
    """NumPy, remembering which of its functions were asked for."""

    def __init__(self) -> None:
        super().__init__("recording")
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(np, name)


def test_every_function_used_exists_in_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations reach the array module through their arrays and use what CuPy has too."""
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
    recorder = _RecordingModule()
    for module in {_module_of(case) for case in CASES} | {"rows", "moving_average"}:
        loaded = importlib.import_module(f"azuraforge_core.ops.{module}")
        if hasattr(loaded, "array_module"):
            monkeypatch.setattr(loaded, "array_module", lambda _: recorder)
    for case in CASES:
        gradients(case.call, case.inputs())
    assert {"matmul", "exp", "tanh", "maximum"} <= recorder.names
    assert [name for name in sorted(recorder.names) if not hasattr(cupy, name)] == []


def _module_of(case: Case) -> str:
    name = case.name.split(" ", maxsplit=1)[0]
    return {"normalize": "revin", "restore": "revin"}.get(name, name)


def _strided(array: Array) -> Array:
    """Return equal values in memory that is neither contiguous nor in order."""
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), 99.0, dtype=array.dtype)
    view = wide[..., ::2].T.copy(order="C").T if array.ndim > 1 else wide[..., ::2]
    view[...] = array
    return view
