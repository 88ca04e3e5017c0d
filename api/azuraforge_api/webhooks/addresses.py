"""Where messages may go: an admin's address must not make the service speak to its own insides.

Private addresses are allowed: receivers inside a cluster or a company are what webhooks are for.
Never allowed are those that no receiver has: link-local ones (among them the metadata services of
clouds, which hand out credentials), multicast and unspecified ones. Loopback is this machine, where
a database may listen that trusts it: only hosts that `webhook_allowed_hosts` names may be there.

Names are resolved at every attempt and the connection goes to an address that was judged, so that a
name which changes its mind in between (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import SplitResult, urlsplit

__all__ = ["AddressPolicy", "RefusedAddressError", "check_url"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA: Final = tuple(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
"""Of clouds that have it elsewhere than at a link-local address: AWS by IPv6, Alibaba, Azure."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS: Final = {"http": 80, "https": 443}


class RefusedAddressError(Exception):
    """Why nothing is sent to an address."""


def check_url(url: str) -> str:
    """Return an address that can be one of a receiver; who it resolves to is judged when sending.

    Raises:
        ValueError: it cannot.
    """
    parts = _split(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("should be an http or https address with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("should hold no user and no password; messages are signed instead")
    if parts.fragment:
        raise ValueError("should hold no fragment (#…), which is never sent")
    if not url.isascii() or any(character <= " " for character in url):
        raise ValueError("should be ASCII without blanks; encode other characters with %")
    literal = _literal(parts.hostname)
    if literal is not None and not literal.is_loopback and _is_never_allowed(literal):
        raise ValueError(f"{literal} is no address of a receiver")
    return url


@dataclass(frozen=True)
class AddressPolicy:
    """Which hosts messages may go to.

    Attributes:
        allowed_hosts: names or patterns such as ``*.example.com``; none: any host but this one.
    """

    allowed_hosts: Sequence[str] = ()

    async def resolve(self, url: str) -> list[str]:
        """Return the numeric addresses of a URL's host, those of IPv4 first.

        Raises:
            RefusedAddressError: the host is not allowed, or one of its addresses is not.
            OSError: the name cannot be resolved.
        """
        parts = _split(url)
        host = str(parts.hostname)
        is_named = any(fnmatchcase(host, pattern.lower()) for pattern in self.allowed_hosts)
        if self.allowed_hosts and not is_named:
            raise RefusedAddressError(f"{host} is not among AZURAFORGE_WEBHOOK_ALLOWED_HOSTS")
        port = parts.port or _PORTS[parts.scheme]
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = sorted({ipaddress.ip_address(each[4][0]) for each in found}, key=_order)
        for address in addresses:
            _judge(host, address, is_named=is_named)
        return [str(address) for address in addresses]


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.port == 0:  # also raises where the port is no number
        raise ValueError("should not name port 0")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _order(address: Address) -> tuple[int, int]:
    return address.version, int(address)


def _judge(host: str, address: Address, *, is_named: bool) -> None:
    if _is_never_allowed(address):
        raise RefusedAddressError(f"{host} resolves to {address}, which is no receiver's")
    if _plain(address).is_loopback and not is_named:
        raise RefusedAddressError(
            f"{host} resolves to {address}, this machine; "
            "AZURAFORGE_WEBHOOK_ALLOWED_HOSTS may name it"
        )


def _is_never_allowed(address: Address) -> bool:
    plain = _plain(address)
    if plain.is_loopback:
        return False
    return (
        plain in _METADATA
        or plain.is_link_local
        or plain.is_multicast
        or plain.is_unspecified
        or (plain.version == 4 and (plain.is_reserved or plain.packed[0] == 0))  # noqa: PLR2004 - IPv4
    )


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
