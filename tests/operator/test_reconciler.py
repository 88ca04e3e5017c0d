"""Turns of a job with the real input and output, against an API server that can fail."""

import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from azuraforge_cluster.errors import ClusterError, ConflictError, UnavailableError
from azuraforge_operator.plugins.catalog import PluginCatalog
from azuraforge_operator.reconciling.event_recorder import EventRecorder
from azuraforge_operator.reconciling.feed import Change, Feed
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.log_progress import LogProgress
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.reconciler import Reconciler
from azuraforge_operator.reconciling.work_queue import WorkQueue
from azuraforge_operator.settings import OperatorSettings, PodSettings

if TYPE_CHECKING:
    from tests.operator.conftest import Bench

Story = Callable[["Bench"], Coroutine[Any, Any, None]]
WithBench = Callable[[Story], None]
NewJob = Callable[..., dict[str, Any]]
KEY = JobKey("ml", "nyc")
LAST_WORDS = json.dumps(
    {
        "reason": "Completed",
        "message": "Done.",
        "progress": {"percentage": 100, "metrics": [{"name": "train.loss", "value": 0.25}]},
    }
)


class Desk:
    """A reconciler whose watches the test plays: it sees what :meth:`look` shows it."""

    def __init__(self, bench: "Bench", *, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.bench = bench
        self.server = bench.server
        cluster = bench.cluster()
        self.store = ObjectStore()
        self.feed = Feed(self.store, WorkQueue())
        self.catalog = PluginCatalog(cluster, "default")
        self.reconciler = Reconciler(
            cluster=cluster,
            store=self.store,
            catalog=self.catalog,
            settings=OperatorSettings(pod=PodSettings(default_memory="1Gi")),
            metrics=bench.metrics,
            recorder=EventRecorder(cluster, bench.metrics, "me"),
            progress=LogProgress(cluster, 30, clock),
        )

    def look(self) -> None:
        """See everything that is there now, as watches would tell."""
        self.store.__init__()  # type: ignore[misc] # what is gone must not be remembered
        see = {
            "trainingjobs": self.feed.see_training_job,
            "jobs": self.feed.see_job,
            "pods": self.feed.see_pod,
        }
        for (plural, _, _), raw in self.server.objects.items():
            if plural in see:
                see[plural](raw, Change.TOLD)

    async def turn(self) -> float | None:
        """Look and give the job a turn."""
        await self.catalog.refresh()
        self.look()
        return await self.reconciler.reconcile(KEY)

    async def settle(self) -> None:
        """Give turns until nothing is written any more."""
        for _ in range(10):
            before = len(self.server.writes())
            await self.turn()
            if len(self.server.writes()) == before:
                return
        raise AssertionError("writes never cease")

    @property
    def status(self) -> dict[str, Any]:
        """The job's status."""
        return self.server.status_of("nyc")


def test_a_job_lives_on_four_writes(with_bench: WithBench, new_job: NewJob) -> None:
    """Acceptance, child, running, end: three statuses and one Job, events apart."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        assert desk.status["phase"] == "Starting"
        assert desk.status["jobRef"] == "nyc-0"
        server.run_pod("nyc-0", phase="Pending")
        await desk.settle()
        server.run_pod("nyc-0")
        await desk.settle()
        assert desk.status["phase"] == "Running"
        server.run_pod("nyc-0", phase="Succeeded", exit_code=0, message=LAST_WORDS)
        await desk.settle()
        assert desk.status["phase"] == "Succeeded"
        assert desk.status["progress"]["percentage"] == 100
        assert desk.status["image"] == "reg/t@sha256:" + "a" * 64
        assert [(each.method, each.path.rpartition("/")[2]) for each in server.writes()] == [
            *[("PATCH", "status"), ("POST", "jobs"), ("POST", "events"), ("POST", "events")],
            *[("PATCH", "status"), ("POST", "events")],
            *[("PATCH", "status"), ("POST", "events")],
        ]

    with_bench(story)


def test_a_finished_job_is_written_to_no_more(with_bench: WithBench, new_job: NewJob) -> None:
    """An operator that comes back beside finished jobs writes nothing and reads nothing."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        server.run_pod("nyc-0", phase="Succeeded", exit_code=0)
        await desk.settle()
        newcomer = Desk(bench)
        await newcomer.catalog.refresh()
        newcomer.look()
        server.requests.clear()
        assert await newcomer.reconciler.reconcile(KEY) is None
        assert server.requests == []

    with_bench(story)


def test_a_wrong_config_fails_before_any_child(with_bench: WithBench, new_job: NewJob) -> None:
    """The path, what was expected and what was got stand in the status; no Job was made."""

    async def story(bench: "Bench") -> None:
        desk = Desk(bench)
        bench.server.put("trainingjobs", new_job(config={"epoch": 3, "epochs": 0}))
        await desk.settle()
        assert (desk.status["phase"], desk.status["reason"]) == ("Failed", "InvalidConfig")
        assert desk.status["message"] == (
            "spec.config.epoch: is not a known field. Did you mean 'epochs'? "
            "spec.config.epochs: should be at least 1, got 0."
        )
        assert bench.server.names("jobs") == []

    with_bench(story)


def test_an_unknown_plugin_is_waited_for(with_bench: WithBench, new_job: NewJob) -> None:
    """The job is Pending with a hint, and goes on once the plugin is installed."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        plugin = server.objects.pop(("configmaps", "default", "azuraforge-plugin-weather"))
        server.put("trainingjobs", new_job())
        assert await desk.turn() == 30
        assert (desk.status["phase"], desk.status["reason"]) == ("Pending", "PluginNotFound")
        server.put("configmaps", plugin)
        await desk.settle()
        assert desk.status["phase"] == "Starting"

    with_bench(story)


def test_an_image_must_be_allowed(with_bench: WithBench, new_job: NewJob) -> None:
    """An image of one's own is refused unless the operator's owner allows its prefix."""

    async def story(bench: "Bench") -> None:
        desk = Desk(bench)
        bench.server.put("trainingjobs", new_job(image="evil/miner:1"))
        await desk.settle()
        assert (desk.status["phase"], desk.status["reason"]) == ("Failed", "ImageNotAllowed")

    with_bench(story)


def test_a_host_path_is_not_lent(with_bench: WithBench, new_job: NewJob) -> None:
    """Whoever may create a TrainingJob gets no more of a node than pod security allows."""

    async def story(bench: "Bench") -> None:
        desk = Desk(bench)
        volumes = [{"name": "root", "hostPath": {"path": "/"}}]
        bench.server.put("trainingjobs", new_job(podOverrides={"volumes": volumes}))
        await desk.settle()
        assert desk.status["reason"] == "InvalidConfig"
        assert "spec.podOverrides.volumes[0]" in desk.status["message"]

    with_bench(story)


def test_a_config_with_data_in_it_is_refused(with_bench: WithBench, new_job: NewJob) -> None:
    """What the API server could not measure is told in the status; it is not only logged."""

    async def story(bench: "Bench") -> None:
        desk = Desk(bench)
        bench.server.put("trainingjobs", new_job(config={"rows": "1" * 70_000}))
        await desk.settle()
        assert desk.status["reason"] == "InvalidConfig"
        assert "config has 70011 bytes, more than 65536." in desk.status["message"]

    with_bench(story)


def test_a_status_that_changed_meanwhile_drops_the_plan(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """No child follows from a plan that was made from an old status."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        await desk.catalog.refresh()
        old = server.put("trainingjobs", new_job())
        desk.look()
        server.put("trainingjobs", {**old, "spec": {**old["spec"], "suspend": True}})
        with pytest.raises(ConflictError):
            await desk.reconciler.reconcile(KEY)
        assert server.names("jobs") == []
        await desk.reconciler.reconcile(KEY)  # it has read the job again
        assert desk.status["phase"] == "Suspended"

    with_bench(story)


def test_an_action_without_a_new_status_is_made_sure_of(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """A leader that was frozen must not create the child of a job that is suspended by now."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        server.fail("POST", "/jobs", 500, times=3)
        with pytest.raises(UnavailableError):
            await desk.turn()
        assert desk.status["jobRef"] == "nyc-0"
        desk.look()
        stored = server.get("trainingjobs", "nyc")
        server.put("trainingjobs", {**stored, "spec": {**stored["spec"], "suspend": True}})
        with pytest.raises(ConflictError):
            await desk.reconciler.reconcile(KEY)
        assert server.names("jobs") == []

    with_bench(story)


@pytest.mark.parametrize("kind", ["429", "500", "503", "reset", "late"])
@pytest.mark.parametrize("path", ["/status", "/jobs"])
def test_a_fault_leads_to_the_same_end(
    with_bench: WithBench, new_job: NewJob, kind: str, path: str
) -> None:
    """Whatever a write met, later turns bring the job to one child and a status that says so."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        server.fail("ANY", path, kind, times=4)
        for _ in range(4):
            try:
                await desk.turn()
            except ClusterError:
                continue
        await desk.settle()
        assert desk.status["phase"] == "Starting"
        assert server.names("jobs") == ["nyc-0"]

    with_bench(story)


def test_a_foreign_job_of_our_name_ends_the_job(with_bench: WithBench, new_job: NewJob) -> None:
    """It is left alone, and the status says what to do."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        foreign = server.put("jobs", {"metadata": {"name": "nyc-0"}, "spec": {}})
        server.put("trainingjobs", new_job())
        await desk.settle()
        assert (desk.status["phase"], desk.status["reason"]) == ("Failed", "NameTaken")
        assert server.get("jobs", "nyc-0") == foreign

    with_bench(story)


def test_the_child_of_a_predecessor_is_waited_for(with_bench: WithBench, new_job: NewJob) -> None:
    """A job that is deleted and applied anew starts once the old one's child is gone."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job(uid="old"))
        await desk.settle()
        server.remove("trainingjobs", "nyc")
        server.put("trainingjobs", new_job(uid="new"))
        await desk.settle()
        assert (desk.status["phase"], desk.status["reason"]) == ("Pending", "NameInUse")
        server.remove("jobs", "nyc-0")
        await desk.settle()
        assert desk.status["phase"] == "Starting"
        assert server.get("jobs", "nyc-0")["metadata"]["ownerReferences"][0]["uid"] == "new"

    with_bench(story)


def test_a_refused_child_ends_the_job_in_the_servers_words(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """What will be refused again is not tried again."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        server.fail("POST", "/jobs", 422)
        await desk.settle()
        assert (desk.status["phase"], desk.status["reason"]) == ("Failed", "AttemptRefused")
        assert "as the test wants" in desk.status["message"]

    with_bench(story)


def test_a_child_missing_from_the_cache_is_looked_for(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """A watch that lags is no proof of a loss: nothing is concluded but from a live reading."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        server.run_pod("nyc-0")
        await desk.settle()
        desk.store.__init__()  # type: ignore[misc] # the watches lag
        desk.feed.see_training_job(server.get("trainingjobs", "nyc"), Change.TOLD)
        await desk.reconciler.reconcile(KEY)
        assert desk.status["phase"] == "Running"
        assert server.names("jobs") == ["nyc-0"]

    with_bench(story)


def test_a_child_that_is_gone_counts_as_a_preemption(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """Somebody deleted the Job while nobody watched: the next attempt resumes."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        server.run_pod("nyc-0")
        await desk.settle()
        server.remove("pods", "nyc-0-pod")
        server.remove("jobs", "nyc-0")
        await desk.settle()
        assert (desk.status["preemptions"], desk.status["failures"]) == (1, 0)
        assert server.names("jobs") == ["nyc-1"]

    with_bench(story)


def test_suspending_deletes_the_child_and_keeps_its_last_words(
    with_bench: WithBench, new_job: NewJob
) -> None:
    """The checkpoint stands in the status though its pod was gone before anybody looked."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        server.run_pod("nyc-0")
        await desk.settle()
        stored = server.get("trainingjobs", "nyc")
        server.put("trainingjobs", {**stored, "spec": {**stored["spec"], "suspend": True}})
        await desk.settle()
        assert desk.status["reason"] == "Suspending"
        assert server.get("jobs", "nyc-0")["metadata"]["deletionTimestamp"]
        words = json.dumps({"reason": "Preempted", "checkpoint": {"path": "c/7", "step": 7}})
        pod = server.run_pod("nyc-0", phase="Failed", exit_code=75, message=words)
        desk.look()
        server.remove("pods", "nyc-0-pod")
        server.remove("jobs", "nyc-0")
        desk.feed.see_pod(pod, Change.DELETED)
        await desk.reconciler.reconcile(KEY)
        assert desk.status["phase"] == "Suspended"
        assert desk.status["checkpoint"]["step"] == 7
        assert desk.store.pods(KEY) == ()

    with_bench(story)


def test_progress_comes_from_the_log_now_and_then(with_bench: WithBench, new_job: NewJob) -> None:
    """One reading for each interval, and one write for each reading that is news."""

    async def story(bench: "Bench") -> None:
        times = [0.0]
        desk, server = Desk(bench, clock=lambda: times[0]), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        server.run_pod("nyc-0")
        line = {"event": "step", "ts": "2026-01-01T00:00:20Z", "step": 5, "epoch": 1, "loss": 0.5}
        server.logs["nyc-0-pod"] = json.dumps({**line, "percentage": 12.5}) + "\nnoise\n"
        assert await desk.turn() == 30
        assert "progress" not in desk.status
        times[0] = 31
        await desk.turn()
        assert desk.status["progress"] == {
            "percentage": 12.5,
            "epoch": 1,
            "step": 5,
            "metrics": [{"name": "train.loss", "value": 0.5}],
            "lastHeartbeatTime": "2026-01-01T00:00:20Z",
            "attempt": 0,
        }
        server.requests.clear()
        await desk.turn()
        assert [each.path.rpartition("/")[2] for each in server.requests] == ["configmaps"]

    with_bench(story)


def test_progress_that_another_reports_is_exported(with_bench: WithBench, new_job: NewJob) -> None:
    """What the service writes into a running job's status is among the last values at once."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        server.run_pod("nyc-0")
        await desk.settle()
        desk.status["progress"] = {
            "percentage": 40,
            "attempt": 0,
            "metrics": [{"name": "train.loss", "value": 0.5}],
        }
        server.requests.clear()
        await desk.turn()
        figures = {
            sample.labels["figure"]: sample.value
            for family in bench.metrics.last_values.collect()
            for sample in family.samples
        }
        assert (figures["percentage"], figures["train.loss"]) == (40, 0.5)
        assert server.writes() == []

    with_bench(story)


def test_an_attempt_that_cannot_start_says_why(with_bench: WithBench, new_job: NewJob) -> None:
    """A quota or a volume that cannot be mounted is told by warnings of the cluster alone."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.settle()
        job = server.get("jobs", "nyc-0")
        job["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
        server.put(
            "events",
            {
                "metadata": {"name": "e"},
                "type": "Warning",
                "reason": "FailedCreate",
                "message": "exceeded quota: gpus",
                "lastTimestamp": "2026-01-01T00:00:01Z",
                "involvedObject": {"uid": job["metadata"]["uid"]},
            },
        )
        stored = server.get("trainingjobs", "nyc")
        stored["spec"]["deadlines"] = {"startSeconds": 0}
        server.put("trainingjobs", stored)
        await desk.settle()
        assert (desk.status["phase"], desk.status["reason"]) == ("Starting", "FailedCreate")
        assert "exceeded quota: gpus" in desk.status["message"]

    with_bench(story)


def test_a_deleted_job_is_forgotten(with_bench: WithBench, new_job: NewJob) -> None:
    """Nothing is written for what is gone, and nothing of it stays in memory."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        await desk.catalog.refresh()
        desk.look()
        server.remove("trainingjobs", "nyc")
        assert await desk.reconciler.reconcile(KEY) is None
        assert desk.store.training_job(KEY) is None
        assert server.names("jobs") == []

    with_bench(story)


def test_events_are_told_once(with_bench: WithBench, new_job: NewJob) -> None:
    """A repeated request makes no second event: its name follows from what it says."""

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        server.put("trainingjobs", new_job())
        server.fail("POST", "/events", "late", times=2)
        await desk.settle()
        told = [raw["reason"] for (kind, _, _), raw in server.objects.items() if kind == "events"]
        assert sorted(told) == ["Accepted", "AttemptCreated"]

    with_bench(story)


def test_a_queue_admits_takes_back_and_admits_again(with_bench: WithBench, new_job: NewJob) -> None:
    """The child waits suspended; from then on it is its queue's alone, and no clock runs."""

    def change_child(bench: "Bench", *, suspend: bool, started: str | None = None) -> None:
        child = bench.server.get("jobs", "nyc-0")
        status = {"startTime": started} if started else {}
        bench.server.put(
            "jobs", {**child, "spec": {**child["spec"], "suspend": suspend}, "status": status}
        )

    async def story(bench: "Bench") -> None:
        desk, server = Desk(bench), bench.server
        limits = {"startSeconds": 1, "activeSeconds": 1}
        job = new_job(queue={"name": "team-a"}, deadlines=limits)
        job["metadata"]["labels"] = {"kueue.x-k8s.io/priority-class": "high"}
        server.put("trainingjobs", job)
        await desk.settle()
        child = server.get("jobs", "nyc-0")
        assert child["spec"]["suspend"] is True
        assert child["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "team-a"
        assert child["metadata"]["labels"]["kueue.x-k8s.io/priority-class"] == "high"
        assert (desk.status["phase"], desk.status["reason"]) == ("Queued", "Queued")
        server.put(
            "jobs",
            {
                **child,
                "metadata": {**child["metadata"], "creationTimestamp": "2026-01-01T00:00:00Z"},
            },
        )
        assert await desk.turn() is None, "no deadline runs while it is queued"
        assert desk.status["phase"] == "Queued"
        change_child(bench, suspend=False, started="2026-01-01T00:00:05Z")
        server.run_pod("nyc-0", phase="Pending")
        await desk.settle()
        assert desk.status["phase"] == "Starting"
        change_child(bench, suspend=True)
        server.remove("pods", "nyc-0-pod")
        await desk.settle()
        assert (desk.status["phase"], desk.status["preemptions"]) == ("Queued", 0)
        assert "attempts" in desk.status
        assert desk.status["nextAttempt"] == 1
        assert [each.method for each in server.writes("/jobs")] == ["POST"]

    with_bench(story)
