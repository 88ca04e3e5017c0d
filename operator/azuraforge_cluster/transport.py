"""Requests to the API server: one connection pool, one timeout, a bounded number of tries.

``kubernetes.aio``'s dynamic client sends them. Its typed APIs are never imported: they take more
memory than the whole operator. Paths are built here, so nothing is discovered and no cache is
written.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.dynamic.client import DynamicClient

from azuraforge_cluster.errors import ClusterError, UnavailableError, error_of_answer

__all__ = ["Request", "RequestObserver", "Transport"]

_DELAYS_SECONDS: Final = (0.2, 0.6, 1.8)
"""Waits before the second, third and fourth try; whoever asked then tries again at a later turn."""
_LONGEST_WAIT_SECONDS: Final = 10.0
"""Longest wait that the API server may ask for within one request."""
_LONGEST_LINE_BYTES: Final = 16 * 1024 * 1024
"""A longer line of a stream is divided; no object is as long."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        verb: get, post, patch or delete; put replaces.
        resource: plural name, for metrics.
        path: from the root of the API.
        body: sent as JSON.
        query: further parameters, as the dynamic client names them.
        is_repeatable: whether it may be sent again where no answer came.
    """

    verb: str
    resource: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    is_repeatable: bool = True


class RequestObserver(Protocol):
    """Told of every answer."""

    def count_request(self, verb: str, resource: str, code: int) -> None:
        """Count one; code 0 where no answer came."""


class Transport:
    """Sends requests.

    Args:
        client: holds address, credentials and connections.
        observer: told of every answer.
        timeout_seconds: longest wait for one answer.
        delays_seconds: waits between tries.
        longest_wait_seconds: how long the API server may let one request wait between two tries.
    """

    def __init__(
        self,
        client: ApiClient,
        observer: RequestObserver,
        *,
        timeout_seconds: float,
        delays_seconds: tuple[float, ...] = _DELAYS_SECONDS,
        longest_wait_seconds: float = _LONGEST_WAIT_SECONDS,
    ) -> None:
        self._client: Any = client  # its methods are untyped
        self._dynamic: Any = DynamicClient(client)  # type: ignore[no-untyped-call] # so is this one
        self._observer = observer
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._delays = delays_seconds
        self._longest_wait = longest_wait_seconds

    async def send(self, request: Request) -> dict[str, Any]:
        """Return the answer's object.

        Raises:
            ClusterError: the API server refused, or did not answer in several tries.
        """
        answer: dict[str, Any] = json.loads(await self.send_for_text(request))
        return answer

    async def send_for_text(self, request: Request) -> str:
        """Return the answer as text.

        Raises:
            ClusterError: the API server refused, or did not answer in several tries.
        """
        for delay in self._delays:
            try:
                return await self._send_once(request)
            except UnavailableError as error:
                if not request.is_repeatable:
                    raise
                wait = max(delay, min(error.retry_after_seconds, self._longest_wait))
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load
        return await self._send_once(request)

    async def stream(
        self, request: Request, *, silence_seconds: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield an answer line by line as it arrives, without line ends, until it ends.

        Whoever stops early closes the generator, and with it the connection.

        Args:
            request: sent once.
            silence_seconds: longest wait for the next bytes.

        Raises:
            UnavailableError: the connection is lost, or nothing came for so long.
            ClusterError: the API server refused.
        """
        patience = aiohttp.ClientTimeout(
            sock_connect=self._timeout.total, sock_read=silence_seconds
        )
        response = await self._open(request, patience)
        self._observer.count_request(request.verb, request.resource, response.status)
        rest = b""
        try:
            async for piece in response.content.iter_any():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield line
                if len(rest) > _LONGEST_LINE_BYTES:
                    yield rest
                    rest = b""
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _no_answer(error) from error
        finally:
            response.close()
        if rest:
            yield rest

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _send_once(self, request: Request) -> str:
        response = await self._open(request, self._timeout)
        try:
            text: str = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._observer.count_request(request.verb, request.resource, 0)
            raise _no_answer(error) from error
        self._observer.count_request(request.verb, request.resource, response.status)
        return text

    async def _open(self, request: Request, patience: aiohttp.ClientTimeout) -> Any:
        """Send a request; return the answer whose body is still to be read."""
        try:
            return await self._dynamic.request(
                request.verb,
                request.path,
                body=request.body,
                serialize=False,
                _request_timeout=patience,
                **(request.query or {}),
            )
        except ApiException as error:
            self._observer.count_request(request.verb, request.resource, error.status or 0)
            raise _error_of(error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._observer.count_request(request.verb, request.resource, 0)
            raise _no_answer(error) from error


def _no_answer(error: Exception) -> UnavailableError:
    return UnavailableError(type(error).__name__, str(error) or "no answer in time")


def _error_of(error: ApiException) -> ClusterError:
    wait = (error.headers or {}).get("Retry-After", "")
    return error_of_answer(
        error.status or 0,
        error.body if isinstance(error.body, str) else None,
        retry_after_seconds=float(wait) if wait.isdecimal() else 0.0,
    )
