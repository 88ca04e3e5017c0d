"""An API server in this process that fails on request: real clients speak HTTP to it."""

import asyncio
import copy
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from azuraforge_contract.plugin_descriptor import (
    InstalledPlugin,
    PluginDescriptor,
    plugin_config_map,
)

__all__ = ["PLUGIN", "FakeApiServer", "Raw", "now", "pod_status", "serve", "training_job"]

Raw = dict[str, Any]
UID: Final = "11111111-1111-4111-8111-111111111111"
GROUPS: Final = {
    "": (
        "v1",
        {"pods": "Pod", "configmaps": "ConfigMap", "events": "Event", "namespaces": "Namespace"},
    ),
    "apiextensions.k8s.io": ("v1", {"customresourcedefinitions": "CustomResourceDefinition"}),
    "batch": ("v1", {"jobs": "Job"}),
    "azuraforge.io": ("v1alpha1", {"trainingjobs": "TrainingJob"}),
    "coordination.k8s.io": ("v1", {"leases": "Lease"}),
}
_PATH: Final = re.compile(
    r"/(?:api|apis/[^/]+)/[^/]+(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[a-z]+))?$"
)


@dataclass
class Fault:
    """What happens to the next requests of a kind instead of an answer."""

    method: str
    path: str
    """A regular expression that the path contains."""
    kind: str
    """An HTTP code, ``reset``, ``late`` (done, answer lost), ``html``, ``slow`` or ``stall``."""
    times: int
    retry_after: str = ""
    """Seconds that the answer asks to wait."""


@dataclass
class Request:
    """A request that was answered."""

    method: str
    path: str
    code: int


@dataclass
class FakeApiServer:
    """Objects by (plural, namespace, name), their history, and the faults to come."""

    objects: dict[tuple[str, str, str], Raw] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    forgets_history: bool = False
    """Whether watches from an old version are answered with 410."""
    is_owned_by_operator: bool = False
    """Whether live progress is the operator's, so that nobody else may apply it without force."""
    port: int = 0
    _version: int = 100
    _history: list[tuple[int, str, Raw]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # What tests do

    def put(self, plural: str, raw: Raw) -> Raw:
        """Store an object as somebody else would, and return it with its version."""
        metadata = raw.setdefault("metadata", {})
        metadata.setdefault("namespace", "ml")
        metadata.setdefault("uid", f"uid-{plural}-{metadata['name']}-{self._version}")
        metadata.setdefault("creationTimestamp", now())
        return self._store(plural, raw, (plural, metadata["namespace"], metadata["name"]))

    def remove(self, plural: str, name: str, namespace: str = "ml") -> None:
        """Delete an object as somebody else would."""
        raw = self.objects.pop((plural, namespace, name))
        self._version += 1
        raw = copy.deepcopy(raw)
        raw["metadata"]["resourceVersion"] = str(self._version)
        self._tell(plural, "DELETED", raw)

    def get(self, plural: str, name: str, namespace: str = "ml") -> Raw:
        """Return an object."""
        return self.objects[plural, namespace, name]

    def names(self, plural: str) -> list[str]:
        """Return the names of all objects of a kind."""
        return sorted(name for kind, _, name in self.objects if kind == plural)

    def status_of(self, name: str) -> Raw:
        """Return a TrainingJob's status; empty before the first."""
        found: Raw = self.get("trainingjobs", name).get("status") or {}
        return found

    def fail(
        self, method: str, path: str, kind: str | int, times: int = 1, *, retry_after: str = ""
    ) -> None:
        """Let the next requests whose path contains an expression fail."""
        self.faults.append(Fault(method, path, str(kind), times, retry_after))

    def writes(self, plural: str = "") -> list[Request]:
        """Return what was written: all, or of one kind; leases aside."""
        found = [each for each in self.requests if each.method not in {"GET", "WATCH"}]
        return [each for each in found if plural in each.path and "/leases" not in each.path]

    def run_pod(self, job: str, **status: Any) -> Raw:
        """Make, or change, the one pod of a Job, as the Job controller and the kubelet would."""
        owner = self.get("jobs", job)
        template = owner["spec"]["template"]
        name = f"{job}-pod"
        before = self.objects.get(("pods", "ml", name), {"metadata": {}})
        pod = {
            "metadata": {**before["metadata"], **copy.deepcopy(template["metadata"]), "name": name},
            "spec": {**copy.deepcopy(template["spec"]), "nodeName": "node-1"},
            "status": pod_status(**status),
        }
        return self.put("pods", pod)

    # What the API server does

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or fail as asked."""
        fault = self._next_fault(request)
        kind = fault.kind if fault is not None else ""
        if kind == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault is not None and kind.isdecimal():
            refusal = _status(int(kind), "Faulty", "as the test wants")
            refusal.headers.update({"Retry-After": fault.retry_after} if fault.retry_after else {})
            return self._note(request, refusal)
        if kind == "html":
            return web.Response(text="<html>a proxy</html>")
        if kind == "slow":
            await asyncio.sleep(0.5)
        if request.path.endswith("/log") and request.query.get("follow") == "true":
            return await self._follow_log(request)
        if request.query.get("watch") == "true":
            return await self._watch(request, is_stalled=kind == "stall")
        response = self._note(request, await self._answer(request))
        if kind == "late":
            assert request.transport is not None
            request.transport.abort()
        return response

    def _next_fault(self, request: web.Request) -> Fault | None:
        for fault in self.faults:
            is_meant = fault.method in {request.method, "ANY"}
            if fault.times > 0 and is_meant and re.search(fault.path, request.path_qs):
                fault.times -= 1
                return fault
        return None

    def _note(self, request: web.Request, response: web.Response) -> web.Response:
        self.requests.append(Request(request.method, request.path, response.status))
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        discovered = _discovery(request.path)
        if discovered is not None:
            return web.json_response(discovered)
        match = _PATH.match(request.path)
        if match is None:
            return _status(404, "NotFound", request.path)
        plural, namespace, name = match["plural"], match["namespace"] or "", match["name"]
        body = json.loads(await request.text() or "{}")
        key = (plural, namespace, name or body.get("metadata", {}).get("name", ""))
        if request.method == "GET":
            return self._read(request, key, is_log=match["sub"] == "log")
        if request.method == "PATCH":
            return self._patch(request, key, body)
        answers = {"POST": self._create, "PUT": self._replace}
        return answers.get(request.method, self._delete)(key, body)

    def _read(
        self, request: web.Request, key: tuple[str, str, str], *, is_log: bool
    ) -> web.Response:
        plural, namespace, name = key
        if not name:
            return self._list(request, plural, namespace)
        if is_log:
            return web.Response(text=self.logs.get(name, ""))
        found = self.objects.get(key)
        return web.json_response(found) if found else _status(404, "NotFound", name)

    def _list(self, request: web.Request, plural: str, namespace: str) -> web.Response:
        items = [
            raw
            for (kind, where, _), raw in sorted(self.objects.items())
            if kind == plural and namespace in {"", where} and _is_selected(raw, request)
        ]
        start, limit = int(request.query.get("continue", 0)), int(request.query.get("limit", 1000))
        metadata = {"resourceVersion": str(self._version)}
        if start + limit < len(items):
            metadata["continue"] = str(start + limit)
        page = items[start : start + limit]
        if "PartialObjectMetadataList" in request.headers.get("Accept", ""):
            page = [{"metadata": each["metadata"]} for each in page]
        return web.json_response({"kind": "List", "metadata": metadata, "items": page})

    def _create(self, key: tuple[str, str, str], body: Raw) -> web.Response:
        if key in self.objects:
            return _status(409, "AlreadyExists", f"{key[2]} already exists")
        body["metadata"] |= {"uid": f"uid-{key[2]}-{self._version}", "creationTimestamp": now()}
        return web.json_response(self._store(key[0], body, key), status=201)

    def _replace(self, key: tuple[str, str, str], body: Raw) -> web.Response:
        refused = self._refuse_stale(key, body)
        return refused or web.json_response(self._store(key[0], body, key))

    def _patch(self, request: web.Request, key: tuple[str, str, str], body: Raw) -> web.Response:
        refused = self._refuse_stale(key, body)
        if refused is not None:
            return refused
        stored = copy.deepcopy(self.objects[key])
        if "merge-patch" in request.headers["Content-Type"]:
            spec = {**stored["spec"], **body["spec"]}
            return web.json_response(self._store(key[0], {**stored, "spec": spec}, key))
        owner = request.query["fieldManager"]
        if owner != "azuraforge-operator":  # owns a part, as the API does the progress
            if self.is_owned_by_operator and request.query["force"] != "true":
                return _status(409, "Conflict", "Apply failed with 1 conflict")
            body["status"] = {**(stored.get("status") or {}), **body["status"]}
        if stored.get("status") == body["status"]:
            return web.json_response(stored)
        return web.json_response(self._store(key[0], {**stored, "status": body["status"]}, key))

    def _refuse_stale(self, key: tuple[str, str, str], body: Raw) -> web.Response | None:
        stored = self.objects.get(key)
        if stored is None:
            return _status(404, "NotFound", key[2])
        for name in ("uid", "resourceVersion"):
            if body["metadata"].get(name, stored["metadata"][name]) != stored["metadata"][name]:
                return _status(409, "Conflict", f"{key[2]} has been modified")
        return None

    def _delete(self, key: tuple[str, str, str], body: Raw) -> web.Response:
        stored = self.objects.get(key)
        if stored is None:
            return _status(404, "NotFound", key[2])
        wanted = (body.get("preconditions") or {}).get("uid")
        if wanted not in {None, stored["metadata"]["uid"]}:
            return _status(409, "Conflict", "uid differs")
        if key[0] == "jobs":  # foreground: it goes once its pods have ended
            marked = copy.deepcopy(stored)
            marked["metadata"]["deletionTimestamp"] = now()
            return web.json_response(self._store(key[0], marked, key))
        self.remove(key[0], key[2], key[1])
        return _status(200, "Deleted", key[2])

    def _store(self, plural: str, raw: Raw, key: tuple[str, str, str]) -> Raw:
        self._version += 1
        stored = copy.deepcopy(raw)
        stored["metadata"]["resourceVersion"] = str(self._version)
        self._tell(plural, "MODIFIED" if key in self.objects else "ADDED", stored)
        self.objects[key] = stored
        return copy.deepcopy(stored)

    def _tell(self, plural: str, kind: str, raw: Raw) -> None:
        self._history.append((self._version, plural, {"type": kind, "object": raw}))
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _follow_log(self, request: web.Request) -> web.StreamResponse:
        """Send a pod's log as it grows, until its container has ended."""
        match = _PATH.match(request.path)
        assert match is not None
        response = web.StreamResponse()
        await response.prepare(request)
        sent = 0
        while True:
            pod = self.objects["pods", match["namespace"], match["name"]]
            text = self.logs.get(match["name"], "")
            await response.write(text[sent:].encode())
            sent = len(text)
            if pod["status"].get("phase") != "Running":
                return response
            await asyncio.sleep(0.02)

    async def _watch(self, request: web.Request, *, is_stalled: bool) -> web.StreamResponse:
        plural = request.path.rpartition("/")[2]
        since = int(request.query.get("resourceVersion", 0))
        response = web.StreamResponse()
        await response.prepare(request)
        self.requests.append(Request("WATCH", request.path, 200))
        if self.forgets_history:
            self.forgets_history = False
            gone = {"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}
            await response.write(json.dumps(gone).encode() + b"\n")
            return response
        async with asyncio.timeout(float(request.query.get("timeoutSeconds", 60))):
            try:
                await self._stream(request, response, plural, since, is_stalled=is_stalled)
            except ConnectionResetError:
                return response
        return response

    async def _stream(
        self,
        request: web.Request,
        response: web.StreamResponse,
        plural: str,
        since: int,
        *,
        is_stalled: bool,
    ) -> None:
        while True:
            news = self._news
            for version, kind, event in list(self._history):
                if version > since and kind == plural:
                    since = version
                    if not is_stalled and _is_selected(event["object"], request):
                        await response.write(json.dumps(event).encode() + b"\n")
            await news.wait()


def pod_status(
    phase: str = "Running",
    *,
    exit_code: int | None = None,
    reason: str = "",
    message: str | None = None,
    conditions: tuple[Raw, ...] = (),
    **more: Any,
) -> Raw:
    """Return a pod's status as the kubelet writes it."""
    state: Raw = {}
    if phase == "Running":
        state = {"running": {"startedAt": "2026-01-01T00:00:10Z"}}
    if exit_code is not None:
        reason = reason or ("Completed" if exit_code == 0 else "Error")
        state = {
            "terminated": {
                "exitCode": exit_code,
                "reason": reason,
                "startedAt": "2026-01-01T00:00:10Z",
                "finishedAt": "2026-01-01T00:01:10Z",
                **({"message": message} if message is not None else {}),
            }
        }
    container = {"name": "trainer", "state": state, "imageID": "reg/t@sha256:" + "a" * 64}
    containers = [container] if state else []
    return {"phase": phase, "containerStatuses": containers, "conditions": list(conditions), **more}


def training_job(name: str = "nyc", *, uid: str = UID, **spec: Any) -> Raw:
    """Return a TrainingJob as kubectl would send it."""
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name, "namespace": "ml", "uid": uid, "generation": 1},
        "spec": {"pipeline": "weather", "device": "cpu", "config": {"epochs": 3}, **spec},
    }


def now() -> str:
    """Return the time as the API server writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PLUGIN: Final = InstalledPlugin(
    PluginDescriptor(
        name="weather",
        title="Weather",
        description="",
        distribution="azuraforge-weather",
        version="1",
        config_schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {"epochs": {"type": "integer", "minimum": 1}},
        },
        defaults={},
        metrics=(),
    ),
    {"gpu": "reg/t:1-gpu", "cpu": "reg/t:1"},
)


def _discovery(path: str) -> Raw | None:
    if path == "/api":
        return {"versions": ["v1"]}
    if path == "/apis":
        return {
            "groups": [
                {
                    "name": group,
                    "versions": [{"groupVersion": f"{group}/{version}", "version": version}],
                    "preferredVersion": {"groupVersion": f"{group}/{version}", "version": version},
                }
                for group, (version, _) in GROUPS.items()
                if group
            ]
        }
    for group, (version, kinds) in GROUPS.items():
        prefix = f"/apis/{group}/{version}" if group else f"/api/{version}"
        if path == prefix:
            verbs = ["get", "list", "watch", "create", "patch", "delete", "update"]
            return {
                "resources": [
                    {
                        "name": plural,
                        "singularName": "",
                        "kind": kind,
                        "namespaced": plural not in {"namespaces", "customresourcedefinitions"},
                        "verbs": verbs,
                    }
                    for plural, kind in kinds.items()
                ]
            }
    return None


def _is_selected(raw: Raw, request: web.Request) -> bool:
    labels = raw["metadata"].get("labels") or {}
    selector = request.query.get("labelSelector", "")
    for part in filter(None, selector.split(",")):
        name, _, value = part.partition("=")
        if name not in labels or (value and labels[name] != value):
            return False
    fields = request.query.get("fieldSelector", "")
    wanted = dict(part.split("=") for part in fields.split(",") if part)
    involved = raw.get("involvedObject", {}).get("uid")
    return bool(wanted.get("involvedObject.uid", involved) == involved)


def _status(code: int, reason: str, message: str) -> web.Response:
    body = {"kind": "Status", "code": code, "reason": reason, "message": message}
    return web.json_response(body, status=code)


@asynccontextmanager
async def serve() -> AsyncIterator[FakeApiServer]:
    """Serve a fake API server for the length of a block."""
    server = FakeApiServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    server.put("configmaps", plugin_config_map(PLUGIN, namespace="default"))
    try:
        yield server
    finally:
        await runner.cleanup()
