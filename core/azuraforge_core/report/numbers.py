"""Numbers as a report writes them: rounded as far as they mean something, with their unit."""

import math
from typing import Final

from azuraforge_core.data.steps import Step

__all__ = [
    "NONE",
    "byte_count",
    "count",
    "duration",
    "every",
    "percent",
    "percent_point",
    "probability",
    "quantity",
    "scaled",
    "signed_percent",
]

NONE: Final = "\N{EN DASH}"
"""Stands in a cell that has no value."""
NOT_A_NUMBER: Final = "not a number"
_BINARY_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_BINARY_STEP: Final = 1024
_FOUR_DIGITS: Final = 999.5
"""Three digits are shown; from here on the next unit is shorter."""
_MINUS: Final = "\N{MINUS SIGN}"
_LEAST_PROBABILITY: Final = 0.001
_SMALL: Final = 0.01
_LARGE: Final = 1000.0
_MINUTE: Final = 60
_HOUR: Final = 3600
_SHORT: Final = 10


def scaled(value: float) -> str:
    """Return a scaled error with three decimals, as published tables do."""
    if not math.isfinite(value):
        return _not_finite(value)
    if value != 0 and (abs(value) < _SMALL or abs(value) >= _LARGE):
        return f"{value:.3g}"
    return f"{value:.3f}"


def quantity(value: float, unit: str = "") -> str:
    """Return a value in its unit with three significant digits."""
    if not math.isfinite(value):
        return _not_finite(value)
    small = abs(value) < _LARGE or abs(value) >= _LARGE**3
    text = f"{value:#.3g}".removesuffix(".") if small else f"{value:,.0f}"
    return f"{text} {unit}".strip()


def percent(fraction: float) -> str:
    """Return a fraction as a percentage: whole from 1 % on, else with one digit that counts."""
    if not math.isfinite(fraction):
        return _not_finite(fraction)
    value = fraction * 100
    if value == 0 or round(abs(value), 1) >= 1:
        return f"{value:.0f} %"
    return f"{value:.1g} %"


def percent_point(fraction: float) -> str:
    """Return a fraction as a percentage with one decimal, as coverages are compared."""
    return f"{fraction * 100:.1f} %" if math.isfinite(fraction) else _not_finite(fraction)


def signed_percent(fraction: float) -> str:
    """Return a relative change with its sign."""
    text = percent(abs(fraction))
    if text in {"0 %", NOT_A_NUMBER}:
        return text
    return f"{'+' if fraction > 0 else _MINUS}{text}"


def probability(value: float) -> str:
    """Return what follows a p: three decimals, and no smaller than 0.001."""
    return "< 0.001" if value < _LEAST_PROBABILITY else f"= {value:.3f}"


def count(value: int) -> str:
    """Return a count with its thousands apart."""
    return f"{value:,}"


def duration(seconds: float) -> str:
    """Return a time span in the two units that matter."""
    if not math.isfinite(seconds):
        return _not_finite(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s" if seconds < _SHORT else f"{whole} s"
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


def every(step: Step) -> str:
    """Return a step as said after "every": ``hour``, ``15 minutes``."""
    return str(step).removeprefix("1 ")


def byte_count(value: float) -> str:
    """Return a size in bytes with a binary unit."""
    for unit in _BINARY_UNITS[:-1]:
        if value < _FOUR_DIGITS:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.3g} {unit}"
        value /= _BINARY_STEP
    return f"{value:.3g} {_BINARY_UNITS[-1]}"


def _not_finite(value: float) -> str:
    return NOT_A_NUMBER if math.isnan(value) else "infinite"
