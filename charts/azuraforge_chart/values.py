"""The chart's values: their names, defaults and descriptions, in one place.

Read by ``values_schema`` and ``values_text``. Order here is order in the written files.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from azuraforge_chart.observability_values import Grafana, Logs, Loki, Prometheus
from azuraforge_chart.service_values import Api, NetworkPolicies, Postgresql
from azuraforge_chart.values_parts import (
    Claim,
    Image,
    Labels,
    Objects,
    OptionalQuantity,
    Quantities,
    Quantity,
    ValuesModel,
    quantities,
)

__all__ = ["Images", "Values"]

Count = Annotated[int, Field(ge=0)]
NamespaceName = Annotated[str, Field(min_length=1, max_length=63)]


class Crds(ValuesModel):
    """The custom resource definition."""

    install: bool = True
    """Install and upgrade the TrainingJob definition with this release."""
    keep: bool = True
    """Keep it, and with it every TrainingJob, when the release is uninstalled."""


class OperatorImage(Image):
    """The operator's."""

    repository: str = "azuraforge/operator"
    """Name without a tag."""


class ApiImage(Image):
    """The API's."""

    repository: str = "azuraforge/api"
    """Name without a tag."""


class TrainerCpuImage(Image):
    """What trains jobs with device cpu."""

    repository: str = "azuraforge/trainer-cpu"
    """Name without a tag."""


class TrainerGpuImage(Image):
    """What trains jobs with device gpu."""

    repository: str = "azuraforge/trainer-gpu"
    """Name without a tag."""


class Images(ValuesModel):
    """Images of operator, API and bundled plugins, and where all images come from."""

    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """As in a pod."""
    registry: str = ""
    """Put before the name of every image, those of other projects too, such as
    registry.example/mirror; empty: names are as they stand."""
    tag: str = ""
    """Tag of operator, API and trainers where none of their own is named; empty: the chart's
    appVersion."""
    pull_secrets: list[str] = Field(default_factory=list)
    """Names of secrets for pulling; those for trainers are looked for in the jobs' namespaces."""
    operator: OperatorImage = OperatorImage()
    """The operator's."""
    api: ApiImage = ApiImage()
    """The API's."""
    trainer_cpu: TrainerCpuImage = TrainerCpuImage()
    """What trains jobs with device cpu."""
    trainer_gpu: TrainerGpuImage = TrainerGpuImage()
    """What trains jobs with device gpu."""


class ResourceRequirements(ValuesModel):
    """As in a container."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="50m", memory="128Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="512Mi"))
    """What is allowed."""


class Operator(ValuesModel):
    """The operator's Deployment."""

    replicas: Count = 1
    """Replicas; one acts, the others stand by."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged."""
    allowed_images: list[str] = Field(default_factory=list)
    """What `spec.image` of a job may begin with; empty: jobs may not name an image."""
    workers: Annotated[int, Field(ge=1, le=256)] = 16
    """Jobs reconciled at the same time."""
    lease_seconds: Annotated[int, Field(ge=5, le=3600)] = 15
    """How long a replica that has died stays the one that acts."""
    resync_seconds: Annotated[int, Field(ge=5, le=86400)] = 600
    """How often everything is compared with the API server."""
    plugin_poll_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """How often plugins are looked for."""
    progress_poll_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    """How often a running trainer's log is read for progress; 0: never."""
    request_timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 20
    """Longest wait for one answer of the API server."""
    resources: ResourceRequirements = ResourceRequirements()
    """Of the operator's container."""
    pod_annotations: Labels = Field(default_factory=dict)
    """Further annotations of its pods."""
    node_selector: Labels = Field(default_factory=dict)
    """Labels of the nodes it runs on."""
    tolerations: Objects = Field(default_factory=list)
    """Taints it accepts."""
    affinity: dict[str, Any] = Field(default_factory=dict)
    """As in a pod."""
    priority_class_name: str = ""
    """As in a pod."""


class TrainerServiceAccount(ValuesModel):
    """What trainers run as; it has no rights, and no token for the API is mounted."""

    create: bool = True
    """Create it in each of the jobs' namespaces."""
    name: str = "azuraforge-trainer"
    """Its name."""


class JobDefaults(ValuesModel):
    """What a job gets that does not say."""

    cpu: OptionalQuantity = ""
    """CPUs; empty: no request and no limit."""
    memory: OptionalQuantity = ""
    """Memory; empty: no request and no limit."""
    shm: Quantity = "256Mi"
    """Size of /dev/shm."""
    scratch: Quantity = "2Gi"
    """Most that a trainer may keep in /tmp."""


class GpuPlacement(ValuesModel):
    """Where jobs with device gpu run."""

    resource_name: Annotated[str, Field(min_length=1)] = "nvidia.com/gpu"
    """Extended resource of jobs that name none, such as nvidia.com/mig-1g.10gb."""
    runtime_class_name: str = ""
    """Runtime class, such as nvidia; empty: the cluster's default."""
    node_selector: Labels = Field(default_factory=dict)
    """Further labels of their nodes."""
    tolerations: Objects = Field(default_factory=list)
    """Further taints that they accept."""


class Jobs(ValuesModel):
    """Where TrainingJobs are served, and what their pods get."""

    namespaces: list[NamespaceName] = Field(default_factory=list)
    """Namespaces that get claims and a service account for trainers; they exist already. Empty: the
    release's own."""
    all_namespaces: bool = False
    """Serve the whole cluster, by a ClusterRole; else the namespaces above, by a Role in each."""
    service_account: TrainerServiceAccount = TrainerServiceAccount()
    """What trainers run as; it has no rights, and no token for the API is mounted."""
    defaults: JobDefaults = JobDefaults()
    """What a job gets that does not say."""
    node_selector: Labels = Field(default_factory=dict)
    """Labels of the nodes that trainers run on."""
    tolerations: Objects = Field(default_factory=list)
    """Taints that trainers accept."""
    gpu: GpuPlacement = GpuPlacement()
    """Where jobs with device gpu run."""


class RunsClaim(Claim):
    """The claim that keeps runs: checkpoints, models, reports."""

    name: str = "azuraforge-runs"
    """Its name."""
    size: Quantity = "20Gi"
    """Its size."""
    keep: bool = True
    """Keep it when the release is uninstalled."""


class CacheClaim(Claim):
    """The claim that keeps prepared data sets for all jobs of a namespace."""

    name: str = "azuraforge-cache"
    """Its name."""
    size: Quantity = "20Gi"
    """Its size."""
    keep: bool = True
    """Keep it when the release is uninstalled."""


class Trust(ValuesModel):
    """Authorities of your own, for servers whose certificates no public one has signed."""

    config_map: str = ""
    """ConfigMap with all authorities to be trusted, public ones too where these are needed, in the
    release's namespace and the collector's; empty: those of the images."""
    key: str = "ca.crt"
    """Key in it, whose value is a list of certificates (PEM)."""


class Plugins(ValuesModel):
    """Which plugins are installed; others are ConfigMaps of your own."""

    bundled: bool = True
    """Install the plugins that the trainer images contain."""


class Values(ValuesModel):
    """Values of the chart azuraforge."""

    name_override: str = ""
    """Takes the chart's name's place in names."""
    fullname_override: str = ""
    """Takes the place of release and chart name in names."""
    crds: Crds = Crds()
    """The custom resource definition."""
    images: Images = Images()
    """Images of operator, API and bundled plugins."""
    operator: Operator = Operator()
    """The operator's Deployment."""
    api: Api = Api()
    """The service: jobs, metrics, model library and predictions over HTTP."""
    postgresql: Postgresql = Postgresql()
    """The API's database."""
    jobs: Jobs = Jobs()
    """Where TrainingJobs are served, and what their pods get."""
    runs: RunsClaim = RunsClaim()
    """The claim that keeps runs: checkpoints, models, reports."""
    cache: CacheClaim = CacheClaim()
    """The claim that keeps prepared data sets for all jobs of a namespace."""
    plugins: Plugins = Plugins()
    """Which plugins are installed; others are ConfigMaps of your own."""
    trust: Trust = Trust()
    """Authorities of your own, for servers whose certificates no public one has signed."""
    network_policies: NetworkPolicies = NetworkPolicies()
    """Who may reach what, where the cluster's network carries that out."""
    logs: Logs = Logs()
    """Central logs."""
    loki: Loki = Loki()
    """The store of logs: one process for a start; point at your own in earnest."""
    prometheus: Prometheus = Prometheus()
    """Metrics and alerts."""
    grafana: Grafana = Grafana()
    """Dashboards."""
