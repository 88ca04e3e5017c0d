"""The watches, which are Kopf's: every change becomes a line in the store and a turn for a job.

Kopf lists, watches, reconnects and begins anew where it must. None of its handlers that patch
objects are used, so it writes nothing: no annotation, no finalizer, no event.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import kopf

from azuraforge_contract.custom_resource import GROUP, PLURAL, VERSION
from azuraforge_operator.names import JOB_NAME_LABEL
from azuraforge_operator.reconciling.feed import Change, Feed
from azuraforge_operator.serving.watch_pulse import WATCH_SECONDS, WatchPulse
from azuraforge_operator.settings import OperatorSettings

__all__ = ["WATCHED", "build_registry", "kopf_settings"]

WATCHED: Final = (PLURAL, "jobs", "pods")
"""Plural names of the resources that are watched."""
_PREFIX: Final = "azuraforge.io"
_INACTIVE_SECONDS: Final = WATCH_SECONDS + 15.0
_See = Callable[[dict[str, Any], Change], None]


class _NoEssence(kopf.DiffBaseStorage):
    """What Kopf compares an object with: nothing, since no handler of ours asks what has changed.

    Kopf would copy every object that a watch tells of, which is an eighth of the operator's CPU.
    """

    def build(self, *, body: kopf.Body, extra_fields: Any = None) -> kopf.BodyEssence:  # noqa: ARG002 - Kopf's signature
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:  # noqa: ARG002
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Keep nothing."""


def build_registry(
    feed: Feed, pulse: WatchPulse, end: Callable[[], Awaitable[None]]
) -> kopf.OperatorRegistry:
    """Return Kopf's handlers: three that feed the store, the login, and the end.

    Args:
        feed: takes in what is told.
        pulse: follows the watches' requests.
        end: called, and waited for, when the process is asked to end.
    """
    registry = kopf.OperatorRegistry()
    _watch(registry, (GROUP, VERSION, PLURAL), feed.see_training_job)
    _watch(registry, ("batch", "v1", "jobs"), feed.see_job)
    _watch(registry, ("", "v1", "pods"), feed.see_pod)

    async def log_in(**kwargs: Any) -> kopf.AiohttpSession:
        info = kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)
        if info is None:
            raise kopf.PermanentError("neither a service account nor a kubeconfig is there")
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=info.as_ssl_context()),
            headers=info.as_http_headers(),
            trace_configs=[pulse.trace_config()],
        )
        return kopf.AiohttpSession(
            server=info.server,
            default_namespace=info.default_namespace,
            aiohttp_session=session,
        )

    async def clean_up(**_: Any) -> None:
        await end()

    kopf.on.login(registry=registry)(log_in)
    kopf.on.cleanup(registry=registry)(clean_up)
    return registry


def kopf_settings(settings: OperatorSettings) -> kopf.OperatorSettings:
    """Return how Kopf is to behave."""
    found = kopf.OperatorSettings()
    found.posting.enabled = False
    found.scanning.disabled = True
    found.peering.standalone = True
    found.networking.request_timeout = settings.request_timeout_seconds
    found.networking.connect_timeout = settings.request_timeout_seconds
    found.networking.error_backoffs = (0.5, 1, 2, 4, 8)
    found.watching.server_timeout = WATCH_SECONDS
    found.watching.inactivity_timeout = _INACTIVE_SECONDS
    found.watching.connect_timeout = settings.request_timeout_seconds
    found.watching.chunk_size = 100
    found.watching.label_selectors["batch", "v1", "jobs"] = JOB_NAME_LABEL
    found.watching.label_selectors["", "v1", "pods"] = JOB_NAME_LABEL
    found.queueing.idle_timeout = 0.1
    found.process.ultimate_exiting_timeout = 30
    found.persistence.finalizer = f"{_PREFIX}/operator"
    found.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=_PREFIX)
    found.persistence.diffbase_storage = _NoEssence()
    return found


def _watch(registry: kopf.OperatorRegistry, resource: tuple[str, str, str], see: _See) -> None:
    async def on_event(event: kopf.RawEvent, **_: Any) -> None:
        raw: Any = event["object"]
        match event["type"]:
            case None:
                see(raw, Change.READ)
            case "DELETED":
                see(raw, Change.DELETED)
            case _:
                see(raw, Change.TOLD)

    kopf.on.event(*resource, registry=registry, id=f"see_{resource[2]}")(on_event)
