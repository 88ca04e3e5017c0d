"""Grafana's files, by what its documentation says of them: its server cannot be had everywhere.

Provisioning is held against its documented fields, dashboards against Grafana's own types, and the
bundled Grafana's Deployment against the paths, port and user that its image documents. What the
queries find is held on a cluster (tests/e2e/test_observability.py).
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import jsonschema
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from azuraforge_chart.generated_files import CHART
from azuraforge_chart_harness.rendering import Document, of_kind, render

_BOARDS: Final = sorted((CHART / "files" / "dashboards").glob("*.json"))
_TEXT: Final = {"type": "string", "minLength": 1}
_YES_OR_NO: Final = {"type": "boolean"}
_COUNT: Final = {"type": "integer", "minimum": 1}
_DATA_SOURCES: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "datasources"],
    "properties": {
        "apiVersion": {"const": 1},
        "prune": _YES_OR_NO,
        "deleteDatasources": {"type": "array"},
        "datasources": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "type", "uid", "url"],
                "properties": {
                    "name": _TEXT,
                    "type": {"enum": ["loki", "prometheus"]},
                    "access": {"enum": ["proxy", "direct"]},
                    "orgId": _COUNT,
                    "uid": {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,40}$"},
                    "url": {"type": "string", "pattern": "^https?://"},
                    "basicAuth": _YES_OR_NO,
                    "basicAuthUser": _TEXT,
                    "withCredentials": _YES_OR_NO,
                    "isDefault": _YES_OR_NO,
                    "jsonData": {"type": "object"},
                    "secureJsonData": {"type": "object", "additionalProperties": _TEXT},
                    "version": _COUNT,
                    "editable": _YES_OR_NO,
                },
            },
        },
    },
}
"""https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources"""
_PROVIDERS: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "providers"],
    "properties": {
        "apiVersion": {"const": 1},
        "providers": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "options"],
                "properties": {
                    "name": _TEXT,
                    "orgId": _COUNT,
                    "folder": {"type": "string"},
                    "folderUid": _TEXT,
                    "type": {"const": "file"},
                    "disableDeletion": _YES_OR_NO,
                    "updateIntervalSeconds": _COUNT,
                    "allowUiUpdates": _YES_OR_NO,
                    "options": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["path"],
                        "properties": {"path": _TEXT, "foldersFromFilesStructure": _YES_OR_NO},
                    },
                },
            },
        },
    },
}
"""https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards"""
_SETTINGS: Final = {
    "GF_SECURITY_ADMIN_USER",
    "GF_SECURITY_ADMIN_PASSWORD",
    "GF_ANALYTICS_REPORTING_ENABLED",
    "GF_ANALYTICS_CHECK_FOR_UPDATES",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
    "GF_PLUGINS_PREINSTALL_DISABLED",
    "GF_LOG_MODE",
    "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH",
    "GF_LOG_CONSOLE_FORMAT",
    "GF_SERVER_ROOT_URL",
}
"""https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/"""
_WITH_SECRETS: Final = (
    "loki.mode=external",
    "loki.url=https://loki.example",
    "loki.existingSecret=loki",
    "prometheus.mode=external",
    "prometheus.url=https://prometheus.example",
    "prometheus.existingSecret=prometheus",
)


def _config_map(documents: list[Document], end: str) -> Document:
    (found,) = [
        each
        for each in of_kind(documents, "ConfigMap")
        if each["metadata"]["name"] == f"azuraforge-grafana-{end}"
    ]
    return found


def _deployment(documents: list[Document]) -> Document:
    (found,) = [
        each
        for each in of_kind(documents, "Deployment")
        if each["metadata"]["name"] == "azuraforge-grafana"
    ]
    pod: Document = found["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("mode", ["bundled", "external"])
@pytest.mark.parametrize("settings", [(), _WITH_SECRETS, ("loki.mode=disabled",)])
def test_data_sources_have_documented_fields_only(mode: str, settings: tuple[str, ...]) -> None:
    """A header's name has its value among what Grafana encrypts, and no other has one."""
    documents = render(f"grafana.mode={mode}", *settings)
    text = _config_map(documents, "data-sources")["data"]["azuraforge.yaml"]
    found = yaml.safe_load(text)
    jsonschema.Draft202012Validator(_DATA_SOURCES).validate(found)
    for source in found["datasources"]:
        names = {key[-1] for key in source.get("jsonData", {}) if key.startswith("httpHeaderName")}
        assert names == {key[-1] for key in source.get("secureJsonData", {})}
        assert bool(names) is (settings == _WITH_SECRETS)


def test_variables_of_provisioning_are_the_containers() -> None:
    """Grafana puts an empty text in the place of a variable that it has not."""
    documents = render(*_WITH_SECRETS)
    text = _config_map(documents, "data-sources")["data"]["azuraforge.yaml"]
    (container,) = _deployment(documents)["containers"]
    variables = {each["name"]: each for each in container["env"]}
    wanted = set(re.findall(r"\$(\w+)", text))
    assert wanted == {"LOKI_AUTHORIZATION", "PROMETHEUS_AUTHORIZATION"}
    for name in wanted:
        reference = variables[name]["valueFrom"]["secretKeyRef"]
        assert reference == {"name": name.partition("_")[0].lower(), "key": "authorization"}


def test_the_folder_of_dashboards_is_provisioned_where_it_is_mounted() -> None:
    """The provider has documented fields and names the folder of the ConfigMap's mount."""
    documents = render()
    provider = yaml.safe_load(_config_map(documents, "provisioning")["data"]["azuraforge.yaml"])
    jsonschema.Draft202012Validator(_PROVIDERS).validate(provider)
    pod = _deployment(documents)
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert provider["providers"][0]["options"]["path"] == mounts["dashboards"]
    home = {each["name"]: each.get("value") for each in container["env"]}[
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
    ]
    folder, _, name = str(home).rpartition("/")
    assert folder == mounts["dashboards"]
    assert name in _config_map(documents, "dashboards")["data"]


def test_the_bundled_grafana_is_what_its_image_documents() -> None:
    """User 472, port 3000, its folders, its health's address, and settings that it knows."""
    pod = _deployment(render("grafana.url=https://grafana.example"))
    (container,) = pod["containers"]
    assert {pod["securityContext"][key] for key in ("runAsUser", "fsGroup")} == {472}
    assert container["ports"] == [{"name": "http", "containerPort": 3000}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/api/health", "port": "http"}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts["data-sources"] == "/etc/grafana/provisioning/datasources"
    assert mounts["provisioning"] == "/etc/grafana/provisioning/dashboards"
    assert mounts["data"] == "/var/lib/grafana"
    assert {each["name"] for each in container["env"]} == _SETTINGS


def _panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (panel for panel in board["panels"] if panel["type"] != "row")


@pytest.mark.parametrize("path", _BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_what_grafanas_own_types_read_and_write(path: Any) -> None:
    """Nothing in it is unknown to them: it comes back as it is."""
    board = json.loads(path.read_text(encoding="utf-8"))
    again = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(board)))
    assert again == board


@pytest.mark.parametrize("path", _BOARDS, ids=lambda path: path.stem)
def test_panels_explain_themselves_and_do_not_overlap(path: Any) -> None:
    """Each has a title, advice, a unit where it draws numbers, and a place of its own."""
    board = json.loads(path.read_text(encoding="utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in _panels(board):
        title, place = panel["title"], panel["gridPos"]
        assert len(panel["description"]) > 10, title
        if panel["type"] in {"stat", "timeseries"}:
            assert panel["fieldConfig"]["defaults"]["unit"], title
        assert place["x"] + place["w"] <= 24, title
        fields = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not fields & taken, title
        taken |= fields


@pytest.mark.parametrize("path", _BOARDS, ids=lambda path: path.stem)
def test_several_curves_have_legends_and_variables_exist(path: Any) -> None:
    """What a query asks by, people can choose; two curves of a panel bear different names."""
    board = json.loads(path.read_text(encoding="utf-8"))
    known = {variable["name"] for variable in board.get("templating", {}).get("list", ())}
    for panel in _panels(board):
        legends = [target.get("legendFormat") for target in panel["targets"]]
        assert len(set(legends)) == len(legends), panel["title"]
        for target in panel["targets"]:
            assert set(re.findall(r"\$(\w+)", target["expr"])) <= known | {"__interval"}


@pytest.mark.parametrize("path", _BOARDS, ids=lambda path: path.stem)
def test_dashboards_lead_to_one_another_and_jobs_to_their_lines(path: Any) -> None:
    """A menu of ours on each; the job's opens Explore with exactly its query."""
    links = {link["title"]: link for link in json.loads(path.read_text(encoding="utf-8"))["links"]}
    assert links["AzuraForge"]["type"] == "dashboards"
    assert links["AzuraForge"]["tags"] == ["azuraforge"]
    if path.stem == "job":
        url = links["Its log in Explore"]["url"]
        assert url.startswith("/explore?schemaVersion=1&orgId=1&panes=%7B")
        assert {"${namespace}", "${trainingjob}", "${__from}", "${__to}"} <= set(
            re.findall(r"\$\{\w+\}", url)
        )


def test_the_fleet_leads_to_each_job() -> None:
    """The table's names open the job's dashboard with it chosen."""
    (fleet,) = [path for path in _BOARDS if path.stem == "fleet"]
    (table,) = [
        panel for panel in _panels(json.loads(fleet.read_text("utf-8"))) if panel["type"] == "table"
    ]
    text = json.dumps(table["fieldConfig"]["overrides"])
    assert "/d/azuraforge-job?var-namespace=${__data.fields.namespace}" in text
    assert "var-trainingjob=${__data.fields.trainingjob}" in text
