"""The operator's settings: environment variables, read once and checked as a whole.

Called by ``__main__``. The chart sets each of them; the reference page is generated from here.
"""

import json
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.quantity import parse_quantity
from azuraforge_contract.training_job import DEFAULT_GPU_RESOURCE

__all__ = ["PREFIX", "OperatorSettings", "PodSettings", "read_settings"]

PREFIX: Final = "AZURAFORGE_OPERATOR_"
_NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")
_SERVICE_LINK: Final = re.compile(
    r"[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
"""What Kubernetes itself sets in a pod beside Services whose names begin as our settings do."""
_LINKED_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://.*")
"""The value of such a variable that ends with _PORT, which a setting of ours may do as well."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PodSettings:
    """What every trainer pod gets from the cluster's owner."""

    service_account: str = "default"
    """TRAINER_SERVICE_ACCOUNT: of trainers, in the job's namespace; needs no rights."""
    runs_claim: str = "azuraforge-runs"
    """RUNS_CLAIM: claim in the job's namespace that keeps the runs."""
    cache_claim: str = "azuraforge-cache"
    """CACHE_CLAIM: claim in the job's namespace that keeps the shared data cache."""
    default_cpu: str | None = None
    """DEFAULT_CPU: CPUs of a job that names none; empty: no request and no limit."""
    default_memory: str | None = None
    """DEFAULT_MEMORY: memory of a job that names none; empty: no request and no limit."""
    default_shm: str = "256Mi"
    """DEFAULT_SHM: size of /dev/shm of a job that names none."""
    scratch_size: str = "2Gi"
    """SCRATCH_SIZE: most that a trainer may keep in /tmp."""
    image_pull_policy: str = "IfNotPresent"
    """IMAGE_PULL_POLICY: as in a pod."""
    image_pull_secrets: tuple[str, ...] = ()
    """IMAGE_PULL_SECRETS: names of secrets in the job's namespace, separated by commas."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    """NODE_SELECTOR: JSON object; labels that every trainer's node carries."""
    tolerations: tuple[Mapping[str, Any], ...] = ()
    """TOLERATIONS: JSON list; taints that every trainer accepts."""
    gpu_resource_name: str = DEFAULT_GPU_RESOURCE
    """GPU_RESOURCE_NAME: extended resource of jobs that name none."""
    gpu_runtime_class: str | None = None
    """GPU_RUNTIME_CLASS: runtime class of jobs on a GPU, such as nvidia; empty: none."""
    gpu_node_selector: Mapping[str, str] = field(default_factory=dict)
    """GPU_NODE_SELECTOR: JSON object; further labels of the nodes of jobs on a GPU."""
    gpu_tolerations: tuple[Mapping[str, Any], ...] = ()
    """GPU_TOLERATIONS: JSON list; further taints that jobs on a GPU accept."""
    tracking_url: str | None = None
    """TRACKING_URL: address of the API that takes metrics; empty: none."""
    datasets_claim: str | None = None
    """DATASETS_CLAIM: claim whose folder datasets keeps uploaded data sets; empty: no service."""
    datasets_namespace: str = "default"
    """DATASETS_NAMESPACE: where that claim is; by default the operator's own namespace."""


@dataclass(frozen=True, kw_only=True)
class OperatorSettings:
    """Everything the operator is told from outside."""

    namespaces: tuple[str, ...] = ()
    """NAMESPACES: namespaces served, separated by commas; empty: all of the cluster."""
    own_namespace: str = "default"
    """NAMESPACE: where the operator runs and keeps its lease; by default its pod's own."""
    plugin_namespace: str = "default"
    """PLUGIN_NAMESPACE: where plugin descriptors are; by default the operator's own namespace."""
    allowed_image_prefixes: tuple[str, ...] = ()
    """ALLOWED_IMAGES: what ``spec.image`` may begin with, separated by commas; empty: none may."""
    identity: str = "azuraforge-operator"
    """IDENTITY: name of this replica in the lease; by default the host's name."""
    lease_name: str = "azuraforge-operator"
    """LEASE_NAME: the lease that decides who acts."""
    lease_seconds: int = 15
    """LEASE_SECONDS: how long a leader that has died stays leader; at least 5."""
    workers: int = 16
    """WORKERS: jobs reconciled at the same time."""
    resync_seconds: int = 600
    """RESYNC_SECONDS: how often everything is compared with the API server."""
    plugin_poll_seconds: int = 10
    """PLUGIN_POLL_SECONDS: how often plugin descriptors are looked for."""
    progress_poll_seconds: int = 30
    """PROGRESS_POLL_SECONDS: how often a running trainer's log is read for progress; 0: never."""
    request_timeout_seconds: int = 20
    """REQUEST_TIMEOUT_SECONDS: longest wait for one answer of the API server."""
    health_port: int = 8081
    """HEALTH_PORT: port of /healthz and /readyz."""
    metrics_port: int = 8080
    """METRICS_PORT: port of /metrics; may be the same."""
    log_level: str = "info"
    """LOG_LEVEL: debug, info, warning or error."""
    pod: PodSettings = field(default_factory=PodSettings)


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = {
            name: text for name, text in variables.items() if not _is_service_link(name, text)
        }
        self._known: set[str] = set()
        self.problems: list[str] = []

    def read(self, name: str, default: T, parse: Callable[[str], T]) -> T:
        """Return one variable, or its default where it is absent or empty."""
        self._known.add(PREFIX + name)
        text = self._variables.get(PREFIX + name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{PREFIX}{name}: {error}, got {text!r}.")
            return default

    def find_unknown(self) -> None:
        """Note variables of ours that nobody reads."""
        ours = {name for name in self._variables if name.startswith(PREFIX)}
        self.problems += [f"{name}: is not a known setting." for name in sorted(ours - self._known)]


def _is_service_link(name: str, text: str) -> bool:
    is_address = name.endswith("_PORT") and _LINKED_ADDRESS.fullmatch(text) is not None
    return is_address or _SERVICE_LINK.fullmatch(name) is not None


def read_settings(variables: Mapping[str, str]) -> OperatorSettings:
    """Return the settings in environment variables.

    Raises:
        JobFileError: every problem found, a line each.
    """
    reader = _Reader(variables)
    own_namespace = reader.read("NAMESPACE", _own_namespace(), str)
    settings = OperatorSettings(
        namespaces=reader.read("NAMESPACES", (), _names),
        own_namespace=own_namespace,
        plugin_namespace=reader.read("PLUGIN_NAMESPACE", own_namespace, str),
        allowed_image_prefixes=reader.read("ALLOWED_IMAGES", (), _names),
        identity=reader.read("IDENTITY", socket.gethostname(), str),
        lease_name=reader.read("LEASE_NAME", "azuraforge-operator", str),
        lease_seconds=reader.read("LEASE_SECONDS", 15, _number(5, 3600)),
        workers=reader.read("WORKERS", 16, _number(1, 256)),
        resync_seconds=reader.read("RESYNC_SECONDS", 600, _number(5, 86400)),
        plugin_poll_seconds=reader.read("PLUGIN_POLL_SECONDS", 10, _number(1, 3600)),
        progress_poll_seconds=reader.read("PROGRESS_POLL_SECONDS", 30, _number(0, 3600)),
        request_timeout_seconds=reader.read("REQUEST_TIMEOUT_SECONDS", 20, _number(1, 300)),
        health_port=reader.read("HEALTH_PORT", 8081, _number(1, 65535)),
        metrics_port=reader.read("METRICS_PORT", 8080, _number(1, 65535)),
        log_level=reader.read("LOG_LEVEL", "info", _one_of(_LOG_LEVELS)),
        pod=_read_pod_settings(reader, own_namespace),
    )
    reader.find_unknown()
    if reader.problems:
        raise JobFileError("The operator's settings are wrong:\n" + "\n".join(reader.problems))
    return settings


def _read_pod_settings(reader: _Reader, own_namespace: str) -> PodSettings:
    policies = ("Always", "IfNotPresent", "Never")
    return PodSettings(
        service_account=reader.read("TRAINER_SERVICE_ACCOUNT", "default", str),
        runs_claim=reader.read("RUNS_CLAIM", "azuraforge-runs", str),
        cache_claim=reader.read("CACHE_CLAIM", "azuraforge-cache", str),
        default_cpu=reader.read("DEFAULT_CPU", None, _quantity),
        default_memory=reader.read("DEFAULT_MEMORY", None, _quantity),
        default_shm=reader.read("DEFAULT_SHM", "256Mi", _quantity),
        scratch_size=reader.read("SCRATCH_SIZE", "2Gi", _quantity),
        image_pull_policy=reader.read("IMAGE_PULL_POLICY", "IfNotPresent", _one_of(policies)),
        image_pull_secrets=reader.read("IMAGE_PULL_SECRETS", (), _names),
        node_selector=reader.read("NODE_SELECTOR", {}, _labels),
        tolerations=reader.read("TOLERATIONS", (), _objects),
        gpu_resource_name=reader.read("GPU_RESOURCE_NAME", DEFAULT_GPU_RESOURCE, str),
        gpu_runtime_class=reader.read("GPU_RUNTIME_CLASS", None, str),
        gpu_node_selector=reader.read("GPU_NODE_SELECTOR", {}, _labels),
        gpu_tolerations=reader.read("GPU_TOLERATIONS", (), _objects),
        tracking_url=reader.read("TRACKING_URL", None, str),
        datasets_claim=reader.read("DATASETS_CLAIM", None, str),
        datasets_namespace=reader.read("DATASETS_NAMESPACE", own_namespace, str),
    )


def _own_namespace() -> str:
    if _NAMESPACE_FILE.exists():
        return _NAMESPACE_FILE.read_text(encoding="utf-8").strip()
    return "default"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return int(text)

    return parse


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return text

    return parse


def _quantity(text: str) -> str:
    parse_quantity(text)
    return text


def _labels(text: str) -> Mapping[str, str]:
    found = _json(text)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("expected a JSON object of texts")
    return found


def _objects(text: str) -> tuple[Mapping[str, Any], ...]:
    found = _json(text)
    if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
        raise ValueError("expected a JSON list of objects")
    return tuple(found)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON ({error.msg})") from None
