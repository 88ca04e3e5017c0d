"""What both clients share: the address, the headers, and a description made into a request."""

import platform
import ssl
from collections.abc import AsyncIterable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import httpx

from azuraforge_client.calls import API, Call
from azuraforge_client.errors import UnreachableError
from azuraforge_client.files import file_bytes

__all__ = [
    "DEFAULT_TIMEOUT_SECONDS",
    "build_request",
    "checked_url",
    "default_headers",
    "verification",
]

DEFAULT_TIMEOUT_SECONDS: Final = 60.0
_SCHEMES: Final = ("http", "https")


def checked_url(url: str) -> str:
    """Return a service's address, without a slash or the path of its API at its end.

    Raises:
        UnreachableError: it is no address of a service.
    """
    try:
        parts = httpx.URL(url.strip())
    except httpx.InvalidURL:
        parts = httpx.URL()
    if parts.scheme not in _SCHEMES or not parts.host or parts.query or parts.fragment:
        raise UnreachableError(
            f"{url!r} is no address of a service.",
            remedy="Write it as http://127.0.0.1:8000 or https://azuraforge.example.com.",
        )
    return str(parts).rstrip("/").removesuffix(API)  # where the address of an operation was copied


def default_headers(token: str | None) -> dict[str, str]:
    """Return what every request carries."""
    try:
        release = version("azuraforge")
    except PackageNotFoundError:  # the client's folder alone was copied somewhere
        release = "unknown"
    headers = {
        "User-Agent": f"azuraforge-client/{release} Python/{platform.python_version()}",
        "Accept": "application/json",
    }
    if token:
        headers["Authorization"] = f"Bearer {token.strip()}"
    return headers


def verification(url: str) -> ssl.SSLContext | bool:
    """Return how certificates are checked: wholly, or not at all prepared for where none is shown.

    Reading the machine's certificates takes a tenth of a second, which a command feels.
    """
    is_encrypted = url.startswith("https://")
    return True if is_encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def build_request(
    http: httpx.Client | httpx.AsyncClient,
    call: Call[Any],
    *,
    body: Iterable[bytes] | AsyncIterable[bytes] | None,
    headers: Mapping[str, str],
    quiet_seconds: float | None,
) -> httpx.Request:
    """Return the request of a description.

    Args:
        http: sends it.
        call: describes it.
        body: the pieces of its file, where it has one.
        headers: further ones.
        quiet_seconds: how long an answer may be silent; None: as long as the client waits anyway.
    """
    sent = {**call.headers, **headers}
    if call.file is not None:
        sent["Content-Length"] = str(file_bytes(call.file))
    timeout: httpx.Timeout = http.timeout
    if quiet_seconds is not None:
        known = timeout.as_dict()
        timeout = httpx.Timeout(**{**known, "read": quiet_seconds})
    return http.build_request(
        call.route.method,
        call.address,
        params=call.parameters or None,
        json=call.json,
        content=call.content if call.file is None else body,
        headers=sent,
        timeout=timeout,
    )
