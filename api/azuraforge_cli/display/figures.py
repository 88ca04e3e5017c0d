"""Figures as people read them: durations, counts, bytes, losses and a sparkline.

Called by the displays and the tables of every command, so that one figure looks the same anywhere.
"""

import math
from collections.abc import Sequence
from typing import Final

__all__ = ["bytes_text", "count_text", "duration_text", "loss_text", "rate_text", "sparkline"]

_UNKNOWN: Final = "-"
_BARS: Final = "▁▂▃▄▅▆▇█"
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_SHOWN_WITH_DECIMALS: Final = 10
_UNIT: Final = 1024
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 24 * 3600


def duration_text(seconds: float | None) -> str:
    """Return a duration: ``0.4 s``, ``42 s``, ``3 min 05 s``, ``2 h 10 min``, ``3 d 4 h``."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return _UNKNOWN
    if seconds < _SHOWN_WITH_DECIMALS:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def count_text(number: int | None) -> str:
    """Return a count with thousands apart: ``26,130``."""
    return _UNKNOWN if number is None else f"{number:,}"


def bytes_text(size: float | None) -> str:
    """Return a size in binary units: ``512 B``, ``1.5 MiB``."""
    if size is None:
        return _UNKNOWN
    power = 0
    while size >= _UNIT and power < len(_UNITS) - 1:
        size /= _UNIT
        power += 1
    shown = f"{size:.1f}" if power and size < 100 else f"{size:.0f}"  # noqa: PLR2004 - three digits
    return f"{shown} {_UNITS[power]}"


def loss_text(value: float | None) -> str:
    """Return a loss or an error measure with four significant digits."""
    if value is None:
        return _UNKNOWN
    return f"{value:#.4g}" if math.isfinite(value) else str(value)


def rate_text(samples_per_second: float | None) -> str:
    """Return a training rate: ``1,203 windows/s``."""
    if samples_per_second is None:
        return _UNKNOWN
    decimals = 1 if samples_per_second < _SHOWN_WITH_DECIMALS else 0
    return f"{samples_per_second:,.{decimals}f} windows/s"


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Return the last ``width`` finite values as bars of eight heights, lowest to highest."""
    shown = [value for value in values if math.isfinite(value)][-width:]
    if not shown:
        return ""
    low, span = min(shown), max(shown) - min(shown)
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / span * top) if span else 0] for value in shown)
