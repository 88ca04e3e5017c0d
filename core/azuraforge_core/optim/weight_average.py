"""The exponential moving average of a model's weights, which is often better than the weights.

Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; exponential as
in Tarvainen and Valpola, "Mean teachers", NeurIPS 2017. Corrected for its start as Adam's moments
are: after t steps the weight of step s is proportional to decay^(t - s), so early averages are
plain means of the steps so far and never remember the initial weights. Buffers, the running
statistics of batch normalization, are averaged alike.

`TrainStep` updates it and lends it to the model for validation.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from azuraforge_core.autograd.arena import Arena
from azuraforge_core.autograd.array import Array
from azuraforge_core.autograd.chunks import chunks, each
from azuraforge_core.nn.placement import Placement

__all__ = ["WeightAverage"]


class WeightAverage:
    """The average of one model's parameters and buffers, on its device.

    Args:
        placement: the model's arenas.
        decay: memory of the average per step, 0 < decay < 1; it spans about 1/(1 - decay) steps.
    """

    def __init__(self, placement: Placement, decay: float) -> None:
        self.decay = decay
        self._device = placement.device
        self._sources = (placement.values, placement.buffers)
        self._averages = tuple(
            Arena(source.layout, placement.device, str(source.array.dtype))
            for source in self._sources
        )
        self._scratch = tuple(placement.device.xp.empty_like(a.array) for a in self._sources)

    def update(self, step: Array) -> None:
        """Take the model as it is in.

        Args:
            step: ``(1,)``, uint64, on the device; 0 at the first update.
        """
        xp = self._device.xp
        count = step.astype(xp.float64) + 1.0
        share = (1.0 - self.decay) / (1.0 - self.decay**count)
        for source, average, scratch in zip(
            self._sources, self._averages, self._scratch, strict=True
        ):
            _approach(average.array, source.array, scratch, share.astype(source.array.dtype))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the model compute with the average until the block ends; at least one step is done.

        The model's own weights come back bit by bit, whatever happens within.
        """
        own = [source.array.copy() for source in self._sources]
        for source, average in zip(self._sources, self._averages, strict=True):
            source.array[...] = average.array
        try:
            yield
        finally:
            for source, kept in zip(self._sources, own, strict=True):
                source.array[...] = kept

    def state(self) -> dict[str, Array]:
        """Copy the average to host arrays by name. Waits for the device."""
        values, buffers = self._averages
        return {**values.export("values."), **buffers.export("buffers.")}

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned.

        Raises:
            StateMismatchError: the arrays belong to another model.
        """
        values, buffers = self._averages
        values.load(arrays, "values.")
        buffers.load(arrays, "buffers.")


def _approach(average: Array, values: Array, scratch: Array, share: Array) -> None:
    """Move ``average`` towards ``values`` by a share ``(1,)`` of the way, in place."""

    def work(part: slice) -> None:
        step = scratch[part]
        step[...] = values[part]
        step -= average[part]
        step *= share
        average[part] += step

    each(chunks(values, 2), work)
