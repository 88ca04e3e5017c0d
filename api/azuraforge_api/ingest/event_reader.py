"""Reads an event file from where the last look ended: whole lines only, whatever happened to it.

Called by ``run_ingest``. The file is written by a stranger's plugin: it is opened beneath the run's
folder, may have been replaced or cut meanwhile, and may hold lines that are none.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.problems.problem import Problem

__all__ = ["Piece", "Position", "read_piece"]

_PIECE_BYTES: Final = 1 << 20
_LONGEST_LINE: Final = 16 << 20
"""What is longer is no event; the limit keeps it from filling the memory."""


@dataclass(frozen=True)
class Position:
    """How far a file was read.

    Attributes:
        inode: which file it was; 0: none yet.
        offset: bytes that were read.
        is_inside: whether they end inside of a line that is too long to be one.
    """

    inode: int = 0
    offset: int = 0
    is_inside: bool = False


@dataclass(frozen=True)
class Piece:
    """What follows a position.

    Attributes:
        lines: whole lines without their ends; of one that is too long, nothing.
        after: where the next piece begins.
        is_first: whether it is the beginning of the file.
    """

    lines: list[bytes]
    after: Position
    is_first: bool


def read_piece(folder: Path, path: str, position: Position) -> Piece | None:
    """Return the next lines of a file beneath a folder, or None where there are none yet.

    A file that is shorter than it was, is another one, or has other lines than it had, is read from
    its beginning again: what is stored of it already does no harm.
    """
    try:
        opened = open_beneath(folder, path)
    except Problem:
        return None
    try:
        inode = os.fstat(opened.descriptor).st_ino
        position = _checked(opened.descriptor, inode, opened.bytes, position)
        content = os.pread(opened.descriptor, _PIECE_BYTES, position.offset)
        if b"\n" not in content and len(content) == _PIECE_BYTES:
            content = os.pread(opened.descriptor, _LONGEST_LINE, position.offset)
    finally:
        os.close(opened.descriptor)
    end = content.rfind(b"\n") + 1
    if end == 0 and len(content) < _LONGEST_LINE:
        return None  # nothing new, or a line that is being written
    lines = content[:end].split(b"\n")[:-1]
    if position.is_inside:
        lines = lines[1:]  # the end of what is too long
    after = Position(inode, position.offset + (end or len(content)), is_inside=end == 0)
    return Piece(lines, after, is_first=position.offset == 0)


def _checked(descriptor: int, inode: int, size: int, position: Position) -> Position:
    """Return a position if it still is one in this file, else the beginning."""
    if position.inode != inode or size < position.offset:
        return Position(inode)
    if position.offset == 0 or position.is_inside:
        return position
    is_at_line = os.pread(descriptor, 1, position.offset - 1) == b"\n"
    return position if is_at_line else Position(inode)
