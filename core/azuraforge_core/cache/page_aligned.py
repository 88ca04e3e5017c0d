"""Plain ``.npy`` files whose data start on a page, written through a mapping or mapped read-only.

Called by the writer and by entries. NumPy pads a header to 64 bytes; padding it to a page keeps the
file readable by ``np.load`` and lets the data be mapped, registered or read directly by itself.
"""

import errno
import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["MappedArray", "create_mapped", "open_mapped"]

MappedArray: TypeAlias = "np.memmap[Any, np.dtype[Any]]"

PAGE_BYTES = 4096
_ZEROS = bytes(1 << 20)


def create_mapped(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> MappedArray:
    """Create a ``.npy`` file of zeros and map it for writing.

    All blocks are reserved now: a disk that fills up later would answer a store into the mapping
    with SIGBUS, which no program can turn into a message.

    Raises:
        OSError: the volume is full, read-only or failing.
        ValueError: the array would be empty or hold Python objects.
    """
    kind = np.dtype(dtype)
    if kind.hasobject or min(shape, default=1) < 1:
        raise ValueError(f"A cached array must hold numbers, got shape {shape} of {kind}.")
    header = _header(shape, kind)
    size = len(header) + int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    with path.open("xb") as file:
        file.write(header)
        file.flush()
        _reserve(file.fileno(), len(header), size)
    return np.memmap(path, dtype=kind, mode="r+", offset=len(header), shape=shape)


def open_mapped(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> MappedArray:
    """Map an array of a file made by :func:`create_mapped` read-only.

    All processes of the machine share its pages. Shape and type are the caller's (a manifest has
    them, under a checksum), so a damaged header is not interpreted.

    Raises:
        OSError: it is not there or cannot be read.
        ValueError: it is shorter than its shape says.
    """
    return np.memmap(path, dtype=np.dtype(dtype), mode="r", offset=PAGE_BYTES, shape=shape)


def _header(shape: tuple[int, ...], kind: "np.dtype[Any]") -> bytes:
    """Return a version 1.0 header: magic, two-byte length, a literal, spaces, a line feed."""
    described = repr(
        {
            "descr": np.lib.format.dtype_to_descr(kind),
            "fortran_order": False,
            "shape": tuple(int(extent) for extent in shape),
        }
    ).encode("ascii")
    start = np.lib.format.magic(1, 0)
    body = PAGE_BYTES - len(start) - 2
    if len(described) + 1 > body:
        raise ValueError(f"The type {kind} is too long for the header of a .npy file.")
    return start + body.to_bytes(2, "little") + described.ljust(body - 1) + b"\n"


def _reserve(descriptor: int, start: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):  # not on macOS
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL}:
                raise
        else:
            return
    for offset in range(start, size, len(_ZEROS)):
        os.pwrite(descriptor, _ZEROS[: size - offset], offset)
