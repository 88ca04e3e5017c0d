"""Trainers post their events: their own run's, whatever becomes of a post, and nobody else does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from azuraforge_api.app import create_app
from azuraforge_api.backends.local.posting_trainers import PostingTrainers
from azuraforge_api.jobs import event_stream
from azuraforge_api.security import jwks
from azuraforge_api.security.principal import Role
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.trainer_tokens import TrainerTokens
from azuraforge_api.tracking.posting import PostGate
from azuraforge_api.tracking.service import read_events
from azuraforge_api_harness.identity_provider import IdentityProvider, run_identity_provider
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service, open_client

pytestmark = pytest.mark.anyio

TYPE = {"Content-Type": "application/x-ndjson"}
RUN = "00000000-0000-4000-8000-000000000001"


def _line(run: str, sequence: int) -> bytes:
    event = {
        "formatVersion": 1, "type": "step", "run": run, "attempt": 0, "sequence": sequence,
        "time": f"2026-01-01T00:00:{sequence % 60:02d}Z", "epoch": 1, "step": sequence,
        "loss": 0.5, "learningRate": 0.001,
    }  # fmt: skip
    return json.dumps(event).encode()


def _lines(run: str, *numbers: int) -> bytes:
    return b"\n".join(_line(run, number) for number in numbers)


@pytest.fixture
def tokens(service: Service) -> TrainerTokens:
    """Return the tokens of trainers on this machine."""
    return TrainerTokens(service.database, service.settings.trainer_tokens_folder)


class Poster:
    """A trainer's side of the road, held still."""

    def __init__(self, service: Service, run: str, secret: str) -> None:
        self.service, self.run = service, run
        self.headers = {"Authorization": f"Bearer {secret}", **TYPE}

    async def post(self, content: Any, *, run: str | None = None, attempt: str = "0",
                   **headers: str) -> httpx.Response:  # fmt: skip
        """Post a body and return the answer."""
        return await self.service.nobody.post(
            f"/api/v1/runs/{run or self.run}/events",
            params={"attempt": attempt}, content=content, headers=self.headers | headers,
        )  # fmt: skip

    async def stored(self) -> list[int]:
        """Return the numbers of the events that are stored."""
        async with self.service.database.read() as session:
            job = await self.service.job(session, self.run)
            return [event.sequence for event in await read_events(session, job.id)]


@pytest.fixture
async def poster(service: Service, tokens: TrainerTokens) -> Poster:
    """Return the trainer of a run on this machine."""
    run = await stored_job(service)
    await tokens.issue(run)
    return Poster(service, run, tokens.path(run).read_text())


async def _problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_post_is_stored_once_and_wakes_who_follows(poster: Poster) -> None:
    """Late, double and overlapping batches in any order leave each event once."""
    with poster.service.app.state.feed.follow(poster.run) as follower:
        answer = await poster.post(_lines(poster.run, 3, 2))
        assert answer.json() == {"stored": 2, "known": 0}
        assert await follower.wait(timeout_seconds=5)
    assert (await poster.post(_lines(poster.run, 0, 1, 2) + b"\n\n")).json() == {
        "stored": 2,
        "known": 1,
    }
    assert (await poster.post(_lines(poster.run, 3))).json() == {"stored": 0, "known": 1}
    assert await poster.stored() == [0, 1, 2, 3]
    assert (await poster.post(b"")).json() == {"stored": 0, "known": 0}


async def test_a_line_is_told_as_it_was_written(
    poster: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Characters that end a line elsewhere, but not in a stream, break nothing up."""
    monkeypatch.setattr(event_stream, "_LAST_WORDS_SECONDS", 0.0)
    line = _line(poster.run, 0)[:-1] + ', "note": "a\u2028b\x85c\x7f"}'.encode()
    assert (await poster.post(line)).status_code == 200
    async with poster.service.database.write() as session:
        (await poster.service.job(session, poster.run)).phase = "Succeeded"
    answer = await poster.service.viewer.get(f"/api/v1/jobs/{poster.run}/events")
    assert b"data: " + line + b"\n" in answer.content


BAD_LINES: dict[str, Callable[[str], bytes]] = {
    "no JSON": lambda _: b"{",
    "no object": lambda _: b"[1]",
    "no text": lambda run: _line(run, 1).replace(b"step", b"st\xff\xfep"),
    "another encoding": lambda run: _line(run, 1).decode().encode("utf-16"),
    "nested without end": lambda _: b"[" * 100_000,
    "nested in a field": lambda run: _line(run, 1)[:-1] + b',"x":' + b"[" * 100_000 + b"}",
    "another run": lambda _: _line("another", 1),
    "another attempt": lambda run: _line(run, 1).replace(b'"attempt": 0', b'"attempt": 1'),
    "no sequence": lambda run: _line(run, 1).replace(b"sequence", b"sequenze"),
    "a negative sequence": lambda run: _line(run, -1),
    "a sequence beyond all measure": lambda run: _line(run, 10**30),
    "no time": lambda run: _line(run, 1).replace(b"2026-01-01", b"yesterday"),
}


@pytest.mark.parametrize("kind", BAD_LINES)
async def test_a_bad_line_refuses_the_batch_by_its_number(poster: Poster, kind: str) -> None:
    """Nothing of the batch is stored, and the line is named."""
    bad = BAD_LINES[kind](poster.run)
    answer = await poster.post(_line(poster.run, 0) + b"\n" + bad)
    assert await _problem(answer) == (422, "invalid-request"), answer.text
    assert answer.json()["errors"][0]["path"] == "line 2"
    assert await poster.stored() == []


async def test_odd_figures_are_no_figures(poster: Poster) -> None:
    """What no database keeps as a number or name is left out of the series; the event is stored."""
    odd: dict[str, Any] = json.loads(_line(poster.run, 0))
    changed: tuple[dict[str, Any], ...] = (
        {"step": 10**30}, {"step": -1}, {"step": True}, {"loss": "high"}, {"loss": 10**400},
        {"type": "epoch", "metrics": {"a\0b": 1.0, "c": 2.0}}, {"type": "epoch", "metrics": [1]},
        {"type": "epoch", "metrics": {f"m{i}": float(i) for i in range(6000)}}, {"type": {"a": 1}},
    )  # fmt: skip
    for number, changes in enumerate(changed):
        line = json.dumps({**odd, "sequence": number, **changes}).encode()
        answer = await poster.post(line)
        assert answer.status_code in {200, 422}, (changes, answer.text)
    assert 0 in await poster.stored()
    names = await poster.service.viewer.get(f"/api/v1/runs/{poster.run}/metrics")
    assert names.status_code == 200


async def test_the_type_and_the_size_of_a_body_are_looked_at(poster: Poster) -> None:
    """Another type, a compressed body, a large one and an impossible attempt are refused."""
    line = _line(poster.run, 0)
    answer = await poster.post(line, **{"Content-Type": "application/json"})
    assert await _problem(answer) == (415, "unsupported-media-type")
    answer = await poster.post(line, **{"Content-Encoding": "gzip"})
    assert await _problem(answer) == (415, "unsupported-media-type")
    answer = await poster.post(b" " * (poster.service.settings.maximum_body_bytes + 1))
    assert await _problem(answer) == (413, "too-large")
    for attempt in ("-1", "x", str(10**30)):
        answer = await poster.post(line, attempt=attempt)
        assert await _problem(answer) == (422, "invalid-request")
    assert await poster.stored() == []


async def test_a_trainer_posts_to_its_own_run_only(poster: Poster) -> None:
    """Another run: 403, one that is there and one that is not alike; a name is no run."""
    other = await stored_job(poster.service, "other")
    for run in (other, RUN, "night"):
        answer = await poster.post(_lines(run, 0), run=run)
        assert await _problem(answer) == (403, "forbidden")


async def test_a_trainer_does_nothing_else(poster: Poster) -> None:
    """Anywhere else its token is refused with 403."""
    for method, path in (
        ("GET", "/api/v1/jobs"), ("GET", f"/api/v1/jobs/{poster.run}"), ("POST", "/api/v1/jobs"),
        ("GET", f"/api/v1/runs/{poster.run}/series?name=train.loss"), ("GET", "/api/v1/tokens"),
        ("GET", "/api/v1/session"),
    ):  # fmt: skip
        answer = await poster.service.nobody.request(method, path, headers=poster.headers)
        assert await _problem(answer) == (403, "forbidden"), path


async def test_nobody_but_a_trainer_posts(poster: Poster) -> None:
    """No token and a made-up one: 401; a person's, even an admin's: 403."""
    path = f"/api/v1/runs/{poster.run}/events?attempt=0"
    service = poster.service
    body = _lines(poster.run, 0)
    for headers in ({}, {"Authorization": "Bearer azf_made-up"}, {"Authorization": "Bearer a.b.c"}):
        answer = await service.nobody.post(path, content=body, headers=TYPE | headers)
        assert await _problem(answer) == (401, "unauthenticated")
    for person in (service.viewer, service.editor, service.admin):
        answer = await person.post(path, content=body, headers=TYPE)
        assert await _problem(answer) == (403, "forbidden")
    assert await poster.stored() == []


async def test_a_token_ends_with_its_job(poster: Poster, tokens: TrainerTokens) -> None:
    """Once the job has ended, and once it was replaced, a token is worth nothing."""
    secret = tokens.path(poster.run).read_text()
    assert oct(tokens.path(poster.run).stat().st_mode)[-3:] == "600"
    assert oct(tokens.folder.stat().st_mode)[-3:] == "700"
    await tokens.issue(poster.run)
    assert tokens.path(poster.run).read_text() == secret  # a trainer that was adopted keeps its own
    tokens.path(poster.run).write_text("damaged")
    await tokens.issue(poster.run)
    newer = tokens.path(poster.run).read_text()
    assert newer != secret
    assert await _problem(await poster.post(b"")) == (401, "unauthenticated")
    poster.headers["Authorization"] = f"Bearer {newer}"
    assert (await poster.post(b"")).status_code == 200
    async with poster.service.database.write() as session:
        job = await poster.service.job(session, poster.run)
        job.phase = "Succeeded"
    assert await _problem(await poster.post(b"")) == (401, "unauthenticated")
    posting = PostingTrainers("http://127.0.0.1", tokens)
    await posting.tidy({poster.run})
    assert tokens.issued() == [poster.run]
    await posting.tidy(())
    assert tokens.issued() == []


async def test_too_many_posts_are_asked_to_come_again(poster: Poster) -> None:
    """A second post of a run, and one too many of all: 429 with Retry-After, nothing stored."""
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield _lines(poster.run, 0)
        arrived.set()
        await go_on.wait()

    first = asyncio.create_task(poster.post(slowly()))
    await arrived.wait()
    answer = await poster.post(_lines(poster.run, 1))
    assert await _problem(answer) == (429, "too-many-requests")
    assert answer.headers["retry-after"] == "1"
    go_on.set()
    assert (await first).json() == {"stored": 1, "known": 0}
    poster.service.app.state.posts = full = PostGate(1)
    with full.enter("another"):
        answer = await poster.post(_lines(poster.run, 1))
        assert await _problem(answer) == (429, "too-many-requests")
    assert (await poster.post(_lines(poster.run, 1))).json() == {"stored": 1, "known": 0}


@pytest.fixture
def issuer() -> Iterator[IdentityProvider]:
    """Return the issuer of a cluster's service-account tokens."""
    with run_identity_provider() as found:
        yield found


@pytest.fixture
async def cluster(settings: Settings, issuer: IdentityProvider) -> AsyncIterator[Service]:
    """Return a service whose trainers are pods."""
    bearer = settings.data_dir / "pod-token"
    bearer.write_text("of-the-pod\n")
    own = settings.model_copy(
        update={
            "cluster_issuer": issuer.issuer,
            "cluster_jwks_url": f"{issuer.issuer}/keys",
            "cluster_token_file": bearer,
        }
    )
    app = create_app(own)
    async with app.router.lifespan_context(app):
        clients = [await open_client(app, role) for role in (*Role, None)]
        yield Service(app, *clients)
        for client in clients:
            await client.aclose()


def _pod_token(issuer: IdentityProvider, run: str, **claims: Any) -> str:
    usual = {
        "aud": [f"azuraforge:{run}"], "sub": "system:serviceaccount:default:default",
        "kubernetes.io": {"namespace": "default"},
    }  # fmt: skip
    return issuer.token(**{**usual, **claims})


async def test_a_pod_posts_with_the_token_of_its_service_account(
    cluster: Service, issuer: IdentityProvider
) -> None:
    """The cluster's signature and the audience of the run count; anywhere else it is refused."""
    run = await stored_job(cluster)
    poster = Poster(cluster, run, _pod_token(issuer, run))
    assert (await poster.post(_lines(run, 0))).json() == {"stored": 1, "known": 0}
    assert issuer.bearers == ["Bearer of-the-pod"]
    assert await _problem(await poster.post(_lines(RUN, 0), run=RUN)) == (403, "forbidden")
    answer = await cluster.nobody.get("/api/v1/jobs", headers=poster.headers)
    assert await _problem(answer) == (403, "forbidden")
    unknown = Poster(cluster, RUN, _pod_token(issuer, RUN))
    assert await _problem(await unknown.post(_lines(RUN, 0))) == (404, "not-found")


async def test_bad_tokens_of_a_cluster_are_refused(
    cluster: Service, issuer: IdentityProvider
) -> None:
    """Expired, another issuer's, for two runs or none, unsigned: 401; another namespace's: 403."""
    run = await stored_job(cluster)
    for claims in (
        {"exp": 1_000_000_000}, {"iss": "https://elsewhere"}, {"exp": None}, {"aud": "azuraforge"},
        {"aud": [f"azuraforge:{run}", f"azuraforge:{RUN}"]}, {"kubernetes.io": None},
    ):  # fmt: skip
        poster = Poster(cluster, run, _pod_token(issuer, run, **claims))
        assert await _problem(await poster.post(b"")) == (401, "unauthenticated"), claims
    token = _pod_token(issuer, run)
    poster = Poster(cluster, run, token.rpartition(".")[0] + ".AAAA")
    assert await _problem(await poster.post(b"")) == (401, "unauthenticated")
    token = _pod_token(issuer, run, **{"kubernetes.io": {"namespace": "elsewhere"}})
    assert await _problem(await Poster(cluster, run, token).post(b"")) == (403, "forbidden")


async def test_an_issuer_that_is_away_is_no_refusal(
    cluster: Service, issuer: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trainer is told to come again; the issuer is not asked for each of many posts."""
    run = await stored_job(cluster)
    poster = Poster(cluster, run, _pod_token(issuer, run))
    issuer.is_away = True
    for _ in range(3):
        assert await _problem(await poster.post(b"")) == (503, "unavailable")
    assert len(issuer.bearers) == 1
    issuer.is_away = False
    monkeypatch.setattr(jwks, "_FAILED_SECONDS", 0.0)
    assert (await poster.post(b"")).status_code == 200


async def test_keys_are_kept_and_found_anew(cluster: Service, issuer: IdentityProvider) -> None:
    """Many posts ask for the keys once; without the issuer a known key still counts."""
    run = await stored_job(cluster)
    poster = Poster(cluster, run, _pod_token(issuer, run))
    for _ in range(5):
        assert (await poster.post(b"")).status_code == 200
    assert issuer.fetches == 1
    issuer.is_away = True
    assert (await poster.post(b"")).status_code == 200
