"""Kubernetes quantities such as ``8Gi`` and ``500m``."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

__all__ = ["QUANTITY_PATTERN", "Quantity", "parse_quantity"]

QUANTITY_PATTERN: Final = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"

Quantity = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    StringConstraints(pattern=QUANTITY_PATTERN, max_length=32),
    WithJsonSchema({"type": "string", "pattern": QUANTITY_PATTERN, "maxLength": 32}),
]
"""A quantity as text; a bare integer is taken too. CPUs: ``500m``, ``2``; bytes: ``8Gi``."""

_SCALE: Final = {
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("", "k", "M", "G", "T", "P"))},
    **{
        unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), 1)
    },
}


def parse_quantity(text: str) -> Decimal:
    """Return a quantity's number: CPUs, or bytes.

    Raises:
        ValueError: ``text`` is no quantity.
    """
    if not re.match(QUANTITY_PATTERN, text):
        raise ValueError(f"expected a quantity such as 500m, 2 or 8Gi, got {text!r}")
    number = text.rstrip("mkKMGTPi")
    return Decimal(number) * _SCALE[text[len(number) :]]
