"""A token for the command line in exchange for a login link, as `azuraforge up` prints one.

Called by ``login``. The link opens a session, once, as it does in a browser; the session makes the
token, and ends. Who has only the link needs no token preset to begin with.
"""

import getpass
import platform
from typing import Final

from azuraforge_cli.service.connection import connect
from azuraforge_cli.service.login_store import Login
from azuraforge_client import Client
from azuraforge_client.calls import API, Call, Route, nothing, parsed_as
from azuraforge_client.requests import checked_url
from azuraforge_client.resources.tokens import CreatedToken

__all__ = ["exchange_link", "is_link"]

_MARK: Final = "/login#"
_BEGIN: Final = Route("POST", f"{API}/session")
_END: Final = Route("DELETE", f"{API}/session", is_repeatable=True)
_TOKEN: Final = Route("POST", f"{API}/tokens")


def is_link(url: str) -> bool:
    """Return whether an address is a link that logs in."""
    return _MARK in url


def exchange_link(link: str) -> Login:
    """Use a link up, and return where the service is with a new token of the link's role.

    Raises:
        CommandFailure: the link was used before, is too old, or is of somebody who may not make
            tokens.
        ServiceError: no service answers there.
    """
    address, _, code = link.strip().partition(_MARK)
    url = checked_url(address)
    with connect(Login(url, None)) as client:
        own = {"Origin": url}  # as our own page sends it
        client.send(Call(_BEGIN, _BEGIN.path, nothing, json={"code": code}, headers=own))
        try:
            return Login(url, _make_token(client, own))
        finally:
            client.send(Call(_END, _END.path, nothing, headers=own))


def _make_token(client: Client, own: dict[str, str]) -> str:
    name = f"{getpass.getuser()} at {platform.node() or 'a machine'}"[:100]
    wanted = {"name": name, "role": client.system.myself().role}
    call = Call[CreatedToken](
        _TOKEN, _TOKEN.path, parsed_as(CreatedToken), json=wanted, headers=own
    )
    return client.send(call).secret
