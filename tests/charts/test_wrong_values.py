"""Wrong values: Helm stops before anything is installed, and names the key."""

import pytest

from azuraforge_chart_harness.rendering import find_refusal


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("crds.instal=true",), "/crds/instal"),
        (("operater.replicas=2",), "/operater"),
        (("operator.replicas=-1",), "/operator/replicas"),
        (("operator.logLevel=loud",), "/operator/logLevel"),
        (("operator.workers=0",), "/operator/workers"),
        (("operator.leaseSeconds=1",), "/operator/leaseSeconds"),
        (("images.pullPolicy=Sometimes",), "/images/pullPolicy"),
        (("images.api.digest=sha256:short",), "/images/api/digest"),
        (("images.worker.tag=1",), "/images/worker"),
        (("jobs.gpu.nodeselector.pool=gpu",), "/jobs/gpu/nodeselector"),
        (("jobs.namespaces=red",), "/jobs/namespaces"),
        (("jobs.allNamespaces=sometimes",), "/jobs/allNamespaces"),
        (("runs.accessMode=ReadWriteOncePod",), "/runs/accessMode"),
        (("cache.keep=perhaps",), "/cache/keep"),
        (("api.replicas=0",), "/api/replicas"),
        (("api.enabled=maybe",), "/api/enabled"),
        (("api.service.type=ExternalName",), "/api/service/type"),
        (("api.service.port=99999",), "/api/service/port"),
        (("api.predictionWorkers=0",), "/api/predictionWorkers"),
        (("api.runRetentionDays=-3",), "/api/runRetentionDays"),
        (("api.oidc.roles.ml=owner",), "/api/oidc/roles/ml"),
        (("api.ingres.enabled=true",), "/api/ingres"),
        (("api.settings.DATABASE_POOLSIZE=9",), "DATABASE_POOLSIZE"),
        (("api.settings.ADMIN_TOKEN=abc",), "ADMIN_TOKEN"),
        (("postgresql.mode=mysql",), "/postgresql/mode"),
        (("postgresql.password=secret",), "/postgresql/password"),
        (("networkPolicies.apiFrom=10.0.0.0/8",), "/networkPolicies/apiFrom"),
        (("plugins.bundled=7",), "/plugins/bundled"),
        (("logs.collector.queueSize=much",), 'logs.collector.queueSize: "much" is no amount'),
        (("postgresql.storage.size=much",), "/postgresql/storage/size"),
        (("cache.size=20GB",), "/cache/size"),
        (("jobs.defaults.shm=",), "/jobs/defaults/shm"),
        (("loki.url=loki:3100",), "/loki/url"),
        (("grafana.url=grafana.example",), "/grafana/url"),
        (("trust.secret=ca",), "/trust/secret"),
        (("jobs.gpu.resourceName=",), "/jobs/gpu/resourceName"),
        (("loki.resources.limits.memory=1Gb",), 'loki.resources.limits.memory: "1Gb"'),
        (("postgresql.mode=disabled", "api.replicas=2"), "api.replicas is 2, but SQLite has one"),
        (("api.replicas=2",), "api.data.accessMode ReadWriteOnce keeps them all on one node"),
        (("loki.mode=external",), "loki.url: say where your Loki is"),
        (("prometheus.mode=external",), "prometheus.url: say where your Prometheus is"),
        (("api.ingress.enabled=true",), "api.ingress.host: name the host"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(settings: tuple[str, ...], words: str) -> None:
    """A misspelt key, a value of the wrong kind, or two that cannot be together."""
    said = find_refusal(*settings)
    assert words in said.replace("'", "")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((), "existingSecret: no cluster is asked in this rendering"),
        (
            ("api.existingSecret=a", "postgresql.mode=external", "grafana.existingSecret=a"),
            "postgresql.existingSecret: name a secret whose key url is",
        ),
    ],
)
def test_a_secret_that_must_be_named_is_asked_for(settings: tuple[str, ...], words: str) -> None:
    """Without a cluster nothing is generated, which would change at every rendering."""
    assert words in find_refusal(*settings, has_secrets=False)
