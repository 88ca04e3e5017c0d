"""What the service is told by its environment; read once at its start.

Every name is ``AZURAFORGE_`` and the field's name in capitals. ``azuraforge up`` fills in what a
single machine needs; the chart sets the rest.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url

__all__ = ["Settings"]

_MEBIBYTE = 1024 * 1024


def _names(value: object) -> object:
    """Divide a variable's text at its commas."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


class Settings(BaseSettings):
    """The service's settings."""

    model_config = SettingsConfigDict(
        env_prefix="AZURAFORGE_", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    data_dir: Path = Path("azuraforge-data")
    """Folder of the embedded database, runs, models, data sets and secrets of this service."""
    database_url: SecretStr | None = None
    """The database, such as postgresql://user:password@host/name; none: SQLite in data_dir."""
    database_password: SecretStr | None = None
    """Password for database_url, where it names none; for secrets that hold nothing else."""
    database_pool_size: int = Field(default=10, ge=1, le=200)
    """Connections kept open to PostgreSQL by each process of the service."""
    runs_dir: Path | None = None
    """Folder of all runs, each in a folder of its uid; none: data_dir/runs."""
    cache_dir: Path | None = None
    """The shared cache of local jobs; none: data_dir/cache."""
    backend: Literal["local", "kubernetes"] = "local"
    """Where jobs run: processes of this machine, or TrainingJobs of a cluster."""
    local_cpu_jobs: int = Field(default=1, ge=0, le=1024)
    """Jobs for the CPU that the local backend runs at the same time."""
    kubernetes_namespaces: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Namespaces whose jobs the kubernetes backend serves, separated by commas; the first takes
    those that name none. None: the pod's own, or that of the kubeconfig. *: the whole cluster."""
    kubernetes_plugin_namespace: str | None = None
    """Where the ConfigMaps of plugins are; none: the pod's own namespace."""
    kubernetes_request_timeout_seconds: float = Field(default=10.0, gt=0, le=300)
    """Longest wait for one answer of the cluster's API server."""
    public_url: str = "http://127.0.0.1:8000"
    """The address at which people reach the service; links begin with it."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Origins besides public_url whose pages may write with a session cookie; commas between."""
    admin_token: Annotated[SecretStr, Field(min_length=32)] | None = None
    """A token of the role admin to preset, for automation: 32 characters or more."""
    oidc_issuer: str | None = None
    """Address of the company's identity provider (OpenID Connect); none: no such login."""
    oidc_audience: str = "azuraforge"
    """Whom the provider's tokens for this service are made out to."""
    oidc_roles_claim: str = "groups"
    """Where a token lists its bearer's groups or roles."""
    oidc_roles: dict[str, Literal["viewer", "editor", "admin"]] = {}
    """Group or role there, to what its bearers may do: {"ml-team": "editor"}."""
    oidc_default_role: Literal["viewer", "editor", "admin"] | None = None
    """What bearers of none of them may do; none: nothing."""
    tracking_url: str | None = None
    """The address at which local trainers reach this service to post their events as they happen;
    none: they are read from the runs' folders alone."""
    tracking_posts: int = Field(default=16, ge=1, le=1000)
    """Posts of trainers that each process of the service takes at the same time; others are asked
    to come again."""
    cluster_issuer: str | None = None
    """Issuer of the service-account tokens of trainers in a cluster; none: there are none."""
    cluster_jwks_url: str | None = None
    """Where its keys are, such as https://kubernetes.default.svc/openid/v1/jwks; none: where the
    issuer's own discovery document says."""
    cluster_ca_file: Path | None = None
    """Certificate authority of that address; none: the pod's own, where there is one."""
    cluster_token_file: Path | None = None
    """Bearer token for that address; none: the pod's own, where there is one."""
    maximum_body_bytes: int = Field(default=4 * _MEBIBYTE, ge=1024)
    """Largest body of a request that is no upload."""
    maximum_upload_bytes: int = Field(default=1024 * _MEBIBYTE, ge=1024)
    """Largest file that may be uploaded."""
    dataset_quota_bytes: int = Field(default=20 * 1024 * _MEBIBYTE, ge=0)
    """Space that all versions of all data sets may take; 0: no limit."""
    prediction_workers: int = Field(default=2, ge=1, le=64)
    """Processes of each process of the service that forecast, export and compare."""
    prediction_cache_bytes: int = Field(default=512 * _MEBIBYTE, ge=0)
    """Models that each of them keeps in its memory."""
    prediction_deadline_seconds: float = Field(default=30.0, gt=0, le=3600)
    """After how long a forecast, an export or a comparison is given up."""
    predictions_kept: int = Field(default=10_000, ge=1)
    """Forecasts kept of each version, to be scored later; older ones are forgotten."""
    webhook_allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """Hosts that webhooks may go to, such as *.example.com, commas between; only a host that is
    named here may be this machine itself. None: any other machine."""
    webhook_timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    """How long a webhook's receiver may take to answer."""
    webhook_attempts: int = Field(default=15, ge=1, le=100)
    """After so many failed attempts a delivery is dead; 15 take about seven hours."""
    webhook_retry_seconds: float = Field(default=5.0, gt=0, le=3600)
    """Wait before a delivery's second attempt; each further one is three times as long, an hour at
    most, and a random share of up to a half is left out."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """A second port that answers /metrics alone, to anybody who reaches it: for a cluster, whose
    network policy guards it. 0: there is none, and /metrics asks for a viewer's token."""
    loki_url: str | None = None
    """Address of the Loki that has the trainers' logs; none: logs are read from pods or files."""
    loki_authorization: SecretStr | None = None
    """The Authorization header that it asks for, such as Basic …; none: it asks for none."""
    grafana_url: str | None = None
    """Address at which people reach Grafana: jobs carry links to their lines and dashboard."""
    run_retention_days: float | None = Field(default=None, gt=0)
    """Days after its end for which a run's folder is kept; none: for ever. Folders of models with
    an alias are kept always."""

    @property
    def sqlalchemy_url(self) -> str:
        """The address of the database with its asynchronous driver."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'azuraforge.db'}"
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        driver = {
            "postgres": "postgresql+asyncpg",
            "postgresql": "postgresql+asyncpg",
            "sqlite": "sqlite+aiosqlite",
        }
        address = f"{driver.get(scheme, scheme)}://{rest}"
        if self.database_password is None:
            return address
        url = make_url(address).set(password=self.database_password.get_secret_value())
        return url.render_as_string(hide_password=False)

    @property
    def runs_folder(self) -> Path:
        """Where the runs lie."""
        return (self.runs_dir or self.data_dir / "runs").absolute()

    @property
    def cache_folder(self) -> Path:
        """Where local jobs share their data."""
        return (self.cache_dir or self.data_dir / "cache").absolute()

    @property
    def library_folder(self) -> Path:
        """Where the models of the library lie."""
        return self.data_dir.absolute() / "models"

    @property
    def trainer_tokens_folder(self) -> Path:
        """Where local trainers find the tokens that they post with."""
        return self.data_dir.absolute() / "trainer-tokens"

    @property
    def datasets_folder(self) -> Path:
        """Where the files of data sets lie."""
        return self.data_dir.absolute() / "datasets"
