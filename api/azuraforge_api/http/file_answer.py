"""An open file as an answer: whole, or the one range that was asked for (RFC 9110, section 14)."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Final
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from azuraforge_api.http.beneath import OpenedFile
from azuraforge_api.problems.problem import Problem

__all__ = ["file_answer"]

_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_PIECE_BYTES: Final = 256 * 1024


def file_answer(
    file: OpenedFile, *, name: str, media_type: str, wanted_range: str | None
) -> StreamingResponse:
    """Return a response that sends a file and closes it.

    Args:
        file: open; closed when the answer has been sent.
        name: what a browser saves it as.
        media_type: of its content.
        wanted_range: the request's ``Range``; what is not understood is ignored, as the RFC says.

    Raises:
        Problem: the range lies outside the file.
    """
    try:
        start, stop = _slice(wanted_range, file.bytes)
    except Problem:
        os.close(file.descriptor)
        raise
    is_part = (start, stop) != (0, file.bytes)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "Content-Disposition": _attachment(name),
        "Last-Modified": formatdate(file.modified, usegmt=True),
    }
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.bytes}"
    return StreamingResponse(
        _pieces(file.descriptor, start, stop),
        status_code=206 if is_part else 200,
        media_type=media_type,
        headers=headers,
    )


async def _pieces(descriptor: int, start: int, stop: int) -> AsyncIterator[bytes]:
    try:
        while start < stop:
            wanted = min(_PIECE_BYTES, stop - start)
            piece = await asyncio.to_thread(os.pread, descriptor, wanted, start)
            if not piece:
                return  # it was cut off meanwhile; the declared length tells the caller
            start += len(piece)
            yield piece
    finally:
        os.close(descriptor)


def _slice(wanted: str | None, size: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(wanted.replace(" ", "")) if wanted else None
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return 0, size  # no range at all, says the RFC
    if first == "":
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if start >= stop:
        raise Problem(
            "range-not-satisfiable",
            f"Range {wanted} lies outside the file's {size} bytes.",
            remedy="Ask for a range inside it, or for the whole file.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, stop


def _attachment(name: str) -> str:
    """Return the header with a plain name, and the true one for who reads it (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    true = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
    return f'attachment; filename="{plain}"{true}'
