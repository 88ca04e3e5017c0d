"""Whether a browser's write comes from our own page (cross-site request forgery)."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from azuraforge_api.problems.problem import Problem
from azuraforge_api.settings import Settings

__all__ = ["SAFE_METHODS", "check_origin"]

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def check_origin(request: Request, settings: Settings) -> None:
    """Refuse a write that a page of another origin has made a browser send.

    Browsers send ``Origin`` with every write; what sends none carries no cookie of a person.

    Raises:
        Problem: the origin is another one, or none is told.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin", "")
    own = urlsplit(settings.public_url)
    allowed = {f"{own.scheme}://{own.netloc}", *settings.allowed_origins}
    if origin not in allowed:
        raise Problem(
            "foreign-origin",
            f"The request comes from {origin or 'no named origin'}, expected {min(allowed)}.",
            remedy="Programs use a bearer token; AZURAFORGE_ALLOWED_ORIGINS allows further pages.",
        )
