"""What if: one input other than it is, as a person writes it.

``temp=20`` sets a column, ``temp=+2`` adds, ``temp=-10%`` takes a share off. A value with a minus
alone sets a negative number, as it reads; to take a number off write ``temp-=2``.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import JobFileError

__all__ = ["WhatIf", "parse_what_if"]

_FORM: Final = re.compile(
    r"^\s*(?P<column>.*?\S)\s*(?P<operator>[+-]?=)\s*(?P<value>[^\s=]+?)(?P<percent>\s*%)?\s*$"
)
_REMEDY: Final = (
    "Write it as column=20 (set), column=+2 or column-=2 (add or take off), or column=+10%."
)


@dataclass(frozen=True)
class WhatIf:
    """One changed input.

    Attributes:
        column: which column.
        how: ``set`` to the amount, ``add`` it, or ``scale`` by 1 + it.
        amount: in the column's unit; of ``scale`` a share, 0.1 for ten percent more.
    """

    column: str
    how: Literal["set", "add", "scale"]
    amount: float

    def apply(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the changed values in their type; only ``set`` changes missing ones."""
        match self.how:
            case "set":
                return np.full_like(values, self.amount)
            case "add":
                return (values.astype(np.float64) + self.amount).astype(values.dtype)
            case "scale":
                return (values.astype(np.float64) * (1 + self.amount)).astype(values.dtype)

    def __str__(self) -> str:
        """Return the change as a person says it: ``temp + 2``."""
        match self.how:
            case "set":
                return f"{self.column} = {self.amount:g}"
            case "add":
                return f"{self.column} {'-' if self.amount < 0 else '+'} {abs(self.amount):g}"
            case "scale":
                sign = "-" if self.amount < 0 else "+"
                return f"{self.column} {sign} {abs(self.amount) * 100:g} %"


def parse_what_if(text: str) -> WhatIf:
    """Return the change that a text such as ``temp=+2`` asks for.

    Raises:
        JobFileError: it has no column, or its value is no number.
    """
    found = _FORM.match(text)
    if found is None:
        raise JobFileError(f"What-if expects COLUMN=VALUE, got {text!r}.", remedy=_REMEDY)
    written = found["value"]
    try:
        amount = float(written)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise JobFileError(f"What-if {text!r}: {written!r} is not a finite number.", remedy=_REMEDY)
    sign = -1.0 if found["operator"] == "-=" else 1.0
    if found["percent"]:
        return WhatIf(found["column"], "scale", sign * amount / 100)
    if found["operator"] != "=" or written.startswith("+"):
        return WhatIf(found["column"], "add", sign * amount)
    return WhatIf(found["column"], "set", amount)
