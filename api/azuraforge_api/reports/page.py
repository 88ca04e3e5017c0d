"""A page that may carry a stranger's script: shown in a box from which nothing gets out."""

from typing import Final

from fastapi import Response

__all__ = ["HTML", "page_answer"]

HTML: Final = "text/html"
_POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""An origin of its own without cookies, no connection to anywhere; our own pages may frame it."""


def page_answer(content: bytes) -> Response:
    """Return a response with a page in its box."""
    headers = {"Content-Security-Policy": _POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(content, media_type=f"{HTML}; charset=utf-8", headers=headers)
