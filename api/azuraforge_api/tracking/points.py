"""Points of a series, packed: differences of what ascends, the bytes of what does not grouped.

Ascending columns become small differences, kept in as few bytes as the largest one needs. The bytes
of numbers are transposed, so that equal exponents lie side by side, and zlib takes out what repeats
(the method of HDF5's shuffle filter). What seldom repeats, the lower bytes of measured values, is a
stream of its own: zlib finds it incompressible and stores it, which costs next to nothing to read.
Nothing is rounded.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Points", "pack_points", "unpack_points"]

_HEADER: Final = struct.Struct("<BI")
"""Version and number of points."""
_COLUMNS: Final = struct.Struct("<3q3BI")
"""First value of each ascending column, bytes of each of its differences, and of the stream that
holds them."""
_LOWER: Final = 6
"""Bytes of a value in which measurements differ; the others are sign, exponent and first digits."""
_VERSION: Final = 2
_WIDE: Final = 1
"""The version before: every difference has eight bytes, and the first value is the first of them.
"""
_WIDTHS: Final = (1, 2, 4, 8)
_LEVEL: Final = 1
"""After the shuffle higher levels find hardly more: 6 takes half again as long for 2 %."""


@dataclass(frozen=True)
class Points:
    """Points in the order of their events.

    Attributes:
        steps: int64 ``(point,)`` finished training steps.
        epochs: int64 ``(point,)`` epoch, from 1.
        times: int64 ``(point,)`` milliseconds since 1970, UTC.
        values: float64 ``(point,)``.
    """

    steps: npt.NDArray[np.int64]
    epochs: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.steps)

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, float]]) -> "Points":
        """Return points from rows of step, epoch, time and value."""
        steps, epochs, times, values = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(
            np.array(steps, np.int64),
            np.array(epochs, np.int64),
            np.array(times, np.int64),
            np.array(values, np.float64),
        )

    @classmethod
    def joined(cls, parts: Sequence["Points"]) -> "Points":
        """Return the points of several parts, one after another."""
        if not parts:
            return cls.of(())
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("steps", "epochs", "times", "values")
            )
        )

    def take(self, chosen: npt.NDArray[np.int64]) -> "Points":
        """Return the points at these positions."""
        return Points(
            self.steps[chosen], self.epochs[chosen], self.times[chosen], self.values[chosen]
        )


def pack_points(points: Points) -> bytes:
    """Return points as bytes."""
    columns = (points.steps, points.epochs, points.times)
    firsts = [int(column[0]) if len(column) else 0 for column in columns]
    differences = [_narrowed(_differences(column)) for column in columns]
    values = _planes(points.values.astype("<f8"))
    lower = _LOWER * len(points)
    even = b"".join([*map(_planes, differences), values[lower:]])
    streams = zlib.compress(even, _LEVEL), zlib.compress(values[:lower], _LEVEL)
    widths = [each.itemsize for each in differences]
    head = _HEADER.pack(_VERSION, len(points))
    return head + _COLUMNS.pack(*firsts, *widths, len(streams[0])) + b"".join(streams)


def unpack_points(*payloads: bytes) -> Points:
    """Return the points in one or several packs, one after another.

    Neighbors of the same form, as a trainer's regular posts leave them, are unpacked as one.

    Raises:
        ValueError: they were packed by a newer release.
    """
    packs = [_opened(payload) for payload in payloads]
    groups = groupby(packs, key=lambda pack: (pack.points, pack.widths))
    return Points.joined([_unpacked(list(group), *form) for form, group in groups])


class _Pack(NamedTuple):
    """A pack whose streams are unpacked: planes of all columns, values last."""

    points: int
    widths: tuple[int, ...]
    firsts: tuple[int, ...]
    planes: bytes


def _opened(payload: bytes) -> _Pack:
    version, count = _HEADER.unpack_from(payload)
    packed = memoryview(payload)[_HEADER.size :]
    if version == _WIDE:
        return _Pack(count, (8, 8, 8), (0, 0, 0), zlib.decompress(packed))
    if version != _VERSION:
        raise ValueError(f"points packed in form {version}, this release knows {_VERSION}")
    *numbers, length = _COLUMNS.unpack_from(packed)
    streams = packed[_COLUMNS.size :]
    even, lower = zlib.decompress(streams[:length]), zlib.decompress(streams[length:])
    upper = len(even) - (8 - _LOWER) * count
    planes = even[:upper] + lower + even[upper:]
    return _Pack(count, tuple(numbers[3:]), tuple(numbers[:3]), planes)


def _unpacked(packs: Sequence[_Pack], count: int, widths: tuple[int, ...]) -> Points:
    """Return the points of packs of one form."""
    content = np.frombuffer(b"".join(pack.planes for pack in packs), np.uint8)
    rows = content.reshape(len(packs), (sum(widths) + 8) * count)
    columns, place = [], 0
    for number, width in enumerate(widths):
        differences = _numbers(rows[:, place : place + width * count], f"<i{width}")
        sums = np.cumsum(differences, axis=1, dtype=np.int64)
        sums += np.array([pack.firsts[number] for pack in packs], np.int64)[:, None]
        columns.append(sums.reshape(-1))
        place += width * count
    values = _numbers(rows[:, place:], "<f8").reshape(-1)
    return Points(columns[0], columns[1], columns[2], values)


def _differences(column: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return what each number adds to the one before; the first adds nothing."""
    found = np.zeros_like(column)
    np.subtract(column[1:], column[:-1], out=found[1:])
    return found


def _narrowed(differences: npt.NDArray[np.int64]) -> npt.NDArray[np.signedinteger[Any]]:
    """Return whole numbers in the smallest type that holds all of them."""
    low, high = (int(differences.min()), int(differences.max())) if len(differences) else (0, 0)
    width = next(w for w in _WIDTHS if -(1 << (8 * w - 1)) <= low and high < 1 << (8 * w - 1))
    return differences.astype(f"<i{width}")


def _planes(column: npt.NDArray[Any]) -> bytes:
    """Return the first bytes of all numbers, then the second ones, and so on."""
    return column.view(np.uint8).reshape(-1, column.itemsize).T.tobytes()


def _numbers(planes: npt.NDArray[np.uint8], kind: str) -> npt.NDArray[Any]:
    """Return numbers ``(pack, point)`` from their planes ``(pack, byte * point)``."""
    width = np.dtype(kind).itemsize
    grouped = planes.reshape(len(planes), width, -1)
    return np.ascontiguousarray(grouped.transpose(0, 2, 1)).view(kind)[:, :, 0]
