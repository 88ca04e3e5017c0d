"""Whatever requests meet, and in whatever order: one child, one end, nothing written twice."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azuraforge_cluster.errors import ClusterError
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.plugins.catalog import PluginCatalog
from azuraforge_operator.reconciling.event_recorder import EventRecorder
from azuraforge_operator.reconciling.feed import Change, Feed
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.log_progress import LogProgress
from azuraforge_operator.reconciling.object_store import ObjectStore
from azuraforge_operator.reconciling.reconciler import Reconciler
from azuraforge_operator.reconciling.work_queue import WorkQueue
from azuraforge_operator.settings import OperatorSettings

if TYPE_CHECKING:
    from tests.operator.conftest import Bench

WithBench = Callable[[Callable[["Bench"], Coroutine[Any, Any, None]]], None]
NewJob = Callable[..., dict[str, Any]]
KEY = JobKey("ml", "nyc")
FAULTS = st.tuples(
    st.sampled_from(["/trainingjobs/nyc$", "/status", "/jobs", "/pods", "/events", "configmaps"]),
    st.sampled_from(["409", "410", "429", "500", "503", "reset", "late"]),
    st.integers(1, 4),
)


class Operator:
    """An operator that may be forgotten and begun anew at any time."""

    def __init__(self, bench: "Bench") -> None:
        cluster = bench.cluster()
        self.server = bench.server
        self.store = ObjectStore()
        self.feed = Feed(self.store, WorkQueue())
        self.catalog = PluginCatalog(cluster, "default")
        metrics = Metrics()
        self.reconciler = Reconciler(
            cluster=cluster,
            store=self.store,
            catalog=self.catalog,
            settings=OperatorSettings(),
            metrics=metrics,
            recorder=EventRecorder(cluster, metrics, "me"),
            progress=LogProgress(cluster, 0),
        )

    async def turn(self) -> None:
        """See what is there, and give the job a turn; what fails is left to the next."""
        see = {
            "trainingjobs": self.feed.see_training_job,
            "jobs": self.feed.see_job,
            "pods": self.feed.see_pod,
        }
        for (plural, _, _), raw in self.server.objects.items():
            if plural in see:
                see[plural](raw, Change.TOLD)
        try:
            await self.catalog.refresh()
            await self.reconciler.reconcile(KEY)
        except ClusterError:
            return


def play_the_cluster(bench: "Bench", name: str) -> None:
    """Let the pod of a child go one step further."""
    pods = [pod for pod in bench.server.names("pods") if pod.startswith(name)]
    if not pods:
        bench.server.run_pod(name)
    elif bench.server.status_of("nyc").get("phase") == "Running":
        bench.server.run_pod(name, phase="Succeeded", exit_code=0)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(faults=st.lists(FAULTS, max_size=6), restarts=st.sets(st.integers(0, 20), max_size=3))
def test_a_job_succeeds_with_one_child_whatever_happens(
    with_bench: WithBench,
    new_job: NewJob,
    faults: list[tuple[str, str, int]],
    restarts: set[int],
) -> None:
    """Conflicts, throttling, errors, lost answers and restarts in any order: the same end."""

    async def story(bench: "Bench") -> None:
        bench.server.put("trainingjobs", new_job())
        for path, kind, times in faults:
            bench.server.fail("ANY", path, kind, times=times)
        operator = Operator(bench)
        created: set[str] = set()
        for number in range(60):
            if number in restarts:
                operator = Operator(bench)
            await operator.turn()
            created |= set(bench.server.names("jobs"))
            for name in created:
                play_the_cluster(bench, name)
            if bench.server.status_of("nyc").get("phase") == "Succeeded":
                break
            await asyncio.sleep(0)
        status = bench.server.status_of("nyc")
        assert status["phase"] == "Succeeded", status
        assert created == {"nyc-0"}
        assert (status["failures"], status["preemptions"]) == (0, 0)
        told = [key[2] for key in bench.server.objects if key[0] == "events"]
        assert len(told) == len(set(told))

    with_bench(story)
