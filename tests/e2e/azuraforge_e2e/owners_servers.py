"""What a company has already: a database server, and storage that several nodes mount."""

import json
from typing import Any, Final

from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.workspace import Workspace

__all__ = ["DATABASE_SECRET", "SHARED_CLAIM", "OwnersServers"]

DATABASE_SECRET: Final = "company-database"  # noqa: S105 - its name
"""Secret with the database's address, beside the release."""
SHARED_CLAIM: Final = "company-storage"
"""ReadWriteMany, beside the release."""
_FOLDER: Final = "/var/company-storage"
_IMAGE: Final = "stand-in.invalid/postgresql:dev"
_USER: Final = 999
_PASSWORD: Final = "of-the-company"  # noqa: S105 - a test's own, for a test's own server


class OwnersServers:
    """They are made and removed by a test; the release knows of them by its values alone.

    Args:
        elsewhere: the namespace of the database.
    """

    def __init__(self, elsewhere: Workspace) -> None:
        self._elsewhere = elsewhere

    def create(self) -> None:
        """Start the database, and make the storage."""
        self._elsewhere.node.run("install", "--directory", "--mode=0777", _FOLDER)
        self._apply(_volume(), _claim(), self._secret())
        self._apply(_service(), _database(), namespace=self._elsewhere.namespace)
        self._elsewhere.kubectl("rollout", "status", "statefulset/database", "--timeout=240s")

    def remove(self) -> None:
        """Remove the storage; the database goes with its namespace."""
        kubectl = self._elsewhere.kubectl
        kubectl("--namespace", NAMESPACE, "delete", "secret", DATABASE_SECRET)
        kubectl("--namespace", NAMESPACE, "delete", "pvc", SHARED_CLAIM, "--wait=false")
        kubectl("delete", "persistentvolume", SHARED_CLAIM, "--wait=false")

    def _apply(self, *documents: dict[str, Any], namespace: str = NAMESPACE) -> None:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
        self._elsewhere.kubectl("--namespace", namespace, "apply", "-f", "-", text=text)

    def _secret(self) -> dict[str, Any]:
        host = f"database.{self._elsewhere.namespace}.svc"
        url = f"postgresql://azuraforge:{_PASSWORD}@{host}:5432/azuraforge"
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": DATABASE_SECRET},
            "stringData": {"url": url},
        }


def _volume() -> dict[str, Any]:
    """Return storage that many nodes would mount; the cluster has one."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": SHARED_CLAIM},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": _FOLDER},
        },
    }


def _claim() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": SHARED_CLAIM},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "",
            "volumeName": SHARED_CLAIM,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def _service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "database"},
        "spec": {"selector": {"app": "database"}, "ports": [{"port": 5432}]},
    }


def _database() -> dict[str, Any]:
    labels = {"app": "database"}
    environment = {
        "POSTGRES_USER": "azuraforge",
        "POSTGRES_DB": "azuraforge",
        "POSTGRES_PASSWORD": _PASSWORD,
        "PGDATA": "/var/lib/postgresql/data/pgdata",
    }
    ready = ["pg_isready", "--quiet", "--host=127.0.0.1", "--username=azuraforge"]
    container = {
        "name": "postgresql",
        "image": _IMAGE,
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "readinessProbe": {"exec": {"command": ready}, "periodSeconds": 3, "timeoutSeconds": 5},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/var/lib/postgresql/data"},
            {"name": "socket", "mountPath": "/var/run/postgresql"},
        ],
    }
    pod = {
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "data", "emptyDir": {}}, {"name": "socket", "emptyDir": {}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "database"},
        "spec": {
            "serviceName": "database",
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
