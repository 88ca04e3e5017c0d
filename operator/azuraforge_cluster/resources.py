"""Where the kinds of objects that we speak of are in the API."""

from dataclasses import dataclass
from typing import Final

from azuraforge_contract.custom_resource import GROUP, PLURAL, VERSION

__all__ = [
    "CLAIMS",
    "CONFIG_MAPS",
    "EVENTS",
    "JOBS",
    "LEASES",
    "PODS",
    "TRAINING_JOBS",
    "Resource",
]


@dataclass(frozen=True)
class Resource:
    """One kind of object.

    Attributes:
        prefix: group and version as a path.
        plural: its name in paths.
    """

    prefix: str
    plural: str

    def path(
        self, namespace: str | None, name: str | None = None, subresource: str | None = None
    ) -> str:
        """Return the path of all its objects, of one, or of a part of one."""
        parts = [self.prefix]
        if namespace is not None:
            parts += ["namespaces", namespace]
        parts += [part for part in (self.plural, name, subresource) if part is not None]
        return "/".join(parts)


TRAINING_JOBS: Final = Resource(f"/apis/{GROUP}/{VERSION}", PLURAL)
JOBS: Final = Resource("/apis/batch/v1", "jobs")
PODS: Final = Resource("/api/v1", "pods")
EVENTS: Final = Resource("/api/v1", "events")
CONFIG_MAPS: Final = Resource("/api/v1", "configmaps")
CLAIMS: Final = Resource("/api/v1", "persistentvolumeclaims")
LEASES: Final = Resource("/apis/coordination.k8s.io/v1", "leases")
