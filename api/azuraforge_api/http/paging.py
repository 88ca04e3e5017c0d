"""Pages of a list by keyset: stable while rows come and go, and as fast at the end as at the start.

A page token is the sort key of the last item shown, and says which list it belongs to. It is not
secret and not signed: whoever changes it only chooses another place in a list that may be read.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from azuraforge_api.problems.problem import Problem

__all__ = [
    "Limit",
    "Page",
    "PageToken",
    "as_moment",
    "as_number",
    "as_small_number",
    "as_text",
    "decode_token",
    "encode_token",
    "page_of",
]

Item = TypeVar("Item")
Limit = Annotated[int, Field(ge=1, le=500)]
"""Items of a page at most."""
PageToken = Annotated[str, Field(max_length=1000)] | None
"""``next`` of the page before; None: the first page."""


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    """In the order asked for."""
    next: str | None = None
    """The following page's token; null on the last page."""


def encode_token(order: str, key: Sequence[Any]) -> str:
    """Return the token of the page that follows an item's sort key."""
    content = json.dumps([order, *key], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_token(token: str, order: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """Return the sort key in a token.

    Args:
        token: what a caller sent.
        order: of the list.
        kinds: turn each part of the key into what the database compares with.

    Raises:
        Problem: it is damaged, or of a list in another order.
    """
    try:
        written, *key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if written == order:
            return [kind(part) for kind, part in zip(kinds, key, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        pass  # told below, as a token of another list is
    raise Problem(
        "invalid-request",
        "page: not a token of this list.",
        remedy="Take `next` of the page before unchanged, with the same filters and order.",
    )


def as_moment(part: object) -> datetime:
    """Return the part of a sort key that is a moment; see `decode_token`."""
    moment = datetime.fromisoformat(str(part))
    if moment.tzinfo is None:
        raise ValueError("a moment without zone")
    return moment


def as_number(part: object) -> int:
    """Return the part of a sort key that is the number of a row; see `decode_token`."""
    return _whole(part, 63)


def as_small_number(part: object) -> int:
    """Return the part of a sort key that is a version or the like; see `decode_token`."""
    return _whole(part, 31)


def as_text(part: object) -> str:
    """Return the part of a sort key that is text; see `decode_token`."""
    if not isinstance(part, str) or "\0" in part:
        raise ValueError("no text of a row")
    return part


def _whole(part: object, bits: int) -> int:
    if not isinstance(part, int) or abs(part) >= 2**bits:
        raise ValueError("no number of the database")
    return part


def page_of(items: Sequence[Item], limit: int, order: str, key: Sequence[Any]) -> Page[Item]:
    """Return a page of ``limit`` items out of ``limit + 1`` that were looked up.

    Args:
        items: one more than the limit where more follow.
        limit: of the page.
        order: names the list and its order.
        key: sort key of the last item that is shown.
    """
    if len(items) <= limit:
        return Page(items=list(items))
    return Page(items=list(items[:limit]), next=encode_token(order, key))
