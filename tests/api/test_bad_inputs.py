"""What people and attackers send wrongly: each has a status, a code and a sentence that helps.

``AZURAFORGE_BAD_INPUTS_TABLE=FILE`` writes the table of all of them as Markdown.
"""

import gzip
import io
import json
import math
import os
import stat
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
import polars as pl
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from azuraforge_api.security.principal import Role
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.service import create_token
from azuraforge_api.tokens.trainer_tokens import TrainerTokens
from azuraforge_api_harness.identity_provider import IdentityProvider, run_identity_provider
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio

JSON: Final = {"Content-Type": "application/json"}
YAML: Final = {"Content-Type": "application/yaml"}
CSV: Final = {"Content-Type": "text/csv"}
ZIP: Final = {"Content-Type": "application/zip"}
LINES: Final = {"Content-Type": "application/x-ndjson"}
JOBS, MODELS, DATASETS = "jobs", "models/night", "datasets/load"
UPLOAD, IMPORT = f"{DATASETS}/versions", "models/import"
PREDICT = f"{MODELS}/versions/1/predict"
MOST: Final = 3_000_000
"""Bytes of an upload, so that bombs stay small here."""


@dataclass(frozen=True)
class Bad:
    """One bad input.

    Attributes:
        what: in a few words.
        ask: method and path below /api/v1; names in braces are the stage's.
        status: of the answer.
        code: of the problem; empty where the answer is none.
        words: all of them stand in what is told.
        request: what is sent.
        as_role: who sends it.
    """

    what: str
    ask: str
    status: int
    code: str
    words: tuple[str, ...]
    request: dict[str, Any] = field(default_factory=dict)
    as_role: str = "editor"


def _send(content: bytes | str, kind: dict[str, str] = JSON) -> dict[str, Any]:
    return {"content": content, "headers": kind}


def _job(**config: Any) -> dict[str, Any]:
    document: dict[str, Any] = job_document("bad")
    document["spec"]["config"].update(config)
    return {"json": document}


def _spec(**spec: Any) -> dict[str, Any]:
    return {"json": job_document("bad", **spec)}


def _bearer(name: str, **headers: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {{{name}}}", **headers}}


def _zip(name: str, *, is_link: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("job.json", "{}")
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16 if is_link else 0
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def _zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("job.json", b" " * (MOST + 1))
    return buffer.getvalue()


def _parquet(rows: int) -> bytes:
    buffer = io.BytesIO()
    pl.select(when=pl.repeat(1, rows), load=pl.repeat(1.0, rows)).write_parquet(buffer)
    return buffer.getvalue()


YAML_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
ROW = {"time": "2020-12-31T00:00Z", "temp": 4.1}
_BIG = 4 * 1024 * 1024 + 1

BAD: tuple[Bad, ...] = (
    # Job files
    Bad("broken YAML", f"POST {JOBS}", 400, "malformed-body", ("line",),
        _send("metadata: [unclosed", YAML)),
    Bad("a YAML bomb of aliases", f"POST {JOBS}", 400, "malformed-body", ("alias",),
        _send(YAML_BOMB, YAML)),
    Bad("two YAML documents", f"POST {JOBS}", 400, "malformed-body", ("one",),
        _send("a: 1\n---\nb: 2\n", YAML)),
    Bad("a YAML tag that would run code", f"POST {JOBS}", 422, "invalid-job", ("spec",),
        _send("a: !!python/object/apply:os.system ['id']\n", YAML)),
    Bad("a list instead of a job", f"POST {JOBS}", 400, "malformed-body", ("object",),
        _send("[]")),
    Bad("JSON that is cut off", f"POST {JOBS}", 400, "malformed-body", (), _send('{"kind": ')),
    Bad("text that is not UTF-8", f"POST {JOBS}", 400, "malformed-body", ("UTF-8",),
        _send(b'{"kind": "\xff\xfe"}')),
    Bad("NaN in a job's JSON", f"POST {JOBS}", 422, "invalid-job",
        ("spec.config.training.epochs", "NaN"),
        _send(json.dumps(_job(training={"epochs": math.nan})["json"]))),
    Bad("100,000 brackets", f"POST {JOBS}", 400, "malformed-body", (), _send("[" * 100_000)),
    Bad("a config of 10 MB", f"POST {JOBS}", 413, "too-large", ("4194304",),
        _send(b" " * 10_000_000)),
    Bad("a config of 100 KB", f"POST {JOBS}", 422, "invalid-job", ("65536", "source"),
        _job(notes="x" * 100_000)),
    Bad("an unknown pipeline", f"POST {JOBS}", 422, "invalid-job",
        ("spec.pipeline", "weather-forcaster", "weather-forecaster"),
        _spec(pipeline="weather-forcaster")),
    Bad("a wrong type, three levels deep", f"POST {JOBS}", 422, "invalid-job",
        ("spec.config.training.epochs", "three"), _job(training={"epochs": "three"})),
    Bad("a misspelt field in a config", f"POST {JOBS}", 422, "invalid-job",
        ("spec.config.trainng", "training"), _job(trainng={"epochs": 3})),
    Bad("a job without a spec", f"POST {JOBS}", 422, "invalid-job", ("spec",),
        {"json": {"apiVersion": "azuraforge.io/v1alpha1", "kind": "TrainingJob",
                  "metadata": {"name": "x"}}}),
    Bad("a job that reads the machine's files", f"POST {JOBS}", 422, "invalid-job", ("path",),
        _job(dataset={"source": {"kind": "file", "path": "/etc/passwd", "time_column": "t"}})),
    Bad("a data set that is not there", f"POST {JOBS}", 422, "invalid-job", ("nothing",),
        _job(dataset={"source": {"kind": "dataset", "name": "nothing"},
                      "target_columns": ["a"]})),
    Bad("a name that is no DNS label", f"POST {JOBS}", 422, "invalid-job", ("metadata.name",),
        {"json": {**job_document(), "metadata": {"name": "Night Run!"}}}),
    Bad("a name that is taken", f"POST {JOBS}", 409, "conflict", ("waiting",),
        {"json": job_document("waiting")}),
    Bad("a job as plain text", f"POST {JOBS}", 415, "unsupported-media-type",
        ("text/plain", "application/yaml"), _send("kind: x", {"Content-Type": "text/plain"})),
    Bad("NaN in a clone's config", "POST jobs/{job}/clone", 422, "invalid-request",
        ("training.epochs", "nan"), _send('{"config": {"training": {"epochs": NaN}}}')),
    Bad("half a surrogate pair", "POST jobs/{job}/clone", 422, "invalid-request", ("surrogate",),
        _send('{"config": {"note": "\\ud800"}}')),
    Bad("a number in place of a truth value", "PATCH jobs/{job}", 422, "invalid-request",
        ("body.suspend", "[]"), {"json": {"suspend": []}}),
    Bad("a change of nothing", "PATCH jobs/{job}", 422, "invalid-request", ("suspend", "cancel"),
        {"json": {}}),
    Bad("a change of a deleted job", "PATCH jobs/{deleted}", 409, "conflict", ("deleted",),
        {"json": {"suspend": True}}),
    Bad("a retry of a job that has not ended", "POST jobs/{job}/retry", 409, "conflict",
        ("has not ended",)),
    Bad("a job that was never there", "GET jobs/nothing", 404, "not-found", ("nothing",)),
    # Lists
    Bad("a negative limit", f"GET {JOBS}?limit=-1", 422, "invalid-request", ("limit", "-1", "1")),
    Bad("a limit of 100,000", f"GET {JOBS}?limit=100000", 422, "invalid-request",
        ("limit", "500", "100000")),
    Bad("a misspelt filter", f"GET {JOBS}?phse=Running", 422, "invalid-request",
        ("phse", "phase")),
    Bad("a phase that is none", f"GET {JOBS}?phase=Sleeping", 422, "invalid-request",
        ("phase", "Sleeping", "Running")),
    Bad("a label without a value", f"GET {JOBS}?label=team", 422, "invalid-request",
        ("label", "team")),
    Bad("an order that is SQL", f"GET {JOBS}?sort=name;DROP TABLE jobs", 422, "invalid-request",
        ("sort", "DROP")),
    Bad("a filter that is SQL: nothing has that name", f"GET {JOBS}?text=' OR 1=1 --", 200, "",
        ('"items":[]',)),
    Bad("a label that is SQL: nothing has it", f"GET {JOBS}?label=a'%5D%3BDROP TABLE jobs=1", 200,
        "", ('"items":[]',)),
    Bad("a wildcard is a letter like any other", f"GET {JOBS}?text=%25", 200, "",
        ('"items":[]',)),
    Bad("a time in words", f"GET {JOBS}?createdAfter=yesterday", 422, "invalid-request",
        ("createdAfter", "yesterday")),
    Bad("a time without a zone", f"GET {JOBS}?createdAfter=2024-05-31T12:00:00", 422,
        "invalid-request", ("createdAfter", "timezone")),
    Bad("a time in seconds", f"GET {JOBS}?createdAfter=1700000000", 422, "invalid-request",
        ("createdAfter", "1700000000")),
    Bad("a page token of nobody's", f"GET {JOBS}?page=AAAA", 422, "invalid-request", ("page",)),
    Bad("NUL in an address", f"GET {JOBS}?text=a%00b", 422, "invalid-request", ("text", "NUL")),
    # Files of runs
    *(
        Bad(f"a way out of a run's folder: {path}", f"GET jobs/{{run}}/artifacts/{path}", 404,
            "not-found", ("no file",))
        for path in ("..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "%252e%252e%252fx",
                     "%2fetc%2fpasswd", "model%2f..%2f..%2fx", "model\\..\\x")
    ),
    Bad("a symbolic link in a run's folder", "GET jobs/{run}/artifacts/link.txt", 404,
        "not-found", ("link.txt",)),
    Bad("a linked folder in a run's folder", "GET jobs/{run}/artifacts/etc/hostname", 404,
        "not-found", ("etc/hostname",)),
    Bad("a folder as a file", "GET jobs/{run}/artifacts/model", 404, "not-found", ("model",)),
    Bad("a range beyond the file", "GET jobs/{run}/artifacts/job.json", 416,
        "range-not-satisfiable", ("bytes=99999999-",), {"headers": {"Range": "bytes=99999999-"}}),
    Bad("a place in a stream that is none", "GET jobs/{run}/events", 422, "invalid-request",
        ("Last-Event-ID", "soon"), {"headers": {"Last-Event-ID": "soon"}}),
    # Who asks
    Bad("no token", f"GET {JOBS}", 401, "unauthenticated", ("Bearer",), as_role="nobody"),
    Bad("a made-up token", f"GET {JOBS}", 401, "unauthenticated", ("unknown",), _bearer("no"),
        "nobody"),
    Bad("an expired token", f"GET {JOBS}", 401, "unauthenticated", ("expired",),
        _bearer("expired"), "nobody"),
    Bad("an expired token of the identity provider", f"GET {JOBS}", 401, "unauthenticated",
        ("expired",), _bearer("over"), "nobody"),
    Bad("a token for another service", f"GET {JOBS}", 401, "unauthenticated", ("udience",),
        _bearer("audience"), "nobody"),
    Bad("a token of a foreign issuer", f"GET {JOBS}", 401, "unauthenticated", ("ssuer",),
        _bearer("issuer"), "nobody"),
    Bad("an unsigned token (alg: none)", f"GET {JOBS}", 401, "unauthenticated", ("refused",),
        _bearer("unsigned"), "nobody"),
    Bad("a token signed with the public key (HS256)", f"GET {JOBS}", 401, "unauthenticated",
        ("refused",), _bearer("confused"), "nobody"),
    Bad("a viewer who creates", f"POST {JOBS}", 403, "forbidden", ("viewer", "editor"),
        {"json": {}}, "viewer"),
    Bad("a trainer of another run", "POST runs/{job}/events?attempt=0", 403, "forbidden",
        (), _bearer("trainer", **LINES), "nobody"),
    Bad("a trainer who looks around", f"GET {JOBS}", 403, "forbidden",
        ("posts that run's events",), _bearer("trainer"), "nobody"),
    Bad("a form on a stranger's page", "POST jobs/{job}/clone", 403, "foreign-origin",
        ("https://evil.example",),
        {"headers": {"Cookie": "azuraforge_session={session}", "Origin": "https://evil.example",
                     "Content-Type": "application/x-www-form-urlencoded"}, "content": "a=1"},
        "nobody"),
    Bad("a login link that was used", "POST session", 401, "unauthenticated", ("login link",),
        {"json": {"code": "azf_used-already"}, "headers": {"Origin": "{origin}"}}, "nobody"),
    # HTTP
    Bad("an address that is none", "GET jbs", 404, "not-found", ("/api/v1/jbs",)),
    Bad("a method that is not taken", f"PUT {JOBS}", 405, "method-not-allowed", ("GET, POST",)),
    Bad("a header without an end", "PATCH jobs/{job}", 422, "invalid-request", ("If-Match",),
        {"json": {"suspend": True}, "headers": {"If-Match": "x" * 10_000}}),
    Bad("a change of a stale state", f"PATCH {MODELS}/versions/1", 412, "stale", ("99", "1"),
        {"json": {"notes": "x"}, "headers": {"If-Match": '"99"'}}),
    Bad("JSON without a content type", f"PUT {MODELS}/aliases/best", 415,
        "unsupported-media-type", ("application/json",), {"content": b'{"version": 1}'}),
    Bad("a body of 4 MB and a byte", f"PUT {MODELS}/aliases/best", 413, "too-large", ("4194304",),
        _send(b" " * _BIG)),
    # Models
    Bad("a version that is not there", f"PUT {MODELS}/aliases/best", 404, "not-found", ("99",),
        {"json": {"version": 99}}),
    Bad("a version beyond all numbers", f"PUT {MODELS}/aliases/best", 422, "invalid-request",
        ("version",), {"json": {"version": 10**30}}),
    Bad("a promotion by no figure", f"PUT {MODELS}/aliases/champion", 422, "invalid-request",
        ("test.msee", "test.mse"),
        {"json": {"version": 2, "promoteIfBetter": {"metric": "test.msee"}}}),
    Bad("a deletion of what an alias stands for", f"DELETE {MODELS}/versions/1", 409, "conflict",
        ("champion",)),
    Bad("an alias that is a number", f"PUT {MODELS}/aliases/7", 422, "invalid-request", ("7",),
        {"json": {"version": 1}}),
    Bad("an import that is no zip file", f"POST {IMPORT}", 422, "data-error", ("zip",),
        _send(b"no zip", ZIP)),
    Bad("a zip file that leads out", f"POST {IMPORT}", 422, "data-error", ("leads out",),
        _send(_zip("../../etc/cron.d/x"), ZIP)),
    Bad("a zip file with a link", f"POST {IMPORT}", 422, "data-error", ("link",),
        _send(_zip("report/report.html", is_link=True), ZIP)),
    Bad("a zip bomb", f"POST {IMPORT}", 413, "too-large", (str(MOST),), _send(_zip_bomb(), ZIP)),
    # Data sets
    Bad("an empty file", f"POST {UPLOAD}", 422, "data-error", ("empty",), _send(b"", CSV)),
    Bad("a header without rows", f"POST {UPLOAD}", 422, "data-error", ("no rows",),
        _send("when,load\n", CSV)),
    Bad("a row with a cell too many", f"POST {UPLOAD}", 422, "data-error", ("row 1", "3 cells"),
        _send("when,load\n2024-01-01,1,2\n", CSV)),
    Bad("an image as CSV", f"POST {UPLOAD}", 422, "data-error", (),
        _send(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), CSV)),
    Bad("a truncated Parquet file", f"POST {UPLOAD}", 422, "data-error", ("Parquet",),
        _send(_parquet(100)[:-20], CSV)),
    Bad("a gzip bomb", f"POST {UPLOAD}", 422, "data-error", ("unpacks to more",),
        _send(gzip.compress(b"when,load\n" + b"2024-01-01,1\n" * 300_000), CSV)),
    Bad("a Parquet bomb", f"POST {UPLOAD}", 422, "data-error", ("more than",),
        _send(_parquet(3_000_000), CSV)),
    Bad("an upload beyond the limit", f"POST {UPLOAD}", 413, "too-large", (str(MOST),),
        _send(b"x" * (MOST + 1), CSV)),
    Bad("an upload as a form", f"POST {UPLOAD}", 415, "unsupported-media-type",
        ("multipart/form-data", "text/csv"), {"files": {"file": b"when,load\n"}}),
    Bad("a data set's name with a slash", "POST datasets/a%2fb/versions", 404, "not-found", (),
        _send("when,load\n", CSV)),
    Bad("a data set's name in capitals", "POST datasets/Load/versions", 422, "invalid-request",
        ("Load", "lower-case"), _send("when,load\n", CSV)),
    Bad("version 0", f"GET {DATASETS}/versions/0", 422, "invalid-request", ("version", '"0"')),
    # Forecasts
    Bad("NaN in rows", f"POST {PREDICT}", 400, "malformed-body", ("NaN",),
        _send('{"history": [{"time": "2013-12-31T00:00Z", "temp": NaN}]}')),
    Bad("rows without the model's columns", f"POST {PREDICT}", 422, "data-error", ("temp",),
        {"json": {"history": [{"time": "2013-12-31T00:00Z", "tmp": 4.1}]}}),
    Bad("rows without a time", f"POST {PREDICT}", 422, "data-error", ("time",),
        {"json": {"history": [{"temp": 4.1}]}}),
    Bad("too few rows", f"POST {PREDICT}", 422, "data-error", ("24",),
        {"json": {"history": [ROW]}}),
    Bad("rows of more than the limit", f"POST {PREDICT}", 413, "too-large", ("4194304",),
        _send(b" " * _BIG)),
    Bad("a horizon of 0", f"POST {PREDICT}", 422, "invalid-request", ("horizon", "0"),
        {"json": {"horizon": 0}}),
    Bad("a horizon of a million rows", f"POST {PREDICT}", 422, "invalid-request", ("horizon",),
        {"json": {"horizon": 1_000_000}}),
    Bad("a series that is not the model's", f"POST {PREDICT}", 422, "invalid-request",
        ("LAX", "JFK"), {"json": {"series": ["LAX"]}}),
    Bad("a what-if that is none", f"POST {PREDICT}", 422, "invalid-request", ("warmer",),
        {"json": {"whatIf": ["warmer"]}}),
    Bad("an unknown option", f"POST {PREDICT}", 422, "invalid-request", ("horizn", "horizon"),
        {"json": {"horizn": 3}}),
    # Looking at runs
    Bad("a comparison of one", "POST reports/compare", 422, "invalid-request", ("items", "2"),
        {"json": {"items": [{"run": "x"}]}}),
    Bad("series without a name", "GET runs/{run}/series", 422, "invalid-request", ("name",)),
    Bad("an axis that is none", "GET runs/{run}/series?name=a&axis=moon", 422, "invalid-request",
        ("axis", "moon", "step")),
    Bad("a token that has ended already", "POST tokens", 422, "invalid-request", ("expiresAt",),
        {"json": {"name": "old", "expiresAt": "2020-01-01T00:00:00Z"}}, "admin"),
    Bad("a role that is none", "POST tokens", 422, "invalid-request", ("role", "owner"),
        {"json": {"name": "x", "role": "owner"}}, "admin"),
)  # fmt: skip


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """Return a running identity provider."""
    with run_identity_provider() as found:
        yield found


@pytest.fixture
def settings(settings: Settings, provider: IdentityProvider) -> Settings:
    """Return settings that trust the provider and take small uploads."""
    changed = {
        "oidc_issuer": provider.issuer,
        "oidc_default_role": "editor",
        "maximum_upload_bytes": MOST,
        "local_cpu_jobs": 0,
    }
    return settings.model_copy(update=changed)


@pytest.fixture
async def stage(
    service: Service, trained: TrainedRun, provider: IdentityProvider, tmp_path: Path
) -> dict[str, str]:
    """Return a service with something to be done wrongly to, and what it is called."""
    run = await add_run(service, trained, publish={"model": "night", "alias": "champion"})
    await add_run(service, trained, is_new=True)
    folder = service.settings.runs_folder / run
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "etc").symlink_to("/etc")
    made = await service.editor.post(f"/api/v1/{JOBS}", json=job_document("waiting"))
    assert made.is_success, made.text
    deleted = await stored_job(service, "deleted")
    await service.app.state.mirror.mark_gone(deleted)
    tokens = TrainerTokens(service.database, tmp_path / "tokens")
    trainer = await stored_job(service, "trainer")
    await tokens.issue(trainer)
    return {
        "run": run, "job": made.json()["metadata"]["uid"], "deleted": deleted, "no": "azf_no",
        "trainer": tokens.path(trainer).read_text(), "origin": service.settings.public_url,
        "session": await _session(service), "expired": await _expired(service),
        **_foreign(provider),
    }  # fmt: skip


async def _session(service: Service) -> str:
    wanted = {"name": "Ada", "role": "editor"}
    link = await service.admin.post("/api/v1/session/links", json=wanted)
    answer = await service.nobody.post(
        "/api/v1/session",
        json={"code": link.json()["url"].partition("#")[2]},
        headers={"Origin": service.settings.public_url},
    )
    service.nobody.cookies.clear()
    return str(answer.cookies["azuraforge_session"])


async def _expired(service: Service) -> str:
    over = datetime.now(UTC) - timedelta(seconds=1)
    async with service.database.write() as session:
        _, secret = await create_token(
            session, "old", Role.ADMIN, created_by="tests", expires_at=over
        )
    return secret


def _foreign(provider: IdentityProvider) -> dict[str, str]:
    claims = {"iss": provider.issuer, "aud": "azuraforge", "sub": "x", "exp": 2**33}
    ((name, key),) = provider._keys.items()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"kid": name}
    head, body, _ = jwt.encode(claims, "x" * 32, "HS256", headers=header).split(".")
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = algorithm.sign(f"{head}.{body}".encode(), public)
    return {
        "over": provider.token(exp=1),
        "audience": provider.token(aud="another"),
        "issuer": provider.token(iss="https://evil.example"),
        "unsigned": jwt.encode(claims, "", algorithm="none", headers=header),
        "confused": f"{head}.{body}.{jwt.utils.base64url_encode(signature).decode()}",
    }


async def test_every_bad_input_is_told_what_is_wrong_and_what_to_do(
    service: Service, stage: dict[str, str]
) -> None:
    """Status, code, and a sentence with field, got, expected and remedy; the service lives on."""
    table = ["| Input | Request | Status | Code | Sentence |", "|---|---|---|---|---|"]
    wrong: list[str] = []
    for bad in BAD:
        answer = await _ask(service, stage, bad)
        told, is_good = _judge(bad, answer)
        table.append(f"| {bad.what} | `{bad.ask}` | {answer.status_code} | {told} |")
        wrong += [] if is_good else [f"{bad.what}: {answer.status_code} {answer.text[:900]}"]
    if "AZURAFORGE_BAD_INPUTS_TABLE" in os.environ:
        _write(Path(os.environ["AZURAFORGE_BAD_INPUTS_TABLE"]), table)
    assert not wrong, "\n".join(wrong)
    assert len(BAD) >= 40
    assert (await service.nobody.get("/readyz")).is_success
    assert (await service.viewer.get(f"/api/v1/{MODELS}/versions/champion")).is_success


def _write(path: Path, table: list[str]) -> None:
    path.write_text("\n".join([*table, ""]), encoding="utf-8")


async def _ask(service: Service, stage: dict[str, str], bad: Bad) -> httpx.Response:
    method, _, path = bad.ask.partition(" ")
    for name, value in stage.items():
        path = path.replace(f"{{{name}}}", value)
    request = dict(bad.request)
    headers = {name: value.format(**stage) for name, value in request.pop("headers", {}).items()}
    client: httpx.AsyncClient = getattr(service, bad.as_role)
    return await client.request(method, f"/api/v1/{path}", headers=headers, **request)


def _judge(bad: Bad, answer: httpx.Response) -> tuple[str, bool]:
    """Return what the table says of an answer, and whether it is as it should be."""
    if not bad.code:
        is_good = answer.status_code == bad.status and all(w in answer.text for w in bad.words)
        return f"| {answer.text[:80]}", is_good
    document = answer.json()
    sentence = f"{document.get('detail', answer.text)} {document.get('remedy')}".strip()
    is_good = (
        (answer.status_code, document.get("code")) == (bad.status, bad.code)
        and all(word in sentence for word in bad.words)
        and (document.get("remedy") or document.get("errors"))
    )
    shown = sentence if len(sentence) < 400 else f"{sentence[:400]}…"
    return f"{document.get('code')} | {shown.replace('|', chr(92) + '|')}", bool(is_good)


async def test_an_upload_that_is_cut_off_leaves_nothing(service: Service) -> None:
    """Who goes away in the middle, or declares more than comes, leaves neither file nor version."""

    async def cut() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b"when,load\n", "more_body": True}
        yield {"type": "http.disconnect"}

    for path, kind in ((UPLOAD, CSV), (IMPORT, ZIP), (JOBS, JSON)):
        messages = cut()
        sent: list[Any] = []

        async def receive(messages: AsyncIterator[dict[str, Any]] = messages) -> dict[str, Any]:
            return await anext(messages)

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        headers = {**service.editor.headers, **kind, "Content-Length": "9999"}
        scope = {
            "type": "http", "method": "POST", "path": f"/api/v1/{path}", "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "http_version": "1.1", "scheme": "http", "server": ("testserver", 80), "asgi": {},
        }  # fmt: skip
        await service.app(scope, receive, send)
        assert sent[0]["status"] == 400, path
        assert json.loads(sent[1]["body"])["code"] == "malformed-body", path
    assert not [path for path in service.settings.datasets_folder.rglob("*") if path.is_file()]
    assert not list(service.settings.runs_folder.glob("*"))
