"""Reads the usual body of a request, rows in their plain form, in a tenth of the time.

Called by ``forecast_task`` before anything else looks at a body. Only
``{"history": [{"time": "…", COLUMN: number, …}, …]}`` with every column of the model in every row
is of that form; for all else, wrong bodies above all, the answer is None, and the general road
reads it and finds the words.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from azuraforge_core.data.sources.conventions import conventions_of
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.plain_rows import PlainHeader, plain_header, read_plain_rows
from azuraforge_core.prediction.row_source import dataset_config_of

__all__ = ["ROWS_NAME", "PlainBody", "plain_body_of"]

ROWS_NAME: Final = "The table of rows"
"""How sentences call rows that came with a request."""
_TIME: Final = "time"
_SERIES: Final = "series"
_EXACT: Final = 2.0**53
"""From here on not every whole number is one that a float can be."""


@dataclass(frozen=True)
class PlainBody:
    """The usual body of one model.

    Attributes:
        forecaster: the model.
        header: of the rows.
        decoder: refuses everything else.
    """

    forecaster: Forecaster
    header: PlainHeader
    decoder: msgspec.json.Decoder[Any]

    def read(self, content: bytes) -> tuple[GivenRows, int] | None:
        """Return rows and how many were sent; None where the body is of another form.

        Raises:
            DataError: the model cannot work on them.
        """
        try:
            found = self.decoder.decode(content).history
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        if not found:
            return None
        stamps, *columns = zip(*map(msgspec.structs.astuple, found), strict=True)
        numbers = np.array(columns, dtype=np.float64)  # None, a missing cell, becomes NaN
        if (np.abs(numbers) >= _EXACT).any():
            return None
        by_name = dict(zip(self.header.columns, numbers, strict=True))
        rows = read_plain_rows(self.header, stamps, by_name, self.forecaster)
        return None if rows is None else (rows, len(found))


def plain_body_of(forecaster: Forecaster) -> PlainBody | None:
    """Return the usual body of a model; None where its rows need to tell more."""
    time_column = conventions_of(dataset_config_of(forecaster.manifest).source).time_column
    header = plain_header(forecaster, time_column, ROWS_NAME)
    if header is None or {_TIME, _SERIES} & set(header.columns):
        return None
    columns: list[tuple[str, Any]] = [
        (f"column_{number}", float | None) for number in range(len(header.columns))
    ]
    names = {field: name for (field, _), name in zip(columns, header.columns, strict=True)}
    row = msgspec.defstruct(
        "Row", [(_TIME, str), *columns], rename=names, forbid_unknown_fields=True, gc=False
    )
    body = msgspec.defstruct("Body", [("history", list[row])], forbid_unknown_fields=True)  # type: ignore[valid-type]  # made above
    return PlainBody(forecaster, header, msgspec.json.Decoder(body))
