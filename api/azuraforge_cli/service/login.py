"""What ``azuraforge login`` and ``azuraforge logout`` do."""

import ipaddress
import json
from pathlib import Path
from typing import Final

import httpx
import typer

from azuraforge_cli.service.connection import connect
from azuraforge_cli.service.login_link import exchange_link, is_link
from azuraforge_cli.service.login_store import Login, forget_login, login_path, write_login
from azuraforge_cli.service.secret_text import read_secret
from azuraforge_client.requests import checked_url

__all__ = ["log_in", "log_out"]

_REMEDY: Final = (
    "An admin makes one: azuraforge tokens create NAME. AZURAFORGE_ADMIN_TOKEN presets one."
)


def log_in(url: str, token_file: Path | None, *, as_json: bool) -> None:
    """Check a token and keep it; a login link is exchanged for one.

    Raises:
        CommandFailure: there is no token, or the service does not know it.
        ServiceError: no service answers there.
        StorageError: the token cannot be read, or the login not written.
    """
    if is_link(url):
        login = exchange_link(url)
    else:
        login = Login(checked_url(url), read_secret(token_file, "token", remedy=_REMEDY))
    _warn_of_listeners(login.url)
    with connect(login) as client:
        myself = client.system.myself()
        release = client.system.version().version
    path = write_login(login)
    if as_json:
        document = {**myself.to_document(), "url": login.url, "version": release, "file": str(path)}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    typer.echo(f"Logged in to {login.url} (AzuraForge {release}) as {myself.name}, {myself.role}.")
    typer.echo(f"Kept in {path}, which only you can read. `azuraforge logout` removes it.")


def log_out() -> None:
    """Forget the token.

    Raises:
        StorageError: it cannot be removed.
    """
    was_there = forget_login()
    typer.echo("Logged out." if was_there else f"Was not logged in: there is no {login_path()}.")


def _warn_of_listeners(url: str) -> None:
    """Say on stderr where a token crosses a network unencrypted."""
    parts = httpx.URL(url)
    if parts.scheme == "https" or parts.host == "localhost":
        return
    try:
        is_here = ipaddress.ip_address(parts.host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        typer.echo(f"Warning: {url} is not encrypted; others may read the token.", err=True)
