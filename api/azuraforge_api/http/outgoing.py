"""Which certificate authorities the service trusts when it asks others; read once in a process."""

import ssl
from functools import cache

import httpx

__all__ = ["trusted_authorities"]


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Return what httpx trusts by itself; each client would read the list anew, which takes long.

    To be shared, not to be changed.
    """
    return httpx.create_ssl_context()
