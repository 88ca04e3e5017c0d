"""What ``azuraforge up`` does: migrates, makes the first token and a login link, serves."""

import asyncio
import os
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import typer

from azuraforge_api.app import create_app
from azuraforge_api.backup.restoring import settle_interrupted
from azuraforge_api.database.migrations import upgrade_schema
from azuraforge_api.deployment.http_server import http_server
from azuraforge_api.http.request_identity import log_request_ids
from azuraforge_api.security.principal import Role
from azuraforge_api.sessions.service import create_link
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.service import ensure_admin_token
from azuraforge_cli.opened_database import opened_database
from azuraforge_cli.service_folder import hold_service_folder
from azuraforge_cli.service_settings import read_settings
from azuraforge_contract.environment import TRACKING_URL
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.json_log import JsonFormatter, configure_logging

__all__ = ["run_service"]

_DRAIN_SECONDS: Final = 10
"""Requests in flight get so long at the end; streams are cut."""
_LOG_NAME: Final = "service.log"


def run_service(data: Path, host: str, port: int) -> None:
    """Serve until Ctrl-C.

    Raises:
        JobFileError: the port or the folder is taken, the address is not this machine's, or a
            setting in the environment is wrong.
        SourceUnreachableError: the database does not answer.
        StorageError: the folder cannot be written, or the database is newer than this release.
    """
    data = data.absolute()
    with hold_service_folder(data), closing(_listen(host, port)) as listener:
        address = f"http://{_shown(host)}:{listener.getsockname()[1]}"
        settings = _settings(data, address)
        link = asyncio.run(_prepare(settings))
        _greet(settings, address, link)
        log = (settings.data_dir / _LOG_NAME).open("a", encoding="utf-8")
        configure_logging(JsonFormatter("api"), stream=log)
        log_request_ids()
        server = http_server(create_app(settings), drain_seconds=_DRAIN_SECONDS)
        # Once it has drained, uvicorn raises again the signal that ended it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    typer.echo("Stopped. Trainers go on; `azuraforge up` looks after them again.")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends small answers at once (it looks at the protocol's number).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # from here on nobody else gets the port
    except OSError as error:
        listener.close()
        raise JobFileError(
            f"Cannot listen on {host}:{port}: {error.strerror}.",
            remedy="Choose another --port, or 0 for any free one; another `azuraforge up` may run.",
        ) from error
    return listener


def _settings(data: Path, address: str) -> Settings:
    """Return the environment's settings, with what the command line says and what only it knows."""
    given: dict[str, Any] = {"data_dir": data}
    if "AZURAFORGE_PUBLIC_URL" not in os.environ:
        given["public_url"] = address
    if TRACKING_URL not in os.environ:
        given["tracking_url"] = address
    return read_settings(**given)


async def _prepare(settings: Settings) -> str:
    """Bring the database to the head of its schema; return a login link's secret."""
    async with opened_database(settings) as database:
        await settle_interrupted(settings, database)
        await upgrade_schema(database)
        async with database.write() as session:
            await ensure_admin_token(session, settings.admin_token)
            return await create_link(session, "admin", Role.ADMIN)


def _greet(settings: Settings, address: str, secret: str) -> None:
    typer.echo(f"AzuraForge is at {address}; everything is kept in {settings.data_dir}.")
    typer.echo(f"Log in, once and within 15 minutes: {settings.public_url}/login#{secret}")
    typer.echo(f"The log is {settings.data_dir / _LOG_NAME}. Ctrl-C ends the service.")


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 - a comparison
