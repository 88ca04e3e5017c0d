"""The API, its database and its rights, as Helm makes them."""

from collections.abc import Iterator

import pytest
import yaml

from azuraforge_api.settings import Settings
from azuraforge_chart.generated_files import CHART
from azuraforge_chart_harness.rendering import Document, of_kind, render
from azuraforge_operator.settings import read_settings

_API = "azuraforge-api"


def _named(documents: list[Document], kind: str, name: str) -> Document:
    [found] = [each for each in of_kind(documents, kind) if each["metadata"]["name"] == name]
    return found


def _container(documents: list[Document], kind: str, name: str) -> Document:
    [container] = _named(documents, kind, name)["spec"]["template"]["spec"]["containers"]
    found: Document = container
    return found


def _variables(documents: list[Document], kind: str, name: str) -> dict[str, str]:
    container = _container(documents, kind, name)
    return {each["name"]: each.get("value", "from-elsewhere") for each in container["env"]}


def _settings(documents: list[Document], monkeypatch: pytest.MonkeyPatch) -> Settings:
    variables = _variables(documents, "Deployment", _API)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.ljust(32, "x") if name.endswith("ADMIN_TOKEN") else value)
    known = {f"AZURAFORGE_{name.upper()}" for name in Settings.model_fields} | {"HOME"}
    assert variables.keys() <= known
    return Settings()


def _rules(documents: list[Document], component: str) -> Iterator[tuple[str, str, str]]:
    """Return API group, resource and verb of all that a component may do."""
    for role in of_kind(documents, "Role", "ClusterRole"):
        if role["metadata"]["labels"].get("app.kubernetes.io/component") == component:
            for rule in role["rules"]:
                for group in rule["apiGroups"]:
                    for resource in rule["resources"]:
                        yield from ((group, resource, verb) for verb in rule["verbs"])


def test_the_service_knows_every_setting_that_the_chart_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The Deployment's variables are settings of the service, and mean what the values say."""
    documents = render("api.runRetentionDays=30", "jobs.namespaces={training,red}")
    settings = _settings(documents, monkeypatch)
    assert settings.backend == "kubernetes"
    assert settings.kubernetes_namespaces == ("training", "red")
    assert settings.kubernetes_plugin_namespace == "training"
    assert settings.run_retention_days == 30
    assert settings.cluster_jwks_url == "https://kubernetes.default.svc/openid/v1/jwks"
    assert settings.sqlalchemy_url.startswith("postgresql+asyncpg://azuraforge:")
    assert settings.sqlalchemy_url.endswith("@azuraforge-postgresql.training.svc:5432/azuraforge")


def test_login_by_the_company_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups and their roles are read as they were written."""
    documents = render(
        "api.oidc.issuer=https://id.example",
        "api.oidc.roles.ml=editor",
        "api.ingress.enabled=true",
        "api.ingress.host=forge.example",
        "api.ingress.tlsSecret=tls",
        "jobs.allNamespaces=true",
    )
    settings = _settings(documents, monkeypatch)
    assert settings.oidc_roles == {"ml": "editor"}
    assert settings.public_url == "https://forge.example"
    assert settings.kubernetes_namespaces == ("*",)
    [rule] = _named(documents, "Ingress", _API)["spec"]["rules"]
    assert rule["host"] == "forge.example"


def test_the_schema_is_brought_to_its_head_before_the_service_starts() -> None:
    """The init container migrates with the very image, variables and volumes of the service."""
    pod = _named(render(), "Deployment", _API)["spec"]["template"]["spec"]
    [first], [then] = pod["initContainers"], pod["containers"]
    assert (first["args"], then["args"]) == (["migrate"], ["serve"])
    for field in ("image", "env", "volumeMounts", "securityContext"):
        assert first[field] == then[field]
    assert then["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert then["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_trainers_post_to_the_service_and_find_its_data_sets() -> None:
    """The operator tells pods where the API is and which claim holds what was uploaded."""
    variables = _variables(render(), "Deployment", "azuraforge-operator")
    pod = read_settings(variables).pod
    assert pod.tracking_url == "http://azuraforge-api.training.svc:8000"
    assert (pod.datasets_claim, pod.datasets_namespace) == ("azuraforge-data", "training")
    alone = _variables(render("api.enabled=false"), "Deployment", "azuraforge-operator")
    pod = read_settings(alone).pod
    assert (pod.tracking_url, pod.datasets_claim) == (None, None)


def test_the_service_may_do_exactly_this() -> None:
    """Jobs and their pods' logs where jobs are, plugins in its own namespace, nothing else."""
    job_rights = {
        *(
            ("azuraforge.io", "trainingjobs", verb)
            for verb in ("get", "list", "watch", "create", "patch", "delete")
        ),
        ("azuraforge.io", "trainingjobs/status", "patch"),
        ("", "pods", "get"),
        ("", "pods", "list"),
        ("", "pods/log", "get"),
    }
    for scope in ("jobs.allNamespaces=true", "jobs.namespaces={red}"):
        assert set(_rules(render(scope), "api")) == job_rights | {("", "configmaps", "list")}


@pytest.mark.parametrize("scope", ["jobs.allNamespaces=true", "jobs.namespaces={red,blue}"])
def test_no_right_of_any_component_is_a_star_or_reads_secrets(scope: str) -> None:
    """Rights name groups, resources and verbs."""
    for role in of_kind(render(scope), "Role", "ClusterRole"):
        for rule in role["rules"]:
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert "secrets" not in rule["resources"]


def test_one_switch_decides_about_roles_of_the_cluster() -> None:
    """The service has a ClusterRole with `jobs.allNamespaces` alone; else a Role for each."""
    named = [
        each
        for each in of_kind(render("jobs.namespaces={red,blue}"), "Role")
        if each["metadata"]["name"].startswith(_API)
    ]
    assert {each["metadata"]["namespace"] for each in named} == {"training", "red", "blue"}
    everywhere = of_kind(render("jobs.allNamespaces=true"), "ClusterRole")
    assert "training-azuraforge-api" in {each["metadata"]["name"] for each in everywhere}


def test_the_runs_are_mounted_where_there_are_some() -> None:
    """The claim of the release's own namespace; without jobs there, none."""

    def volumes(*settings: str) -> set[str]:
        pod = _named(render(*settings), "Deployment", _API)["spec"]["template"]["spec"]
        return {
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod["volumes"]
            if "persistentVolumeClaim" in volume
        }

    assert volumes() == {"azuraforge-data", "azuraforge-runs"}
    assert volumes("runs.existingClaim=ours") == {"azuraforge-data", "ours"}
    assert volumes("jobs.namespaces={red}") == {"azuraforge-data"}


def test_pods_that_share_a_claim_find_one_another() -> None:
    """With claims of one node the API carries the labels that trainers look for, and follows."""
    template = _named(render(), "Deployment", _API)["spec"]["template"]
    assert (
        template["metadata"]["labels"].items()
        >= {
            "azuraforge.io/runs-claim": "azuraforge-runs",
            "azuraforge.io/cache-claim": "azuraforge-cache",
            "azuraforge.io/uploads-claim": "azuraforge-data",
        }.items()
    )
    [term] = template["spec"]["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["labelSelector"]["matchLabels"] == {"azuraforge.io/runs-claim": "azuraforge-runs"}
    shared = [f"{claim}.accessMode=ReadWriteMany" for claim in ("runs", "cache", "api.data")]
    template = _named(render(*shared), "Deployment", _API)["spec"]["template"]
    assert not any(label.endswith("-claim") for label in template["metadata"]["labels"])
    assert "affinity" not in template["spec"]


def test_sqlite_has_one_writer_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PostgreSQL the old pod ends before the new one starts, and no server is installed."""
    documents = render("postgresql.mode=disabled")
    assert _named(documents, "Deployment", _API)["spec"]["strategy"] == {"type": "Recreate"}
    assert _settings(documents, monkeypatch).sqlalchemy_url.startswith("sqlite+aiosqlite:////var/")
    names = {each["metadata"]["name"] for each in of_kind(documents, "StatefulSet")}
    assert "azuraforge-postgresql" not in names


def test_the_bundled_database_is_run_as_its_image_documents() -> None:
    """Variables, paths, user and port of the official image; its password is a file."""
    documents = render()
    pod = _named(documents, "StatefulSet", "azuraforge-postgresql")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 999
    variables = _variables(documents, "StatefulSet", "azuraforge-postgresql")
    assert variables["PGDATA"].startswith("/var/lib/postgresql/data/")
    assert variables["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgresql/password"  # noqa: S105 - a path
    mounts = {
        each["mountPath"]
        for each in _container(documents, "StatefulSet", "azuraforge-postgresql")["volumeMounts"]
    }
    assert {"/var/lib/postgresql/data", "/var/run/postgresql"} <= mounts


def test_only_the_service_reaches_the_database() -> None:
    """The policy lets the API's pods in, at one port, and lets nothing out."""
    documents = render()
    policy = _named(documents, "NetworkPolicy", "azuraforge-postgresql")["spec"]
    [entry] = policy["ingress"]
    [peer] = entry["from"]
    api = _named(documents, "Deployment", _API)["spec"]["selector"]["matchLabels"]
    assert peer["podSelector"]["matchLabels"] == api
    assert policy["egress"] == []


def test_a_generated_secret_is_looked_up_before_it_is_made() -> None:
    """Templates take a secret's old value where there is one: an upgrade changes no password."""
    for path in ("api/secret.yaml", "postgresql/statefulset.yaml"):
        assert "azuraforge.generatedSecret" in (CHART / "templates" / path).read_text("utf-8")
    helper = (CHART / "templates/_helpers.tpl").read_text("utf-8")
    assert 'lookup "v1" "Secret"' in helper


def test_helms_own_test_asks_the_service() -> None:
    """`helm test` runs a pod of the API's image against readiness, pipelines and jobs."""
    pod = _named(render(), "Pod", "azuraforge-test")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    [container] = pod["spec"]["containers"]
    program = container["command"][-1]
    compile(program, "helm test", "exec")
    assert "/readyz" in program
    assert "/api/v1/pipelines" in program
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert container["image"] == f"azuraforge/api:{chart['appVersion']}"
