"""The autocorrelation of a series with holes, and the band that white noise stays in."""

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["autocorrelation", "white_noise_limit"]

_NORMAL_975: Final = 1.959963984540054


def autocorrelation(values: npt.NDArray[np.float64], lags: int) -> npt.NDArray[np.float64]:
    """Return the autocorrelation at lags 1 … ``lags``, float64 ``(lags,)``.

    The sample autocorrelation of Box, Jenkins and Reinsel (2015), chapter 2.1, where the sums run
    over the pairs of which both values are there; without holes it is exactly theirs.

    Args:
        values: float64 ``(time,)`` at equal distances, NaN where there is none.
        lags: how many lags; fewer than there are values.

    Raises:
        ValueError: too few values, or all of them equal.
    """
    present = np.isfinite(values)
    if lags < 1 or present.sum() <= lags:
        raise ValueError(f"{int(present.sum())} values are too few for {lags} lags")
    centered = np.where(present, values - values[present].mean(), 0.0)
    variance = float(np.square(centered).sum())
    if not variance > 0:
        raise ValueError("values that are all equal have no autocorrelation")
    # The theorem of Wiener and Khinchin: one transform instead of a pass for each lag.
    size = 1 << int(len(values) + lags).bit_length()
    spectrum = np.fft.rfft(centered, size)
    products = np.fft.irfft(spectrum * spectrum.conj(), size)[1 : lags + 1]
    return np.asarray(products / variance)


def white_noise_limit(count: int) -> float:
    """Return the limit that white noise of so many values exceeds at 5 of 100 lags.

    Bartlett's approximation, 1.96 / √n.
    """
    return float(_NORMAL_975 / np.sqrt(count))
