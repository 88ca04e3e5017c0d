"""Layer, root-mean-square and batch normalization as layers."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.initializer import Constant
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Buffer, Parameter
from azuraforge_core.ops.batch_norm import RunningStatistics, batch_norm
from azuraforge_core.ops.layer_norm import layer_norm
from azuraforge_core.ops.rms_norm import rms_norm

__all__ = ["BatchNorm", "LayerNorm", "RmsNorm"]


class LayerNorm(Module):
    """Normalize each vector ``(..., features)``."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.gain = Parameter((features,), Constant(1.0))
        self.bias = Parameter((features,), Constant(0.0))

    def __call__(self, x: Tensor) -> Tensor:
        """Return the normalized vectors, same shape."""
        return layer_norm(x, self.gain, self.bias)


class RmsNorm(Module):
    """Divide each vector ``(..., features)`` by its root mean square."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.gain = Parameter((features,), Constant(1.0))

    def __call__(self, x: Tensor) -> Tensor:
        """Return the normalized vectors, same shape."""
        return rms_norm(x, self.gain)


class BatchNorm(Module):
    """Normalize each feature of ``(..., features)`` over all other dimensions."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.gain = Parameter((features,), Constant(1.0))
        self.bias = Parameter((features,), Constant(0.0))
        self.running_mean = Buffer((features,), Constant(0.0))
        self.running_variance = Buffer((features,), Constant(1.0))

    def __call__(self, x: Tensor) -> Tensor:
        """Return the normalized features, same shape; training updates the running statistics."""
        running = RunningStatistics(self.running_mean.array, self.running_variance.array)
        return batch_norm(x, self.gain, self.bias, running, training=self.training)
