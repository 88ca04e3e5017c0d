"""A table of runs as CSV (RFC 4180) that is safe to open in a spreadsheet.

Called by the endpoint. A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for
a formula, and a job's name or label is anybody's text: such a cell gets an apostrophe in front
(OWASP, "CSV Injection"). Numbers stay numbers.
"""

import csv
import io
import json
from datetime import datetime
from typing import Any, Final

from azuraforge_api.compare.schemas import ComparisonTable
from azuraforge_api.compare.table import cells_of, column_names

__all__ = ["table_as_csv"]

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def table_as_csv(table: ComparisonTable) -> str:
    """Return a table as CSV with a line of headings."""
    columns = column_names(table)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_harmless(column) for column in columns)
    for row in table.rows:
        cells = cells_of(row)
        writer.writerow(_cell(cells.get(column)) for column in columns)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return _harmless(value)
    return _harmless(json.dumps(value, ensure_ascii=False))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text
