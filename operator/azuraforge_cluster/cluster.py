"""What is asked of the API server, each as one method.

Called by the operator's reconciler, resync and plugin catalog, and by the API's kubernetes backend.
Methods return raw objects, which the caller turns into facts at once.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from azuraforge_cluster.errors import NotFoundError
from azuraforge_cluster.names import CONTAINER, JOB_UID_LABEL
from azuraforge_cluster.resources import (
    CLAIMS,
    CONFIG_MAPS,
    EVENTS,
    JOBS,
    PODS,
    TRAINING_JOBS,
    Resource,
)
from azuraforge_cluster.transport import Request, Transport
from azuraforge_contract.plugin_descriptor import PLUGIN_LABEL
from azuraforge_contract.training_job import API_VERSION, KIND

__all__ = ["Cluster", "Raw"]

Raw = dict[str, Any]

_PAGE: Final = 500
"""Objects per answer of a long list."""
_METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Cluster:
    """The API server.

    Args:
        transport: sends requests.
        field_owner: how the API server is to call the owner of the fields that we write.
    """

    def __init__(self, transport: Transport, *, field_owner: str) -> None:
        self._transport = transport
        self._field_owner = field_owner

    async def check_installed(self) -> None:
        """Make sure that the API server knows TrainingJobs.

        Raises:
            NotFoundError: their custom resource is not installed.
        """
        try:
            await self._send("get", TRAINING_JOBS, TRAINING_JOBS.prefix)
        except NotFoundError:
            words = f"the API server knows no {API_VERSION}: install its CustomResourceDefinition"
            raise NotFoundError("NotInstalled", words) from None

    async def read(self, resource: Resource, namespace: str, name: str) -> Raw | None:
        """Return one object as it is now, or None where it is gone."""
        try:
            return await self._send("get", resource, resource.path(namespace, name))
        except NotFoundError:
            return None

    async def apply_status(self, metadata: Raw, status: Raw, *, is_forced: bool = True) -> Raw:
        """Store a TrainingJob's status, if it still is the object that was read.

        Args:
            metadata: namespace, name, uid and resourceVersion of the object read.
            status: every field of ours; what is absent and was ours is removed.
            is_forced: whether fields of another owner become ours.

        Raises:
            ConflictError: it is another object or version by now, or a field is another owner's.
            NotFoundError: it is gone.
        """
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "status": status}
        path = TRAINING_JOBS.path(metadata["namespace"], metadata["name"], "status")
        query = {
            "content_type": "application/apply-patch+yaml",
            "field_manager": self._field_owner,
            "force_conflicts": "true" if is_forced else "false",
        }
        return await self._send("patch", TRAINING_JOBS, path, body=body, query=query)

    async def create(self, resource: Resource, document: Raw) -> Raw:
        """Create an object.

        Raises:
            AlreadyExistsError: one of its name is there.
            RefusedError: it is refused for good.
        """
        path = resource.path(document["metadata"]["namespace"])
        query = {"field_manager": self._field_owner}
        return await self._send("post", resource, path, body=document, query=query)

    async def merge(
        self, resource: Resource, namespace: str, name: str, *, uid: str, change: Raw
    ) -> Raw:
        """Merge a change into an object (RFC 7396) and return it.

        Raises:
            ConflictError: the object of this name is another one.
            NotFoundError: it is gone.
            RefusedError: it may not be changed so.
        """
        query = {"field_manager": self._field_owner, "content_type": "application/merge-patch+json"}
        body = {**change, "metadata": {"uid": uid}}
        path = resource.path(namespace, name)
        return await self._send("patch", resource, path, body=body, query=query)

    async def delete(self, resource: Resource, namespace: str, name: str, *, uid: str) -> None:
        """Delete an object with all that belongs to it; success too where it is gone already.

        The object stays until its dependents are gone, so that it can be seen until then.

        Raises:
            ConflictError: the object of this name is another one.
        """
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Foreground",
            "preconditions": {"uid": uid},
        }
        try:
            await self._send("delete", resource, resource.path(namespace, name), body=options)
        except NotFoundError:
            return

    async def read_children(self, namespace: str, uid: str) -> tuple[list[Raw], list[Raw]]:
        """Return the Jobs and pods of a TrainingJob as they are now, from no cache."""
        selector = {"label_selector": f"{JOB_UID_LABEL}={uid}"}
        jobs = await self._send("get", JOBS, JOBS.path(namespace), query=selector)
        return jobs["items"], await self.list_pods(namespace, uid)

    async def list_pods(self, namespace: str, uid: str) -> list[Raw]:
        """Return the pods of a TrainingJob."""
        query = {"label_selector": f"{JOB_UID_LABEL}={uid}"}
        found = await self._send("get", PODS, PODS.path(namespace), query=query)
        items: list[Raw] = found["items"]
        return items

    async def list_whole(self, resource: Resource, namespace: str | None) -> tuple[list[Raw], str]:
        """Return all objects, and the version from which a watch goes on.

        Raises:
            ExpiredError: the list became too old between two pages.
        """
        items: list[Raw] = []
        token: str | None = None
        while True:
            query: Raw = {"limit": _PAGE} | ({"_continue": token} if token else {})
            page = await self._send("get", resource, resource.path(namespace), query=query)
            items += page["items"]
            token = page["metadata"].get("continue")
            if not token:
                return items, str(page["metadata"]["resourceVersion"])

    async def list_metadata(
        self, resource: Resource, namespace: str | None, selector: str | None = None
    ) -> AsyncIterator[Raw]:
        """Yield the metadata of all objects, page by page."""
        token: str | None = None
        while True:
            query: Raw = {"limit": _PAGE, "header_params": {"Accept": _METADATA_ONLY}}
            query |= {"label_selector": selector} if selector else {}
            query |= {"_continue": token} if token else {}
            page = await self._send("get", resource, resource.path(namespace), query=query)
            for item in page["items"]:
                yield item["metadata"]
            token = page["metadata"].get("continue")
            if not token:
                return

    async def list_plugins(self, namespace: str) -> list[Raw]:
        """Return the ConfigMaps that install plugins."""
        query = {"label_selector": PLUGIN_LABEL}
        found = await self._send("get", CONFIG_MAPS, CONFIG_MAPS.path(namespace), query=query)
        items: list[Raw] = found["items"]
        return items

    async def read_claim(self, namespace: str, name: str) -> Raw | None:
        """Return a PersistentVolumeClaim, or None where there is none."""
        return await self.read(CLAIMS, namespace, name)

    async def list_warnings(self, namespace: str, uid: str) -> list[Raw]:
        """Return the warnings that the cluster has given about an object."""
        query = {"field_selector": f"involvedObject.uid={uid},type=Warning", "limit": _PAGE}
        found = await self._send("get", EVENTS, EVENTS.path(namespace), query=query)
        items: list[Raw] = found["items"]
        return items

    async def read_log(self, namespace: str, pod: str, *, lines: int) -> str:
        """Return the last lines of a trainer's log."""
        path = PODS.path(namespace, pod, "log")
        query = {
            "query_params": [("container", CONTAINER), ("tailLines", lines)],
            "header_params": {"Accept": "*/*"},
        }
        request = Request(
            verb="get", resource="pods/log", path=path, query=query, is_repeatable=False
        )
        return await self._transport.send_for_text(request)

    async def _send(
        self,
        verb: str,
        resource: Resource,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Raw:
        request = Request(verb=verb, resource=resource.plural, path=path, body=body, query=query)
        return await self._transport.send(request)
