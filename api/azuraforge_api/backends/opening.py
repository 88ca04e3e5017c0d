"""Opens the backend that the settings name, with what it tells of plugins; called by ``app``."""

from dataclasses import dataclass

from azuraforge_api.backends.backend import Backend
from azuraforge_api.backends.local.local_backend import LocalBackend, RunLook
from azuraforge_api.backends.local.posting_trainers import PostingTrainers
from azuraforge_api.database.database import Database
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.pipelines.installed_plugins import InstalledPlugins
from azuraforge_api.pipelines.plugin_source import PluginSource
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.trainer_tokens import TrainerTokens

__all__ = ["OpenedBackend", "open_backend"]


@dataclass(frozen=True)
class OpenedBackend:
    """A place where jobs run.

    Attributes:
        backend: carries jobs out.
        plugins: tells which pipelines there are.
    """

    backend: Backend
    plugins: PluginSource


async def open_backend(
    settings: Settings, database: Database, mirror: JobMirror, look: RunLook
) -> OpenedBackend:
    """Return the backend and the source of plugins; nothing is started yet.

    Args:
        settings: the service's.
        database: the service's.
        mirror: told of every change of a job.
        look: takes up what is new in a run's folder.
    """
    if settings.backend == "local":
        backend = LocalBackend(settings, mirror, look, _posting(settings, database))
        return OpenedBackend(backend, InstalledPlugins())
    # A single machine never pays for the cluster's client.
    from azuraforge_api.backends.kubernetes.cluster_access import (  # noqa: PLC0415 - see above
        open_cluster_access,
    )
    from azuraforge_api.backends.kubernetes.kubernetes_backend import (  # noqa: PLC0415 - see above
        KubernetesBackend,
    )
    from azuraforge_api.pipelines.cluster_plugins import ClusterPlugins  # noqa: PLC0415 - see above

    access = await open_cluster_access(settings)
    pods = KubernetesBackend(access, database, mirror, settings.runs_folder, look)
    return OpenedBackend(pods, ClusterPlugins(access.cluster, access.plugin_namespace))


def _posting(settings: Settings, database: Database) -> PostingTrainers | None:
    """Return what local trainers need to post, None where they are told no address."""
    if not settings.tracking_url:
        return None
    tokens = TrainerTokens(database, settings.trainer_tokens_folder)
    return PostingTrainers(settings.tracking_url, tokens)
