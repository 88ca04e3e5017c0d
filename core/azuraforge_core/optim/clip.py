"""Clipping by the global norm of all gradients (Pascanu et al., ICML 2013)."""

from azuraforge_core.autograd.array import Array
from azuraforge_core.device import array_module

__all__ = ["clip_factor", "global_norm"]

_TINY = 1e-6
"""Keeps the factor finite where the gradient is zero."""


def global_norm(gradients: Array) -> Array:
    """Return the Euclidean norm of a flat arena, ``(1,)``, on the device."""
    norm: Array = array_module(gradients).sqrt(gradients @ gradients[:, None])
    return norm


def clip_factor(norm: Array, limit: float) -> Array:
    """Return min(1, limit/norm), ``(1,)``; NaN stays NaN."""
    factor: Array = array_module(norm).minimum(limit / (norm + _TINY), 1.0)
    return factor
