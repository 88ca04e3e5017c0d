"""What is asked for by REST happens in the cluster, and what the cluster refuses is told."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from azuraforge_api_harness.running import JOBS, phase_of, until
from azuraforge_api_harness.service import Service
from azuraforge_cluster_harness.fake_api_server import FakeApiServer, training_job

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]
Start = Callable[[], AbstractAsyncContextManager[Service]]


def document(name: str = "nyc", **metadata: Any) -> dict[str, Any]:
    """Return a job file for the pipeline that the cluster has."""
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name, **metadata},
        "spec": {"pipeline": "weather", "device": "cpu", "config": {"epochs": 3}},
    }


async def test_a_job_becomes_an_object_that_says_who_made_it(
    service: Service, cluster: FakeApiServer
) -> None:
    """Only what was written is in its spec; it goes to the served namespace, and is shown."""
    answer = await service.editor.post(JOBS, json=document(labels={"team": "a"}))
    assert answer.status_code == 201, answer.text
    made = answer.json()["metadata"]
    assert (made["namespace"], made["createdBy"]) == ("ml", "editor-token")

    raw = cluster.get("trainingjobs", "nyc")
    assert raw["spec"] == document()["spec"]
    assert raw["metadata"]["labels"] == {"team": "a"}
    assert raw["metadata"]["annotations"]["azuraforge.io/created-by"] == "editor-token"
    shown = (await service.viewer.get(f"{JOBS}/{raw['metadata']['uid']}")).json()
    assert shown["metadata"]["name"] == "nyc"


async def test_a_config_is_checked_against_the_clusters_plugins(service: Service) -> None:
    """The ConfigMaps' schemas decide; nothing is created from what does not fit."""
    wrong = document()
    wrong["spec"]["config"] = {"epochs": 0}
    answer = await service.editor.post(JOBS, json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-job")
    wrong["spec"]["pipeline"] = "wether"
    answer = await service.editor.post(JOBS, json=wrong)
    assert "Did you mean 'weather'?" in answer.json()["detail"]


async def test_a_name_that_is_taken_and_a_namespace_that_is_not_served_are_told(
    service: Service,
) -> None:
    """409 for the one, 422 with the path for the other."""
    assert (await service.editor.post(JOBS, json=document())).status_code == 201
    again = await service.editor.post(JOBS, json=document())
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    foreign = await service.editor.post(JOBS, json=document("other", namespace="elsewhere"))
    assert foreign.status_code == 422
    assert foreign.json()["errors"][0]["path"] == "metadata.namespace"


async def test_a_job_whose_creation_was_answered_too_late_is_there_once(
    service: Service, cluster: FakeApiServer
) -> None:
    """The second try finds the first one's object and knows it as its own."""
    cluster.fail("POST", "trainingjobs", "late")
    answer = await service.editor.post(JOBS, json=document())
    assert answer.status_code == 201, answer.text
    assert cluster.names("trainingjobs") == ["nyc"]


async def test_a_cluster_that_is_away_is_503_with_a_time_to_come_again(
    service: Service, cluster: FakeApiServer
) -> None:
    """Nothing is created, and the caller is told when to ask again."""
    cluster.fail("POST", "trainingjobs", 503, times=10, retry_after="7")
    answer = await service.editor.post(JOBS, json=document())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "7"


async def test_a_refusal_is_told_in_the_api_servers_own_words(
    service: Service, cluster: FakeApiServer
) -> None:
    """What an admission webhook says reaches whoever asked."""
    cluster.fail("POST", "trainingjobs", 400)
    answer = await service.editor.post(JOBS, json=document())
    assert (answer.status_code, answer.json()["code"]) == (422, "cluster-refused")
    assert answer.json()["detail"] == "as the test wants"


async def test_suspend_resume_and_cancel_change_nothing_else(
    service: Service, cluster: FakeApiServer
) -> None:
    """A merge patch of one field each; the answer shows it."""
    uid = (await service.editor.post(JOBS, json=document())).json()["metadata"]["uid"]
    for change in ({"suspend": True}, {"suspend": False}, {"cancel": True}):
        answer = await service.editor.patch(f"{JOBS}/{uid}", json=change)
        assert answer.status_code == 200, answer.text
        ((field, value),) = change.items()
        assert answer.json()["spec"][field] is value
    assert cluster.get("trainingjobs", "nyc")["spec"] == {
        **document()["spec"], "suspend": False, "cancel": True,
    }  # fmt: skip


async def test_a_job_that_was_replaced_in_the_cluster_is_never_touched_for_another(
    start: Start, cluster: FakeApiServer
) -> None:
    """A name that means another object by now is left alone: identity is the uid."""
    cluster.fail("GET", "watch=true", "stall", times=100)  # nobody tells the service
    async with start() as service:
        uid = (await service.editor.post(JOBS, json=document())).json()["metadata"]["uid"]
        cluster.remove("trainingjobs", "nyc")
        cluster.put("trainingjobs", training_job("nyc", uid="another"))

        answer = await service.editor.patch(f"{JOBS}/{uid}", json={"cancel": True})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert (await service.editor.delete(f"{JOBS}/{uid}")).status_code == 204
        assert "cancel" not in cluster.get("trainingjobs", "nyc")["spec"]


async def test_history_outlives_a_deleted_object(service: Service, cluster: FakeApiServer) -> None:
    """By REST or by kubectl: the object is gone, the job is still listed, and ended."""
    for name in ("nyc", "sfo"):
        assert (await service.editor.post(JOBS, json=document(name))).status_code == 201
    uids = {name: cluster.get("trainingjobs", name)["metadata"]["uid"] for name in ("nyc", "sfo")}
    assert (await service.editor.delete(f"{JOBS}/{uids['nyc']}")).status_code == 204
    cluster.remove("trainingjobs", "sfo")

    for uid in uids.values():

        async def has_ended(uid: str = uid) -> bool:
            return await phase_of(service, uid) == "Cancelled"

        await until(has_ended, seconds=20)
        shown = (await service.viewer.get(f"{JOBS}/{uid}")).json()
        assert shown["status"]["reason"] == "Deleted"
        assert shown["metadata"]["deletionTimestamp"] is not None
