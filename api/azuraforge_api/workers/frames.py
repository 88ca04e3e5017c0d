"""How the service and a worker talk: a JSON header and a body of bytes, each behind its length."""

import json
import struct
from asyncio import StreamReader
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

__all__ = ["Frame", "decode_frame", "encode_frame", "read_frame"]

_LENGTHS: Final = struct.Struct("<IQ")


@dataclass(frozen=True)
class Frame:
    """One question or one answer.

    Attributes:
        header: a few facts.
        body: passed on as it is.
    """

    header: dict[str, Any]
    body: bytes = b""


def encode_frame(frame: Frame) -> bytes:
    """Return a frame as it is sent."""
    header = json.dumps(frame.header, separators=(",", ":")).encode()
    return _LENGTHS.pack(len(header), len(frame.body)) + header + frame.body


async def read_frame(stream: StreamReader) -> Frame:
    """Read a frame that a worker sent.

    Raises:
        asyncio.IncompleteReadError: the worker has ended.
    """
    header, body = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    return Frame(json.loads(await stream.readexactly(header)), await stream.readexactly(body))


def decode_frame(stream: BinaryIO) -> Frame | None:
    """Read a frame that the service sent; None where it has ended."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header, body = _LENGTHS.unpack(lengths)
    return Frame(json.loads(stream.read(header)), stream.read(body))
