"""The cluster's API server as tests speak to it: plain documents over HTTP, no client library.

The operator uses a client library; a test that used the same one would share its mistakes.
"""

import base64
import json
import ssl
import tempfile
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

__all__ = ["ApiServer", "Document", "collection_path", "object_path"]

Document = dict[str, Any]

_PLURALS: Final = {
    ("v1", "ConfigMap"): "configmaps",
    ("v1", "Event"): "events",
    ("v1", "Namespace"): "namespaces",
    ("v1", "Node"): "nodes",
    ("v1", "PersistentVolumeClaim"): "persistentvolumeclaims",
    ("v1", "Pod"): "pods",
    ("v1", "Secret"): "secrets",
    ("v1", "Service"): "services",
    ("v1", "ServiceAccount"): "serviceaccounts",
    ("apps/v1", "Deployment"): "deployments",
    ("apps/v1", "StatefulSet"): "statefulsets",
    ("azuraforge.io/v1alpha1", "TrainingJob"): "trainingjobs",
    ("batch/v1", "Job"): "jobs",
    ("coordination.k8s.io/v1", "Lease"): "leases",
}
_BY_KIND: Final = {kind: (version, plural) for (version, kind), plural in _PLURALS.items()}


def collection_path(kind: str, namespace: str | None = None) -> str:
    """Return the path of all objects of a kind."""
    version, plural = _BY_KIND[kind]
    prefix = "/api" if "/" not in version else "/apis"
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{prefix}/{version}{scope}/{plural}"


def object_path(kind: str, namespace: str | None, name: str) -> str:
    """Return the path of one object."""
    return f"{collection_path(kind, namespace)}/{name}"


class ApiServer:
    """Requests with the rights of the cluster's owner.

    Args:
        kubeconfig: as kind writes it, with embedded certificates.
    """

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._client = httpx.Client(
            base_url=cluster["server"], verify=_tls(cluster, user), timeout=30.0
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, kind: str, namespace: str | None, name: str) -> Document | None:
        """Return an object, or None where there is none."""
        answer = self._client.get(object_path(kind, namespace, name))
        return None if answer.status_code == 404 else _document(answer)

    def watch(self, kind: str, namespace: str, version: str, *, seconds: int) -> list[Document]:
        """Return what happened to the objects of a kind after a version, within some seconds."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        answer = self._client.get(collection_path(kind, namespace), params=query)
        assert not answer.is_error, f"watch {kind}: {answer.text}"
        return [json.loads(line) for line in answer.text.splitlines()]

    def list(
        self, kind: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Document]:
        """Return the objects of a kind, in the order of their creation."""
        query = {"labelSelector": labels, "fieldSelector": fields}
        answer = self._client.get(collection_path(kind, namespace), params=query)
        items: list[Document] = _document(answer)["items"]
        return sorted(items, key=lambda item: str(item["metadata"]["creationTimestamp"]))

    def version(self, kind: str, namespace: str) -> str:
        """Return the version of all objects of a kind together, from which a watch goes on."""
        answer = self._client.get(collection_path(kind, namespace))
        return str(_document(answer)["metadata"]["resourceVersion"])

    def create(self, document: Document) -> Document:
        """Create an object."""
        namespace = document["metadata"].get("namespace")
        return _document(
            self._client.post(collection_path(document["kind"], namespace), json=document)
        )

    def find_objection(self, document: Document) -> str | None:
        """Return why `kubectl apply` of a new TrainingJob would be refused; None: it would not."""
        path = collection_path("TrainingJob", document["metadata"].get("namespace", "default"))
        query = {"dryRun": "All", "fieldValidation": "Strict"}
        answer = self._client.post(path, json=document, params=query)
        return str(answer.json()["message"]) if answer.is_error else None

    def patch(
        self, kind: str, namespace: str | None, name: str, change: Document, *, part: str = ""
    ) -> Document:
        """Merge a change into an object, or into its status by ``part="/status"``."""
        answer = self._client.patch(
            object_path(kind, namespace, name) + part,
            json=change,
            headers={"Content-Type": "application/merge-patch+json"},
        )
        return _document(answer)

    def delete(self, kind: str, namespace: str | None, name: str, **options: Any) -> None:
        """Delete an object; one that is gone already is no error."""
        answer = self._client.request(
            "DELETE", object_path(kind, namespace, name), json=options or None
        )
        if answer.status_code != 404:
            _document(answer)

    def evict(self, namespace: str, pod: str) -> None:
        """Ask for a pod's eviction, as `kubectl drain` does."""
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": namespace},
        }
        _document(self._client.post(object_path("Pod", namespace, pod) + "/eviction", json=body))

    def token(self, namespace: str, account: str, audience: str = "") -> str:
        """Return a token of a service account, made out to an audience; empty: to this server."""
        path = object_path("ServiceAccount", namespace, account) + "/token"
        spec = {"audiences": [audience]} if audience else {}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return str(_document(self._client.post(path, json=body))["status"]["token"])

    def log(self, namespace: str, pod: str, *, lines: int = 200) -> str:
        """Return the end of a pod's log, or why there is none."""
        path = object_path("Pod", namespace, pod) + "/log"
        return self._client.get(path, params={"tailLines": lines}).text

    def get_text(self, path: str) -> str:
        """Return the text at a path, such as that of a pod's port behind the API server."""
        answer = self._client.get(path)
        assert not answer.is_error, f"GET {path}: {answer.text}"
        return answer.text

    def is_ready(self) -> bool:
        """Whether the API server answers and calls itself ready."""
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False


def _document(answer: httpx.Response) -> Document:
    if answer.is_error:
        raise AssertionError(f"{answer.request.method} {answer.request.url}: {answer.text}")
    document: Document = answer.json()
    return document


def _tls(cluster: Document, user: Document) -> ssl.SSLContext:
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate"), Path(folder, "key")
        certificate.write_bytes(base64.b64decode(user["client-certificate-data"]))
        key.write_bytes(base64.b64decode(user["client-key-data"]))
        context.load_cert_chain(certificate, key)
    return context
