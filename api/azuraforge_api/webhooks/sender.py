"""Sends one message once; told by the worker when, tells it what came of it."""

import asyncio
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import httpx

from azuraforge_api.http.outgoing import trusted_authorities
from azuraforge_api.webhooks.addresses import AddressPolicy, RefusedAddressError
from azuraforge_api.webhooks.signature import sign

__all__ = ["Message", "Outcome", "WebhookSender"]

_SUCCESS: Final = range(200, 300)
_GONE: Final = 410
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True)
class Message:
    """What is sent.

    Attributes:
        url: where to.
        secret: signs it.
        delivery: identity of the delivery.
        event: what it tells, in a word.
        body: JSON.
    """

    url: str
    secret: str
    delivery: str
    event: str
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        status: of the receiver's answer; None: there was none.
        error: why it failed; None: it arrived.
    """

    status: int | None
    error: str | None

    @property
    def is_final(self) -> bool:
        """Whether there is no use in trying again: the receiver says that it is gone for good."""
        return self.status == _GONE


class WebhookSender:
    """Speaks to receivers.

    Args:
        policy: which hosts it may speak to.
        timeout_seconds: of one attempt, from the name's look-up to the answer's head.
    """

    def __init__(self, policy: AddressPolicy, timeout_seconds: float) -> None:
        self._policy = policy
        self._timeout_seconds = timeout_seconds
        # No connection is kept: one that was made to a host must not serve another one beside it.
        # No proxy of the environment: it would resolve the name anew, unjudged.
        self._http = httpx.AsyncClient(
            verify=trusted_authorities(),
            follow_redirects=False,
            trust_env=False,
            timeout=timeout_seconds,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"User-Agent": f"AzuraForge/{version('azuraforge')}"},
        )

    async def send(self, message: Message) -> Outcome:
        """Send a message; whatever goes wrong is in the outcome."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                status = await self._post(message)
        except TimeoutError:
            return Outcome(None, f"no answer within {self._timeout_seconds:g} seconds")
        except RefusedAddressError as error:
            return Outcome(None, str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Outcome(None, f"{type(error).__name__}: {error}")
        if status in _SUCCESS:
            return Outcome(status, None)
        hint = "; redirects are not followed" if status in _REDIRECTS else ""
        return Outcome(status, f"the receiver answered {status}{hint}")

    async def close(self) -> None:
        """Close what is open."""
        await self._http.aclose()

    async def _post(self, message: Message) -> int:
        addresses = await self._policy.resolve(message.url)
        for address in addresses[:-1]:
            try:
                return await self._post_to(address, message)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # the host has another address
        return await self._post_to(addresses[-1], message)

    async def _post_to(self, address: str, message: Message) -> int:
        url = httpx.URL(message.url)
        headers = {
            "Host": url.netloc.decode(),
            "Content-Type": "application/json",
            "AzuraForge-Event": message.event,
            "AzuraForge-Delivery": message.delivery,
            "AzuraForge-Signature": sign(message.secret, message.body, int(time.time())),
        }
        request = self._http.build_request(
            "POST",
            url.copy_with(host=address),
            headers=headers,
            content=message.body,
            extensions={"sni_hostname": url.host},  # what its certificate must be made out to
        )
        answer = await self._http.send(request, stream=True)
        await answer.aclose()  # its body is nobody's business, however long it is
        return answer.status_code
