"""The order in which an epoch visits its items: a function of (seed, epoch) alone.

So a resumed attempt, or another machine, goes on in the same order without anything being stored.
"""

import numpy as np

from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.rng import uniform

__all__ = ["epoch_order", "steps_per_epoch"]


def epoch_order(items: int, *, seed: int, epoch: int) -> Array:
    """Return the numbers 0 … items-1 in the order of one epoch, int64 on the host.

    Sorts one random number per item; equal numbers keep their order, so ties are deterministic.
    """
    numbers = uniform(seed, f"order/epoch-{epoch}", items)
    return np.argsort(numbers, kind="stable").astype(np.int64)


def steps_per_epoch(items: int, batch_size: int) -> int:
    """Return how many whole batches an epoch has; fewer items than one batch make one step.

    The rest of an epoch that fills no batch is left out (the next epoch's order chooses another
    rest), so that every step has the same shapes.
    """
    return max(1, items // batch_size)
