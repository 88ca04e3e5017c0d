"""Values of the API and its database."""

from typing import Annotated, Any, Literal

from pydantic import Field

from azuraforge_chart.values_parts import (
    Claim,
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

__all__ = ["Api", "NetworkPolicies", "Postgresql"]

Role = Literal["viewer", "editor", "admin"]


class DataClaim(Claim):
    """The claim that keeps uploaded data sets, and the database where it is SQLite."""

    name: str = "azuraforge-data"
    """Its name."""
    size: Quantity = "20Gi"
    """Its size."""
    keep: bool = True
    """Keep it when the release is uninstalled."""


class ApiService(ValuesModel):
    """How the API is reached."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """As in a Service."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Its port."""
    annotations: Labels = Field(default_factory=dict)
    """Annotations of the Service."""


class Ingress(ValuesModel):
    """An Ingress for the API."""

    enabled: bool = False
    """Make one."""
    class_name: str = ""
    """Ingress class; empty: the cluster's default."""
    host: str = ""
    """Name under which people reach it."""
    tls_secret: str = ""
    """Secret with the certificate, in the release's namespace; empty: no TLS here."""
    annotations: Labels = Field(default_factory=dict)
    """Annotations, such as those that an issuer of certificates reads."""


class Oidc(ValuesModel):
    """Login by the company's identity provider (OpenID Connect)."""

    issuer: Url = ""
    """Its address; empty: no such login."""
    audience: str = "azuraforge"
    """Whom its tokens for this service are made out to."""
    roles_claim: str = "groups"
    """Where a token lists its bearer's groups."""
    roles: dict[str, Role] = Field(default_factory=dict)
    """Group there → role here."""
    default_role: Literal["", "viewer", "editor", "admin"] = ""
    """What members of none of these groups may do; empty: nothing."""


class TrainerTokens(ValuesModel):
    """How trainers' service-account tokens are verified."""

    issuer: Url = ""
    """The cluster's issuer; empty: the one of the API's own token."""
    keys_url: Url = "https://kubernetes.default.svc/openid/v1/jwks"
    """Where its public keys are; empty: where its discovery document says."""


class ApiResources(Resources):
    """Of the API's container; its prediction workers are in it."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="100m", memory="256Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="2Gi"))
    """What is allowed."""


class Api(ValuesModel):
    """The service: jobs, metrics, model library and predictions over HTTP."""

    enabled: bool = True
    """Install it; without it the operator works alone."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """Replicas; several need PostgreSQL and a data claim that several nodes mount, and outlive the
    loss of a node where the claim of runs is such a one as well."""
    existing_secret: str = ""
    """Secret with the key admin-token, 32 characters or more; empty: a random one is made."""
    public_url: Url = ""
    """Address at which people reach it; empty: the ingress's, else http://127.0.0.1:8000."""
    tracking_url: Url = ""
    """Address at which trainers reach it; empty: the Service's."""
    data: DataClaim = DataClaim()
    """The claim that keeps uploaded data sets, and the database where it is SQLite."""
    run_retention_days: Annotated[float, Field(ge=0)] = 0
    """Days for which the folders of ended runs are kept, but of models with an alias; 0: for
    ever."""
    prediction_workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes of each replica that forecast."""
    settings: Labels = Field(default_factory=dict)
    """Further settings of the service: names without AZURAFORGE_ → values, as texts."""
    oidc: Oidc = Oidc()
    """Login by the company's identity provider (OpenID Connect)."""
    trainer_tokens: TrainerTokens = TrainerTokens()
    """How trainers' service-account tokens are verified."""
    service: ApiService = ApiService()
    """How the API is reached."""
    ingress: Ingress = Ingress()
    """An Ingress for the API."""
    resources: ApiResources = ApiResources()
    """Of the API's container; its prediction workers are in it."""
    pod_annotations: Labels = Field(default_factory=dict)
    """Further annotations of its pods."""
    node_selector: Labels = Field(default_factory=dict)
    """Labels of the nodes it runs on."""
    tolerations: Objects = Field(default_factory=list)
    """Taints it accepts."""
    affinity: dict[str, Any] = Field(default_factory=dict)
    """As in a pod, in place of the chart's own spread over nodes."""
    priority_class_name: str = ""
    """As in a pod."""


class PostgresqlImage(Image):
    """PostgreSQL's, or one with the same entry point."""

    repository: str = "postgres"
    """Name without a tag."""
    tag: str = "17.6-bookworm"
    """Tag."""


class PostgresqlStorage(Storage):
    """PostgreSQL's volume."""

    size: Quantity = "20Gi"
    """Its size."""


class PostgresqlResources(Resources):
    """Of PostgreSQL's container."""

    requests: Quantities = Field(default_factory=lambda: quantities(cpu="100m", memory="256Mi"))
    """What is reserved."""
    limits: Quantities = Field(default_factory=lambda: quantities(memory="1Gi"))
    """What is allowed."""


class Postgresql(ValuesModel):
    """The API's database."""

    mode: Literal["bundled", "external", "disabled"] = "bundled"
    """bundled: one server for a start; external: your own, by the secret below; disabled: SQLite on
    the API's data claim."""
    existing_secret: str = ""
    """bundled: secret with the key password, empty for a random one; external: secret with the key
    url, such as postgresql://user:password@host/name."""
    existing_secret_key: str = ""
    """Another key in that secret, such as uri in those of CloudNativePG."""
    image: PostgresqlImage = PostgresqlImage()
    """PostgreSQL's, or one with the same entry point."""
    storage: PostgresqlStorage = PostgresqlStorage()
    """PostgreSQL's volume."""
    resources: PostgresqlResources = PostgresqlResources()
    """Of PostgreSQL's container."""


class NetworkPolicies(ValuesModel):
    """Who may reach what, where the cluster's network carries that out."""

    enabled: bool = True
    """Let each part be reached by those that need it, and by nobody else."""
    api_from: Objects = Field(default_factory=list)
    """Peers, as in a NetworkPolicy, by which people reach the API and the bundled Grafana, such as
    the ingress's namespace; trainers may as well. Empty: everybody may."""
    observers_from: Objects = Field(default_factory=list)
    """Peers that may read the bundled Loki and Prometheus and the metrics of all parts: a Grafana,
    a Prometheus or a collector of yours. Empty: metrics are open unless only the bundled Prometheus
    reads them, and a Grafana of yours is known by its label app.kubernetes.io/name: grafana."""
