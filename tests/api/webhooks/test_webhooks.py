"""Webhooks: told once of each end, signed, tried again, and visible where it failed."""

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from azuraforge_api.app import create_app
from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.running import until
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import TrainingJob, parse_training_job

pytestmark = pytest.mark.anyio
HOOKS = "/api/v1/webhooks"
HANG = 0
CHOSEN = "chosen-by-the-receiver"


async def _hook(service: Service, url: str, **wanted: Any) -> dict[str, Any]:
    answer = await service.admin.post(HOOKS, json={"url": url, **wanted})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def _deliveries(service: Service, hook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await service.admin.get(f"{HOOKS}/{hook['id']}/deliveries")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def _ended(service: Service, hook: dict[str, Any], count: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def is_over() -> bool:
        found[:] = await _deliveries(service, hook)
        return len(found) == count and all(each["state"] != "pending" for each in found)

    await until(is_over, seconds=30)
    return found


def _job(phase: str, uid: str | None = None, *, name: str = "night", **spec: Any) -> TrainingJob:
    job = parse_training_job(job_document(name, **spec))
    metadata = job.metadata.model_copy(update={"uid": uid or str(uuid.uuid4())})
    status: dict[str, Any] = {"phase": phase}
    if phase not in {"Pending", "Running"}:
        status["completionTime"] = datetime.now(UTC).isoformat()
    return job.model_copy(update={"metadata": metadata, "status": status})


async def _end(service: Service, phase: str, **spec: Any) -> TrainingJob:
    """Let a job run and end, each told twice."""
    running = _job("Running", **spec)
    ended = _job(phase, running.metadata.uid, **spec)
    for told in (running, running, ended, ended):
        await service.app.state.mirror.record(told)
    return ended


def _is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
    signed = dict(part.split("=") for part in headers["azuraforge-signature"].split(","))
    assert abs(time.time() - int(signed["t"])) < 300
    content = signed["t"].encode() + b"." + body
    wanted = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, signed["v1"])


async def test_the_end_of_a_job_is_told_once_and_signed(service: Service, receiver: Any) -> None:
    """A receiver learns of an end with the whole job, signed, however often it is told."""
    hook = await _hook(service, receiver.url)
    job = await _end(service, "Succeeded")
    (delivery,) = await _ended(service, hook)
    ((headers, body),) = receiver.requests
    assert _is_ours(hook["secret"], headers, body)
    assert not _is_ours("another secret, too", headers, body)
    assert headers["azuraforge-event"] == "finished"
    assert headers["azuraforge-delivery"] == delivery["id"]
    assert headers["content-type"] == "application/json"
    message = json.loads(body)
    shown = (await service.viewer.get(f"/api/v1/jobs/{job.metadata.uid}")).json()
    assert message["job"] == shown
    assert (message["id"], message["event"]) == (f"{job.metadata.uid}.finished", "finished")
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
    assert delivery["answerStatus"] == 200


async def test_only_what_is_asked_for_is_told(service: Service, receiver: Any) -> None:
    """Filters hold: the end, the plugin, the owner; nothing of before there was a webhook."""
    await _end(service, "Failed", name="before")
    hooks = {
        "failures": await _hook(service, receiver.url, events=["failed"]),
        "other pipeline": await _hook(service, receiver.url, pipeline="forecaster"),
        "other owner": await _hook(service, receiver.url, owner="somebody"),
        "own": await _hook(service, receiver.url, owner="kubectl", pipeline="weather-forecaster"),
        "asleep": await _hook(service, receiver.url, isActive=False),
    }
    old = _job("Failed", name="old")
    assert old.status is not None
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await service.app.state.mirror.record(
        old.model_copy(update={"status": {**old.status, "completionTime": hour_ago}})
    )
    await _end(service, "Failed", name="one")
    await _end(service, "Cancelled", name="two")
    told = {
        name: sorted(each["event"] for each in await _deliveries(service, hook))
        for name, hook in hooks.items()
    }
    assert told == {
        "failures": ["failed"], "other pipeline": [], "other owner": [],
        "own": ["cancelled", "failed"], "asleep": [],
    }  # fmt: skip


async def test_a_job_that_was_deleted_on_its_way_is_told_as_cancelled(
    service: Service, receiver: Any
) -> None:
    """Deletion ends a job, too; a second deletion tells nothing new."""
    hook = await _hook(service, receiver.url)
    job = _job("Running")
    await service.app.state.mirror.record(job)
    for _ in range(2):
        await service.app.state.mirror.mark_gone(job.metadata.uid, has_ended=True)
    (delivery,) = await _ended(service, hook)
    assert delivery["event"] == "cancelled"


async def test_an_end_that_is_not_stored_is_not_told(service: Service, receiver: Any) -> None:
    """What is told and what is stored are one transaction: neither is there without the other."""
    hook = await _hook(service, receiver.url)
    job = _job("Running")
    await service.app.state.mirror.record(job)

    async def fail_at_the_end() -> None:
        async with service.database.write() as session:
            row = await service.job(session, str(job.metadata.uid))
            row.phase = "Failed"
            await service.app.state.outbox.note_end(session, row)
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_at_the_end()
    assert await _deliveries(service, hook) == []


async def test_a_failing_receiver_is_tried_again(service: Service, receiver: Any) -> None:
    """500, silence, a redirect and then 200: four attempts with one identity and one body."""
    hook = await _hook(service, receiver.url)
    receiver.answers += [500, HANG, 302]
    await _end(service, "Succeeded")
    (delivery,) = await _ended(service, hook)
    assert (delivery["state"], delivery["attempts"], delivery["error"]) == ("delivered", 4, None)
    assert len(receiver.requests) == 4  # and none for the redirect
    assert len({headers["azuraforge-delivery"] for headers, _ in receiver.requests}) == 1
    assert len({body for _, body in receiver.requests}) == 1
    assert all(_is_ours(hook["secret"], headers, body) for headers, body in receiver.requests)


async def test_what_cannot_be_delivered_stays_visible_and_can_be_sent_again(
    service: Service, receiver: Any
) -> None:
    """After the last attempt a delivery is dead, with its reason; an admin may send it again."""
    hook = await _hook(service, receiver.url)
    receiver.answers += [503] * 4
    await _end(service, "Failed")
    (delivery,) = await _ended(service, hook)
    assert (delivery["state"], delivery["attempts"]) == ("dead", 4)
    assert delivery["error"] == "the receiver answered 503"
    address = f"{HOOKS}/{hook['id']}/deliveries/{delivery['id']}"
    listed = await service.admin.get(f"{HOOKS}/{hook['id']}/deliveries?state=dead")
    assert [each["id"] for each in listed.json()["items"]] == [delivery["id"]]
    assert (await service.admin.post(f"{address}/redeliver")).status_code == 202
    (delivery,) = await _ended(service, hook)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
    assert (await service.admin.get(address)).json() == delivery


async def test_a_receiver_that_is_gone_for_good_is_left_alone(
    service: Service, receiver: Any
) -> None:
    """410 Gone ends it at once."""
    hook = await _hook(service, receiver.url)
    receiver.answers += [410]
    await _end(service, "Failed")
    (delivery,) = await _ended(service, hook)
    assert (delivery["state"], delivery["attempts"]) == ("dead", 1)


async def test_a_receiver_that_hangs_holds_nobody_up(service: Service, receiver: Any) -> None:
    """Others get their messages while one does not answer."""
    receiver.answers += [HANG]
    slow = await _hook(service, receiver.url)
    await service.admin.post(f"{HOOKS}/{slow['id']}/test")

    async def is_hanging() -> bool:
        return len(receiver.requests) == 1

    await until(is_hanging, seconds=10)
    quick = await _hook(service, receiver.url)
    await service.admin.post(f"{HOOKS}/{quick['id']}/test")
    await _ended(service, quick)
    (still,) = await _deliveries(service, slow)
    assert still["attempts"] == 1 or still["state"] == "delivered"


async def test_a_restart_between_attempts_loses_and_doubles_nothing(
    service: Service, receiver: Any
) -> None:
    """What one process could not deliver, the next one does, under the same identity."""
    hook = await _hook(service, receiver.url)
    receiver.answers += [HANG]
    await _end(service, "Succeeded")

    async def is_asked() -> bool:
        return len(receiver.requests) == 1

    await until(is_asked, seconds=10)
    await service.app.state.webhooks.close()  # in the middle of an attempt
    (delivery,) = await _deliveries(service, hook)
    assert delivery["state"] == "pending"
    successor = create_app(service.settings)
    async with successor.router.lifespan_context(successor):
        (after,) = await _ended(service, hook)
    assert (after["id"], after["state"]) == (delivery["id"], "delivered")
    assert {headers["azuraforge-delivery"] for headers, _ in receiver.requests} == {after["id"]}
    assert len(receiver.requests) == 2


async def test_two_processes_deliver_each_message_once(service: Service, receiver: Any) -> None:
    """Several processes of a service share the work and do none of it twice."""
    hooks = [await _hook(service, receiver.url) for _ in range(4)]
    neighbor = create_app(service.settings)
    async with neighbor.router.lifespan_context(neighbor):
        await asyncio.gather(*(_end(service, "Succeeded", name=f"job-{n}") for n in range(5)))
        for hook in hooks:
            deliveries = await _ended(service, hook, 5)
            assert {each["state"] for each in deliveries} == {"delivered"}
            assert {each["attempts"] for each in deliveries} == {1}
    told = [headers["azuraforge-delivery"] for headers, _ in receiver.requests]
    assert len(told) == len(set(told)) == 20


async def test_a_test_is_a_real_message(service: Service, receiver: Any) -> None:
    """An admin sees whether messages arrive before a job ends."""
    hook = await _hook(service, receiver.url, secret=CHOSEN)
    answer = await service.admin.post(f"{HOOKS}/{hook['id']}/test")
    assert (answer.status_code, answer.json()["event"]) == (202, "test")
    (delivery,) = await _ended(service, hook)
    assert delivery["state"] == "delivered"
    ((headers, body),) = receiver.requests
    assert _is_ours(CHOSEN, headers, body)
    assert json.loads(body)["job"] is None


async def test_a_secret_is_shown_once(service: Service, receiver: Any) -> None:
    """The answer of its making has it; no list, no delivery and no change shows it again."""
    hook = await _hook(service, receiver.url)
    assert len(hook["secret"]) > 40
    address = f"{HOOKS}/{hook['id']}"
    changed = await service.admin.patch(address, json={"secret": "x" * 16, "owner": None})
    assert changed.json()["version"] == 2
    for answer in (changed, await service.admin.get(address), await service.admin.get(HOOKS)):
        assert "secret" not in answer.text
    audit = await service.admin.get("/api/v1/audit")
    assert hook["secret"] not in audit.text


async def test_a_webhook_is_changed_and_deleted(service: Service, receiver: Any) -> None:
    """A change on an older state is refused, a deleted webhook takes its deliveries along."""
    hook = await _hook(service, receiver.url)
    address = f"{HOOKS}/{hook['id']}"
    tag = (await service.admin.get(address)).headers["etag"]
    await service.admin.post(f"{address}/test")
    changed = await service.admin.patch(
        address, json={"events": ["failed"], "isActive": False}, headers={"If-Match": tag}
    )
    assert (changed.json()["events"], changed.json()["isActive"]) == (["failed"], False)
    stale = await service.admin.patch(address, json={"events": []}, headers={"If-Match": tag})
    assert stale.status_code in {412, 422}
    assert (await service.admin.post(f"{address}/test")).status_code == 409
    stale = await service.admin.delete(address, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert (await service.admin.delete(address)).status_code == 204
    assert (await service.admin.get(f"{address}/deliveries")).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {"url": "ftp://example.com/"},
        {"url": "http://user:password@example.com/"},
        {"url": "http:///nowhere"},
        {"url": "http://169.254.169.254/latest/meta-data"},
        {"url": "http://[fe80::1]/"},
        {"url": "http://[::ffff:169.254.169.254]/"},
        {"url": "http://0.0.0.0/"},
        {"url": "http://example.com:99999/"},
        {"url": "http://example.com/#fragment"},
        {"url": "http://example.com/", "events": []},
        {"url": "http://example.com/", "events": ["exploded"]},
        {"url": "http://example.com/", "secret": "short"},
        {"url": "http://example.com/", "unknown": 1},
    ],
)
async def test_what_cannot_be_a_receiver_is_refused(
    service: Service, wanted: dict[str, Any]
) -> None:
    """An address that no receiver has is refused where it is given, with the field's name."""
    answer = await service.admin.post(HOOKS, json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["errors"][0]["path"].startswith("body.")
