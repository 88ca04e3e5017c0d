"""Kubernetes quantities such as ``8Gi`` and ``500m``."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from azuraforge_contract.patterns import QUANTITY_PATTERN, describe_pattern

__all__ = ["Quantity", "parse_quantity"]

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
        raise ValueError(f"expected {describe_pattern(QUANTITY_PATTERN)}, got {text!r}")
    number = text.rstrip("mkKMGTPi")
    return Decimal(number) * _SCALE[text[len(number) :]]
