"""Values of logs, metrics and dashboards."""

from typing import Annotated, Literal

from pydantic import Field

from azuraforge_chart.values_parts import (
    Image,
    Labels,
    Objects,
    Quantities,
    Quantity,
    Resources,
    Storage,
    Url,
    ValuesModel,
    quantities,
)

__all__ = ["Grafana", "Logs", "Loki", "Prometheus"]

Mode = Literal["bundled", "external", "disabled"]
Hours = Annotated[int, Field(ge=1, le=87_600)]


def _everywhere() -> Objects:
    return [{"operator": "Exists"}]


class CollectorImage(Image):
    """The log collector's."""

    repository: str = "otel/opentelemetry-collector-k8s"
    """Name without a tag."""
    tag: str = "0.149.0"
    """Tag."""


class CollectorResources(Resources):
    """Of the collector's container on each node."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="50m", memory="96Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="256Mi"))
    """What is allowed."""


class Collector(ValuesModel):
    """The OpenTelemetry Collector on each node: reads pods' logs and sends them to Loki."""

    mode: Literal["bundled", "disabled"] = "bundled"
    """disabled: a collector of yours sends them, with the labels that the reference names."""
    namespace: Annotated[str, Field(max_length=63)] = ""
    """Its namespace, the only one that pod security must not restrict; empty: the release's with
    -logs at its end."""
    create_namespace: bool = True
    """Create that namespace."""
    image: CollectorImage = CollectorImage()
    """The log collector's."""
    pod_logs: str = "/var/log/pods"
    """Folder of pods' logs on every node."""
    queue_size: str = "2Gi"
    """Space on each node for lines that Loki has not taken yet."""
    resources: CollectorResources = CollectorResources()
    """Of its container."""
    tolerations: Objects = Field(default_factory=_everywhere)
    """Taints it accepts."""


class Logs(ValuesModel):
    """Central logs."""

    collector: Collector = Collector()
    """The OpenTelemetry Collector on each node: reads pods' logs and sends them to Loki."""


class LokiImage(Image):
    """Loki's."""

    repository: str = "grafana/loki"
    """Name without a tag."""
    tag: str = "3.7.8"
    """Tag."""


class LokiResources(Resources):
    """Of Loki's container."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="100m", memory="256Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="1Gi"))
    """What is allowed."""


class LokiStorage(Storage):
    """Loki's volume."""

    size: Quantity = "20Gi"
    """Its size."""


class Loki(ValuesModel):
    """The store of logs: one process for a start; point at your own in earnest."""

    mode: Mode = "bundled"
    """external: at the url below."""
    url: Url = ""
    """Address of an external one, without a path."""
    existing_secret: str = ""
    """Secret with the key authorization, such as Basic …, that every request to it carries; in the
    release's namespace and in the collector's."""
    retention_hours: Hours = 336
    """How long the bundled one keeps lines."""
    alertmanager_url: Url = ""
    """Where the bundled one sends alerts; empty: nowhere."""
    image: LokiImage = LokiImage()
    """Loki's."""
    storage: LokiStorage = LokiStorage()
    """Loki's volume."""
    resources: LokiResources = LokiResources()
    """Of Loki's container."""


class GrafanaImage(Image):
    """Grafana's."""

    repository: str = "grafana/grafana"
    """Name without a tag."""
    tag: str = "12.3.0"
    """Tag."""


class GrafanaResources(Resources):
    """Of Grafana's container."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="50m", memory="128Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="512Mi"))
    """What is allowed."""


class Grafana(ValuesModel):
    """Dashboards."""

    mode: Mode = "bundled"
    """external: dashboards and data sources are ConfigMaps with the labels that its sidecar looks
    for."""
    url: Url = ""
    """Address at which people reach it; links of jobs lead there. Empty: jobs carry no link."""
    existing_secret: str = ""
    """Secret with the key password, of the user admin; empty: a random one is made."""
    image: GrafanaImage = GrafanaImage()
    """Grafana's."""
    resources: GrafanaResources = GrafanaResources()
    """Of Grafana's container."""


class PrometheusImage(Image):
    """Prometheus's."""

    repository: str = "prom/prometheus"
    """Name without a tag."""
    tag: str = "v3.5.0"
    """Tag."""


class PrometheusResources(Resources):
    """Of Prometheus's container."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="100m", memory="256Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="1Gi"))
    """What is allowed."""


class PrometheusStorage(Storage):
    """Prometheus's volume."""

    size: Quantity = "20Gi"
    """Its size."""


class Prometheus(ValuesModel):
    """Metrics and alerts."""

    mode: Mode = "bundled"
    """external: at the url below."""
    url: Url = ""
    """Address of an external one, for Grafana's data source."""
    existing_secret: str = ""
    """Secret with the key authorization, such as Bearer …, that Grafana's requests to it carry."""
    monitors: bool | Literal["auto"] = "auto"
    """Install a PodMonitor and a PrometheusRule; auto: where the cluster knows them."""
    monitor_labels: Labels = Field(default_factory=dict)
    """Further labels of both, such as those that your Prometheus selects by."""
    node_metrics: bool = True
    """The bundled one reads CPU, memory and volumes from the nodes, by a ClusterRole."""
    retention_hours: Hours = 720
    """How long the bundled one keeps figures."""
    alertmanager_url: Url = ""
    """Where the bundled one sends alerts; empty: nowhere."""
    image: PrometheusImage = PrometheusImage()
    """Prometheus's."""
    storage: PrometheusStorage = PrometheusStorage()
    """Prometheus's volume."""
    resources: PrometheusResources = PrometheusResources()
    """Of Prometheus's container."""
