"""Operations against PyTorch's layers of the same name, on fixed numbers in float64.

The numbers come from PyTorch 2.15; each docstring names the layer with its weights.
"""

import numpy as np

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.ops.convolution import Strides, convolution
from azuraforge_core.ops.gru import gru
from azuraforge_core.ops.rms_norm import rms_norm

X = np.array([[[0.5, -1.0], [1.5, 0.25], [-0.75, 0.1]]])
NUMBERS = np.linspace(-0.9, 0.9, 12)


def test_gru_is_pytorchs() -> None:
    """torch.nn.GRU(2, 2): weights NUMBERS and 0.7 · NUMBERS reversed, biases linear in the row."""
    input_bias, hidden_bias = np.linspace(-0.3, 0.2, 6), np.linspace(0.4, -0.1, 6)
    both = input_bias + np.concatenate([hidden_bias[:4], np.zeros(2)])
    y = gru(
        Tensor(X),
        Tensor(np.concatenate([NUMBERS.reshape(6, 2), both[:, None]], axis=1)),
        Tensor(0.7 * NUMBERS[::-1].reshape(6, 2)),
        Tensor(hidden_bias[4:]),
    )
    expected = [
        [-0.1270977746687258, -0.1941802975942763],
        [0.3548744729610707, 0.27089354084658457],
        [0.0859169683370617, -0.12155854153062928],
    ]
    np.testing.assert_allclose(y.array[0], expected, rtol=1e-12)


def test_causal_convolution_is_pytorchs() -> None:
    """torch.nn.Conv1d(2, 2, 3, dilation=2) behind four zeros, weight NUMBERS as (2, 2, 3)."""
    y = convolution(
        Tensor(X),
        Tensor(NUMBERS.reshape(2, 2, 3).transpose(0, 2, 1)),
        Tensor(np.array([0.1, -0.2])),
        strides=Strides(dilation=2, pad_start=4),
    )
    expected = [
        [-0.10454545454545452, -0.8954545454545455],
        [-0.7795454545454547, 0.6386363636363637],
        [0.3986363636363637, -1.0304545454545453],
    ]
    np.testing.assert_allclose(y.array[0], expected, rtol=1e-12)


def test_rms_norm_is_pytorchs() -> None:
    """torch.nn.RMSNorm(3, eps=1e-5)."""
    y = rms_norm(Tensor(np.array([[1.0, -2.0, 3.0]])), Tensor(np.ones(3)))
    np.testing.assert_allclose(
        y.array, [[0.4629095539120194, -0.9258191078240388, 1.3887286617360581]], rtol=1e-12
    )
