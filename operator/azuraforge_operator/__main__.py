"""``python -m azuraforge_operator``: the operator, from environment to exit code."""

import asyncio
import logging
import os
import sys
from typing import Any, Final

from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient

from azuraforge_contract.errors import AzuraForgeError, JobFileError
from azuraforge_contract.json_log import JsonFormatter, configure_logging
from azuraforge_operator.serving.operator import Operator
from azuraforge_operator.settings import OperatorSettings, read_settings

__all__ = ["main"]

_OF_KOPF: Final = frozenset({"settings", "k8s_skip", "k8s_ref"})
"""Fields that Kopf puts into records for itself."""


def main() -> int:
    """Run the operator; return the process's exit code."""
    _log("info")
    try:
        settings = read_settings(os.environ)
    except JobFileError as error:
        logging.getLogger("azuraforge").error("%s", error, extra={"event": "bad_settings"})  # noqa: TRY400 - a person's mistake
        return int(error.exit_code)
    _log(settings.log_level)
    try:
        asyncio.run(_run(settings))
    except AzuraForgeError as error:
        logging.getLogger("azuraforge").error("%s", error, extra={"event": "cannot_run"})  # noqa: TRY400 - told in words
        return int(error.exit_code)
    except Exception:
        logging.getLogger("azuraforge").exception("A part has failed; the operator ends.")
        return 1
    return 0


def _log(level: str) -> None:
    """Print what we say from a level on, and Kopf's warnings; at debug all that Kopf does."""
    configure_logging(JsonFormatter("operator", unprinted=_OF_KOPF), level=level)
    logging.getLogger("kopf").setLevel(logging.DEBUG if level == "debug" else logging.WARNING)


async def _run(settings: OperatorSettings) -> None:
    await _load_credentials()
    async with ApiClient() as client:
        await Operator(settings, client).run()


async def _load_credentials() -> None:
    """Use the pod's service account, or the kubeconfig of whoever runs this by hand."""
    untyped: Any = config
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        untyped.load_incluster_config()
    else:
        await untyped.load_kube_config()


if __name__ == "__main__":
    sys.exit(main())
