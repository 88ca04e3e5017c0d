"""``python -m azuraforge_api``: the service in a container, told everything by its environment.

The chart's Deployment runs ``migrate`` before ``serve``; `azuraforge up` does both on one machine.
"""

import argparse
import asyncio
import logging
import sys
from typing import Final

from azuraforge_api.deployment.migrating import migrate
from azuraforge_api.deployment.pod_settings import read_pod_settings
from azuraforge_api.deployment.serving import serve
from azuraforge_api.http.request_identity import log_request_ids
from azuraforge_api.settings import Settings
from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.json_log import JsonFormatter, configure_logging

__all__ = ["main"]

_WAIT_SECONDS: Final = 300.0
_logger: Final = logging.getLogger("azuraforge.api")


def main(arguments: list[str] | None = None) -> int:
    """Carry a command out; return the process's exit code."""
    given = _parser().parse_args(arguments)
    configure_logging(JsonFormatter("api"), stream=sys.stdout)
    log_request_ids()
    try:
        return int(given.carry_out(read_pod_settings(), given))
    except AzuraForgeError as error:
        _logger.error("%s", error, extra={"event": "cannot_run"})  # noqa: TRY400 - told in words
        return int(error.exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m azuraforge_api", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="answer requests until SIGTERM")
    serving.add_argument("--host", default="0.0.0.0", help="address to listen on")  # noqa: S104 - a pod's own
    serving.add_argument("--port", type=int, default=8000)
    serving.set_defaults(carry_out=_serve)
    migrating = commands.add_parser(
        "migrate", help="bring the database to the schema of this release; safe to run many times"
    )
    migrating.add_argument(
        "--wait-seconds", type=float, default=_WAIT_SECONDS, help="longest wait for the database"
    )
    migrating.set_defaults(carry_out=_migrate)
    return parser


def _serve(settings: Settings, given: argparse.Namespace) -> int:
    return serve(settings, given.host, given.port)


def _migrate(settings: Settings, given: argparse.Namespace) -> int:
    asyncio.run(migrate(settings, wait_seconds=given.wait_seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
