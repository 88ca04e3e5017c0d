"""Turns cells into numbers, and says which cell is none.

Used by `TableReader` on every block. Common words for nothing are missing cells; true and false
are 1 and 0, as in a column of holidays.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["NumberCells", "read_numbers"]

_MISSING_WORDS: Final = (
    *("", "na", "n/a", "nan", "null", "none", "nil", "missing"),
    *("-", "--", "?", ".", "#n/a", "#na", "#value!", "<na>"),
)
_TRUTH: Final = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class NumberCells:
    """A block of cells as numbers.

    Attributes:
        values: float64 ``(row,)``, NaN where missing or no number.
        numbers: how many cells are numbers.
        texts: how many cells are text that is no number.
        first_text: position and content of the first such cell.
    """

    values: npt.NDArray[np.float64]
    numbers: int
    texts: int = 0
    first_text: tuple[int, str] | None = None


def read_numbers(cells: pl.Series, *, decimal: str = ".") -> NumberCells:
    """Read a block of one column, text or typed.

    Args:
        cells: ``(row,)`` of any type.
        decimal: the decimal mark of text cells.
    """
    if cells.dtype.is_numeric() or cells.dtype in {pl.Boolean, pl.Null}:
        values = cells.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
        return NumberCells(values, int(np.count_nonzero(~np.isnan(values))))
    text = cells.cast(pl.String, strict=False) if not cells.dtype.is_nested() else None
    if text is None:
        shown = (0, f"a {cells.dtype}"[:60])
        return NumberCells(np.full(len(cells), np.nan), 0, len(cells), shown)
    return _read_text(text.str.strip_chars(), decimal)


def _read_text(text: pl.Series, decimal: str) -> NumberCells:
    plain = text.str.replace(",", ".", literal=True) if decimal == "," else text
    parsed = plain.cast(pl.Float64, strict=False)
    values = np.array(parsed.fill_null(np.nan).to_numpy(), dtype=np.float64)
    unread = np.flatnonzero((parsed.is_null() & text.is_not_null()).to_numpy())
    texts = 0
    first_text = None
    if len(unread):
        words = text.gather(pl.Series(unread)).str.to_lowercase()
        truths = words.replace_strict(_TRUTH, default=None, return_dtype=pl.Float64)
        values[unread] = truths.fill_null(np.nan).to_numpy()
        wrong = unread[(truths.is_null() & ~words.is_in(_MISSING_WORDS)).to_numpy()]
        texts = len(wrong)
        first_text = (int(wrong[0]), str(text[int(wrong[0])])[:60]) if texts else None
    return NumberCells(values, int(np.count_nonzero(~np.isnan(values))), texts, first_text)
