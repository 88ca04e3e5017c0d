"""Serves until SIGTERM: a pod's end lets the requests in flight come to theirs."""

import signal
import socket
from contextlib import closing, suppress
from typing import Final

from azuraforge_api.app import create_app
from azuraforge_api.deployment.http_server import http_server
from azuraforge_api.settings import Settings
from azuraforge_contract.errors import JobFileError

__all__ = ["serve"]

_DRAIN_SECONDS: Final = 20
"""Requests in flight get so long at the end; streams are cut. A pod's grace period is longer."""


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve until SIGTERM or Ctrl-C; return 0, or 1 where the service could not start.

    Raises:
        JobFileError: the port is taken, or the address is not ours.
    """
    with closing(_listen(host, port)) as listener:
        server = http_server(create_app(settings), drain_seconds=_DRAIN_SECONDS)
        # Once it has drained, uvicorn raises again the signal that ended it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends small answers at once (it looks at the protocol's number).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise JobFileError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", remedy="Choose another --port."
        ) from error
    return listener
