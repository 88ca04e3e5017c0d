"""One request with events, and what its answer means for the next one.

``http.client`` and not httpx: it is there already, opens in a few milliseconds and takes no proxy
from the environment, which inside a cluster would be the wrong way.
"""

import http.client
import ssl
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

__all__ = ["Answer", "EventPost", "Outcome"]

_TIMEOUT_SECONDS: Final = 10.0
_SHOWN: Final = 300
_LONGEST_ANSWER: Final = 65536
_REFUSED: Final = (401, 403, 404)
_BROKEN: Final = (400, 413, 415, 422)


class Outcome(Enum):
    """What an answer means."""

    STORED = auto()
    """The events are there."""
    UNREADABLE = auto()
    """They are not wanted as they are: sending the same again changes nothing."""
    REFUSED = auto()
    """Neither run nor token are known, or not yet."""
    LATER = auto()
    """Something is away or busy."""


@dataclass(frozen=True)
class Answer:
    """What became of a request.

    Attributes:
        outcome: what it means.
        detail: in words, for the log.
        retry_after_seconds: pause that the API asks for.
    """

    outcome: Outcome
    detail: str = ""
    retry_after_seconds: float = 0.0


class EventPost:
    """Sends events of one attempt.

    Args:
        url: address of the API.
        token_file: holds the bearer token; read for each request, since it is renewed; None: none.
        run: uid of the job.
        attempt: index of the attempt.

    Raises:
        ValueError: the address is none.
    """

    def __init__(self, url: str, token_file: Path | None, run: str, attempt: int) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a server, such as https://azuraforge:8000")
        self._host, self._port = parts.hostname, parts.port
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        base = parts.path.rstrip("/")
        self._path = f"{base}/api/v1/runs/{quote(run, safe='')}/events?attempt={attempt}"
        self._token_file = token_file

    def send(self, content: bytes) -> Answer:
        """Send events; whatever goes wrong is the answer."""
        try:
            return self._request(content)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(Outcome.LATER, f"{type(error).__name__}: {error}"[:_SHOWN])

    def _request(self, content: bytes) -> Answer:
        headers = {"Content-Type": "application/x-ndjson", "Connection": "close"}
        if self._token_file is not None:
            token = self._token_file.read_text(encoding="ascii").strip()
            headers["Authorization"] = f"Bearer {token}"
        connection = self._connection()
        try:
            connection.request("POST", self._path, content, headers)
            response = connection.getresponse()
            said = response.read(_LONGEST_ANSWER).decode(errors="replace")
            return _answer(response, said)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_SECONDS)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=_TIMEOUT_SECONDS, context=self._context
        )


def _answer(response: http.client.HTTPResponse, said: str) -> Answer:
    status = response.status
    detail = f"{status} {response.reason}: {said}"[:_SHOWN]
    if status == http.HTTPStatus.OK:
        return Answer(Outcome.STORED)
    if status in _BROKEN:
        return Answer(Outcome.UNREADABLE, detail)
    if status in _REFUSED:
        return Answer(Outcome.REFUSED, detail)
    return Answer(Outcome.LATER, detail, _seconds(response.getheader("Retry-After")))


def _seconds(text: str | None) -> float:
    """Return a ``Retry-After`` in seconds; its other form, a date, is what no API of ours sends."""
    return float(text) if text is not None and text.isdecimal() else 0.0
