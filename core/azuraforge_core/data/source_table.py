"""A source opened for reading: its header is known, its rows come in blocks.

What every source in `azuraforge_core.data.sources` gives, and all that `TableReader` sees of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from azuraforge_core.data.config import WindVector

__all__ = ["SourceTable", "unit_in_name"]

_UNIT: Final = re.compile(r"[(\[]([^()\[\]]{1,24})[)\]]\s*$")


@dataclass(frozen=True)
class SourceTable:
    """A table that can be read.

    Attributes:
        name: how sentences call it, without credentials.
        origin: the same for facts that outlive this job: no path, no file name.
        columns: the header's names in order.
        time_column: which of them holds the time stamps.
        read: yields the rows in order, in blocks, with only the given columns.
        series_column: which of them tells series apart, where the source itself knows.
        units: units of columns, as far as the source names them.
        wind_vectors: pairs of wind columns that the source itself knows.
        notes: what was detected rather than said, one sentence each.
        is_utc: whether the time stamps are in UTC although they carry no offset.
        day_first: whether 01/02/2013 is the first of February; None: found out.
        decimal: the decimal mark of text cells.
    """

    name: str
    origin: str
    columns: tuple[str, ...]
    time_column: str
    read: Callable[[Sequence[str]], Iterator[pl.DataFrame]]
    series_column: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    wind_vectors: tuple[WindVector, ...] = ()
    notes: tuple[str, ...] = ()
    is_utc: bool = False
    day_first: bool | None = None
    decimal: str = "."


def unit_in_name(column: str) -> str:
    """Return the unit that a column name ends with, as in ``T (degC)``, or nothing."""
    found = _UNIT.search(column)
    return found.group(1).strip() if found else ""
