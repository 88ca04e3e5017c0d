"""The client that blocks; see `azuraforge_client.async_client` for the one that does not.

The two differ in nothing but ``await``: what they send is described in ``resources``.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx

from azuraforge_client.calls import Call, Download, Follow, Listing
from azuraforge_client.errors import ServiceError, UnreachableError, failure_of
from azuraforge_client.files import IncomingFile, file_bytes, file_pieces
from azuraforge_client.requests import (
    DEFAULT_TIMEOUT_SECONDS,
    build_request,
    checked_url,
    default_headers,
    verification,
)
from azuraforge_client.resources.surface import Resources
from azuraforge_client.retries import Patience, RetryPolicy
from azuraforge_client.streams import LineReader

__all__ = ["Client"]

Result = TypeVar("Result")
Item = TypeVar("Item")
Outcome = httpx.Response | httpx.TransportError
_ENDED_EARLY: Final = httpx.RemoteProtocolError("the stream ended before what it tells of")


class Client(Resources):
    """Calls an AzuraForge service; a context, or closed by `close`.

    Args:
        url: of the service, such as http://127.0.0.1:8000.
        token: who asks; None: nobody, who is told little.
        timeout_seconds: how long a connection and each part of an answer may take.
        retries: when a failed request is sent again.
        transport: what carries requests instead of the network.

    Raises:
        UnreachableError: the address is none.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        retries: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = checked_url(url)
        self._retries = retries or RetryPolicy()
        self._http = httpx.Client(
            base_url=self.url,
            headers=default_headers(token),
            timeout=timeout_seconds,
            transport=transport,
            verify=verification(self.url),
        )
        super().__init__(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def send(self, call: Call[Result]) -> Result:
        """Send a request and return its result.

        Raises:
            ApiProblem: the service refused it.
            UnreachableError: the service does not answer.
            UnexpectedAnswerError: the answer is not one of a service of a like release.
        """
        with self._answer(call) as answer:
            return call.parse(answer)

    def iterate(self, wanted: Listing[Item] | Follow[Item]) -> Iterator[Item]:
        """Yield the items of a list, page after page, or of a stream as they come.

        Raises:
            ServiceError: as `send`.
        """
        return self._pages(wanted) if isinstance(wanted, Listing) else self._follow(wanted)

    def download(self, wanted: Download) -> Path:
        """Fetch a file, going on where the connection broke off; return where it lies.

        Raises:
            ServiceError: as `send`.
            StorageError: it cannot be written.
        """
        failed = 0
        with IncomingFile(wanted) as file:
            while True:
                part = file.headers
                try:
                    with self._answer(wanted.call, headers=part, is_stream=True) as answer:
                        if not file.begin(answer):
                            continue
                        for piece in answer.iter_bytes():
                            failed = 0
                            file.write(piece)
                    return file.finish()
                except httpx.TransportError as error:
                    failed += 1
                    self._wait_after(failed, error, is_repeatable=True)

    def _pages(self, listing: Listing[Item]) -> Iterator[Item]:
        items, following = self.send(listing.call)
        yield from items
        while following is not None:
            items, following = self.send(listing.page(following))
            yield from items

    def _follow(self, follow: Follow[Item]) -> Iterator[Item]:
        patience = Patience(self._retries)
        while True:
            lines = LineReader()
            try:
                with self._answer(
                    follow.call(), is_stream=True, quiet_seconds=follow.quiet_seconds
                ) as answer:
                    for piece in answer.iter_bytes():
                        patience.renew()
                        yield from follow.take_all(lines.feed(piece))
                if follow.has_ended():
                    return
                failure: ServiceError = failure_of(_ENDED_EARLY, self.url)
            except httpx.TransportError as error:
                failure = failure_of(error, self.url)
            except UnreachableError as error:
                failure = error
            pause = patience.next_pause_seconds()
            if pause is None:
                raise failure
            time.sleep(pause)

    @contextmanager
    def _answer(
        self,
        call: Call[Result],
        *,
        headers: Mapping[str, str] | None = None,
        is_stream: bool = False,
        quiet_seconds: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request until it succeeds or fails for good."""
        failed = 0
        while True:
            outcome = self._try(call, headers or {}, is_stream, quiet_seconds)
            if isinstance(outcome, httpx.Response) and outcome.is_success:
                break
            failed += 1
            self._wait_after(failed, outcome, is_repeatable=call.is_repeatable)
        try:
            yield outcome
        finally:
            outcome.close()

    def _try(
        self,
        call: Call[Result],
        headers: Mapping[str, str],
        is_stream: bool,
        quiet_seconds: float | None,
    ) -> Outcome:
        body = None
        if call.file is not None:
            body = file_pieces(call.file, file_bytes(call.file), call.progress)
        request = build_request(
            self._http, call, body=body, headers=headers, quiet_seconds=quiet_seconds
        )
        try:
            answer = self._http.send(request, stream=True)
            if not (is_stream and answer.is_success):
                answer.read()
        except httpx.TransportError as error:
            return error
        return answer

    def _wait_after(self, failed: int, outcome: Outcome, *, is_repeatable: bool) -> None:
        delay = self._retries.delay_seconds(failed, outcome, is_repeatable=is_repeatable)
        if delay is None:
            raise failure_of(outcome, self.url)
        time.sleep(delay)
