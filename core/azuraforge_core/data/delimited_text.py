"""Reads delimited text (CSV and its kin) in bounded blocks of text cells.

The file and URL sources use it. Cells stay text, so that a wrong one can be shown as it stands.
What a spreadsheet forgives silently is found here: binary content, an encoding that is not UTF-8,
another delimiter than the comma, rows with too few or too many cells, quotation marks never closed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from azuraforge_contract.errors import DataError
from azuraforge_core.data.delimited_rows import RowShape, row_blocks, split_first_row
from azuraforge_core.data.source_config import DelimitedOptions
from azuraforge_core.data.text_encoding import detect_encoding, open_text

__all__ = ["DelimitedText"]

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class DelimitedText:
    """A delimited text file whose header has been read.

    Attributes:
        path: the file, compressed by gzip or not.
        name: how sentences call it.
        columns: the header's names, stripped; empty for a column without a name.
        delimiter: the character between cells.
        encoding: the text encoding.
        notes: what was detected rather than said, for the quality report.
    """

    path: Path
    name: str
    columns: tuple[str, ...]
    delimiter: str
    encoding: str
    notes: tuple[str, ...]

    @classmethod
    def open(cls, path: Path, name: str, options: DelimitedOptions) -> "DelimitedText":
        """Read the header and detect what the options leave open.

        Raises:
            DataError: the file is empty, binary or has no usable header.
        """
        notes = []
        encoding = options.encoding or detect_encoding(path, name)
        if options.encoding is None and not encoding.startswith("utf-8"):
            notes.append(f"The file is not UTF-8 and was read as {encoding}.")
        with open_text(path, encoding, name) as stream:
            first = next(row_blocks(stream, name, encoding), b"")
        line, _ = split_first_row(first)
        if not line.strip():
            raise DataError(f"{name} is empty.", remedy="Give it a header and rows.")
        delimiter = options.delimiter or _detect_delimiter(line.decode())
        if options.delimiter is None and delimiter != ",":
            notes.append(f"The file has {DELIMITERS[delimiter]} between its cells.")
        return cls(path, name, _header(line, delimiter, name), delimiter, encoding, tuple(notes))

    def read(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield the rows in order, in blocks, with only the given columns, all of them text.

        Raises:
            DataError: a row has too few or too many cells, or is not text in this encoding.
        """
        row = 0
        is_first = True
        with open_text(self.path, self.encoding, self.name) as stream:
            for whole in row_blocks(stream, self.name, self.encoding):
                block = split_first_row(whole)[1] if is_first else whole
                is_first = False
                if block:
                    rows = self._count_rows(block, row)
                    yield self._parse(block, columns, rows)
                    row += rows

    def _count_rows(self, block: bytes, rows_before: int) -> int:
        """Return the number of rows of a block after checking that each has all cells."""
        shape = RowShape.of(block, ord(self.delimiter))
        if shape.has_open_quote:
            raise DataError(
                f"{self.name}: a quotation mark after row {rows_before} is never closed.",
                remedy="Close it, or remove it.",
            )
        expected = len(self.columns)
        wrong = (shape.cells != expected).nonzero()[0]
        if len(wrong):
            raise DataError(
                f"{self.name}: row {rows_before + int(wrong[0]) + 1} has "
                f"{int(shape.cells[wrong[0]])} cells, the header has {expected}.",
                remedy="Give every row as many cells as the header, with quotation marks around "
                f"text that contains {self.delimiter!r}.",
            )
        return len(shape.cells)

    def _parse(self, block: bytes, columns: Sequence[str], rows: int) -> pl.DataFrame:
        names = [str(i) for i in range(len(self.columns))]
        frame = _read_cells(block, self.delimiter, self.name)
        if frame.shape != (rows, len(names)):
            raise DataError(
                f"{self.name} cannot be divided into rows and cells without doubt.",
                remedy="Check the quotation marks around its cells.",
            )
        frame.columns = names
        return frame.select(
            pl.col(str(self.columns.index(column))).alias(column) for column in columns
        )


def _detect_delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def _header(line: bytes, delimiter: str, name: str) -> tuple[str, ...]:
    frame = _read_cells(line, delimiter, name)
    columns = tuple(str(cell or "").strip() for cell in frame.row(0)) if frame.height else ()
    if len(columns) < 2:  # noqa: PLR2004 - time stamps and at least one number
        raise DataError(
            f"{name} has one column only, {columns[0][:60] if columns else ''!r}.",
            remedy="Set source.delimiter if its cells are divided by an unusual character.",
        )
    doubled = sorted({column for column in columns if column and columns.count(column) > 1})
    if doubled:
        raise DataError(
            f"{name}: the header names {', '.join(map(repr, doubled[:10]))} more than once.",
            remedy="Give every column a name of its own.",
        )
    return columns


def _read_cells(block: bytes, delimiter: str, name: str) -> pl.DataFrame:
    try:
        return pl.read_csv(block, has_header=False, separator=delimiter, infer_schema=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{name} cannot be read as delimited text: {first_line}.",
            remedy="Check source.delimiter and the quotation marks around its cells.",
        ) from error
