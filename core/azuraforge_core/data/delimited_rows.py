"""Cuts delimited text into blocks of whole rows and counts the cells of each row.

Used by `DelimitedText`. A row ends at a line end outside quotation marks; blank lines are none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TextIO

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.text_encoding import read_text

__all__ = ["RowShape", "row_blocks", "split_first_row"]

BLOCK_CHARACTERS: Final = 8 << 20
MAXIMUM_ROW_BYTES: Final = 4 << 20
_QUOTE, _NEWLINE = 0x22, 0x0A

ByteArray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RowShape:
    """How many cells each row of a block has.

    Attributes:
        cells: int64 ``(row,)``, blank lines left out.
        has_open_quote: whether a quotation mark is still open at the end.
    """

    cells: npt.NDArray[np.int64]
    has_open_quote: bool

    @classmethod
    def of(cls, block: bytes, delimiter: int) -> "RowShape":
        """Count the cells of every row of a block of whole rows."""
        array = np.frombuffer(block, dtype=np.uint8)
        outside = _outside_quotes(array)
        ends = np.flatnonzero((array == _NEWLINE) & outside)
        starts = np.concatenate([[0], ends + 1])
        stops = np.append(ends, len(array))
        delimiters = np.flatnonzero((array == delimiter) & outside)
        cells = np.searchsorted(delimiters, stops) - np.searchsorted(delimiters, starts) + 1
        return cls(cells[stops > starts], len(array) > 0 and not outside[-1])


def row_blocks(stream: TextIO, name: str, encoding: str) -> Iterator[bytes]:
    """Yield a text as UTF-8 in blocks of whole rows, without blank lines.

    Raises:
        DataError: a row is absurdly long, or the text cannot be decoded.
    """
    rest = b""
    while text := read_text(stream, BLOCK_CHARACTERS, name, encoding):
        block = rest + text.encode()
        cut = _last_row_end(block)
        if len(block) - cut > MAXIMUM_ROW_BYTES:
            raise DataError(
                f"{name} holds a row longer than {MAXIMUM_ROW_BYTES >> 20} MiB.",
                remedy="Check its line ends and quotation marks.",
            )
        if whole := _without_blank_lines(block[:cut]):
            yield whole
        rest = block[cut:]
    if whole := _without_blank_lines(rest):
        yield whole


def split_first_row(block: bytes) -> tuple[bytes, bytes]:
    """Return the first row without its line end, and everything after it."""
    array = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero((array == _NEWLINE) & _outside_quotes(array))
    end = int(ends[0]) if len(ends) else len(block)
    return block[:end], block[end + 1 :]


def _last_row_end(block: bytes) -> int:
    array = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero((array == _NEWLINE) & _outside_quotes(array))
    return int(ends[-1]) + 1 if len(ends) else 0


def _outside_quotes(array: ByteArray) -> npt.NDArray[np.bool_]:
    quotes = array == _QUOTE
    if not quotes.any():
        return np.ones(len(array), dtype=np.bool_)
    return np.asarray(np.cumsum(quotes) % 2 == 0)


def _without_blank_lines(block: bytes) -> bytes:
    if b"\n\n" not in block and not block.startswith(b"\n"):
        return block
    return b"".join(line for line in block.splitlines(keepends=True) if line != b"\n")
