"""The target columns of a window: normalized in place among the other columns."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.revin import WindowNorm
from azuraforge_core.ops.concatenate import concatenate
from azuraforge_core.ops.narrow import narrow
from azuraforge_core.ops.revin import WindowLevel

__all__ = ["normalize_targets"]


def normalize_targets(
    x: Tensor, norm: WindowNorm, targets: int
) -> tuple[Tensor, WindowLevel | None]:
    """Take the level off the first ``targets`` columns, leave the others.

    Args:
        x: ``(batch, lookback, channel)``.
        norm: what is taken off.
        targets: how many of the first columns.

    Returns:
        x with its targets normalized, and the level that the forecast gets back.
    """
    columns = narrow(x, axis=2, start=0, stop=targets)
    window = norm.level(columns)
    if window is None:
        return x, None
    normal = norm.normalize(columns, window)
    if x.shape[2] == targets:
        return normal, window
    others = narrow(x, axis=2, start=targets, stop=x.shape[2])
    return concatenate(normal, others, axis=2), window
