"""Parts of the platform fail while jobs run: what a person sees, what recovers, what is lost.

`make e2e-full` leaves the table in ``build/e2e/platform-faults.md``.
"""

import os
import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import httpx
import jwt
import pytest

from azuraforge_e2e.fault_table import Fault, tell
from azuraforge_e2e.history import History
from azuraforge_e2e.job_documents import LASTING, SMALL
from azuraforge_e2e.observability import Loki, missing_stand_ins, stand_in_values
from azuraforge_e2e.outages import Outages
from azuraforge_e2e.release import NAMESPACE, Release
from azuraforge_e2e.restoring import Backups
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform, installed_platform
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_AWAY_SECONDS: Final = 120 if os.environ.get("AZURAFORGE_LONG_FAULTS") else 45


@pytest.fixture(scope="module")
def platform(release: Release) -> Iterator[Platform]:
    """Return the platform, with logs and metrics where their servers are built."""
    values = {} if missing_stand_ins() else stand_in_values(release.node)
    with installed_platform(release, **values) as found:
        yield found


@pytest.fixture
def outages(platform: Platform) -> Outages:
    """Return what can happen."""
    return Outages(platform)


def test_ten_jobs_outlive_the_end_of_every_component(
    platform: Platform, home: Workspace, outages: Outages
) -> None:
    """Every component's pod is killed while ten jobs run: all succeed, nothing lost or doubled."""
    jobs = [f"small-{number}" for number in range(10)]
    for seed, name in enumerate(jobs):
        home.submit(name, {**SMALL, "seed": seed})
    components = ["operator", "api", "postgresql"]
    if not missing_stand_ins():
        components += ["loki", "collector", "prometheus"]
    home.wait_for_running_pod(jobs[0], 0)
    for component in components:
        outages.kill(component)
    for name in jobs:
        home.wait_for_phase(name, "Succeeded", seconds=400)
    assert all(len(home.status(name)["attempts"]) == 1 for name in jobs)

    with platform.client() as client:
        damage = History(platform, home).compare(client, jobs)
    if not missing_stand_ins():
        damage += f"; {_compare_logs(home, jobs)}"
    seen = "ten jobs Succeeded, each in its first attempt"
    tell(Fault(f"pods killed: {', '.join(components)}", seen, "their controllers", damage))


def test_a_database_that_is_away_stops_nobody_but_readers(
    platform: Platform, home: Workspace, outages: Outages
) -> None:
    """PostgreSQL is away for a while: 503 with a reason, trainers unharmed, then all is there."""
    uid = _start_lasting(home, "storing")
    outages.scale("postgresql", 0)
    try:
        started = time.monotonic()
        unready = wait_for("503", lambda: _status(platform, "/readyz", 503))
        refused = platform.answer("/api/v1/jobs")
        alive = platform.answer("/healthz")
        home.submit("meanwhile", SMALL)
        home.wait_for_phase("meanwhile", "Succeeded")
        wait_for("the time's end", lambda: time.monotonic() - started > _AWAY_SECONDS, seconds=600)
        assert _restarts(home, "storing", uid) == 0
        assert platform.answer("/healthz").status_code == 200
    finally:
        outages.scale("postgresql", 1)
    platform.wait_until_rolled_out()
    [pod] = platform.pods()
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    assert (alive.status_code, refused.status_code) == (200, 503)
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert "database" in unready.json()["detail"]

    damage = _end_lasting(platform, home, "storing", "meanwhile")
    seen = (
        f"/readyz 503: {unready.json()['detail']} /api/v1/jobs 503 {refused.json()['code']}, "
        f"Retry-After {refused.headers['retry-after']}: {refused.json()['detail']} "
        f"{refused.json()['remedy']}"
    )
    tell(Fault(f"PostgreSQL away for {_AWAY_SECONDS} s", seen, "by itself when it is back", damage))


def test_a_restarted_node_goes_on_with_its_jobs(platform: Platform, home: Workspace) -> None:
    """Containerd and kubelet restart under running jobs: they go on, the service answers."""
    uid = _start_lasting(home, "staying")
    home.submit("short-one", SMALL)
    home.node.restart_services()
    home.wait_for_phase("short-one", "Succeeded", seconds=300)
    platform.wait_until_rolled_out()
    platform.release.wait_until_ready()
    restarts = _restarts(home, "staying", uid)
    damage = _end_lasting(platform, home, "staying", "short-one")
    seen = f"jobs go on in the same pods, {restarts} restarts of the trainer"
    tell(Fault("node: containerd and kubelet restarted", seen, "by itself", damage))


def test_a_wrong_password_is_told_and_its_correction_suffices(
    platform: Platform, home: Workspace, outages: Outages
) -> None:
    """A new pod with a wrong database password says so in its log; the right one lets it start."""
    uid = _start_lasting(home, "unaware")
    former = outages.change_password("wrong")
    [pod] = platform.pods()
    home.api.delete("Pod", NAMESPACE, pod["metadata"]["name"])
    try:
        told = wait_for("the sentence", lambda: _last_words(platform), seconds=180)
        shown = home.kubectl(
            "get", "pods", "--selector", "app.kubernetes.io/component=api", "--no-headers"
        )
    finally:
        outages.change_password(former)
    assert "password authentication failed" in told
    assert "Init:" in shown
    platform.wait_until_rolled_out()
    assert _restarts(home, "unaware", uid) == 0
    damage = _end_lasting(platform, home, "unaware")
    state = " ".join(shown.split()[1:3])
    tell(Fault("wrong password in the secret", f"pod {state}; log of migrate: {told}",
               "the right password in the secret; the pod starts by itself", damage))  # fmt: skip


def test_a_bad_trainer_token_posts_nothing_and_costs_nothing(
    platform: Platform, home: Workspace
) -> None:
    """Bad tokens get 401 or 403; a job all of whose posts are refused has all its events."""
    job = home.submit("posting", SMALL)["metadata"]["uid"]
    home.wait_for_phase("posting", "Succeeded")
    good = home.api.token(NAMESPACE, "azuraforge-trainer", f"azuraforge:{job}")
    foreign = home.api.token(NAMESPACE, "azuraforge-trainer", "azuraforge:another-job")
    tokens = {
        "expired": _signed_anew(home, good, exp=int(time.time()) - 60),
        "forged": good[:-8] + "AAAAAAAA",
        "of another job": foreign,
        "for the API server": home.api.token(NAMESPACE, "azuraforge-trainer"),
    }
    answers = {name: _post(platform, job, token) for name, token in tokens.items()}
    assert _post(platform, job, _signed_anew(home, good)).status_code == 200  # the key is right
    assert {name: each.status_code for name, each in answers.items()} == {
        "expired": 401, "forged": 401, "of another job": 403, "for the API server": 401,
    }  # fmt: skip

    platform.install(api__trainerTokens__issuer="https://issuer.invalid")
    try:
        home.submit("unheard", SMALL)
        home.wait_for_phase("unheard", "Succeeded")
        with platform.client() as client:
            damage = History(platform, home).compare(client, ["posting", "unheard"])
        [pod] = home.pods("unheard")
        words = home.api.log(NAMESPACE, pod["metadata"]["name"])
    finally:
        platform.install()
    assert " 401" in words or "refused" in words, words
    seen = "; ".join(
        f"{name}: {each.status_code} {each.json()['detail']}" for name, each in answers.items()
    )
    tell(Fault("trainer's token expired or another's", seen,
               "events are taken from the run's folder", damage))  # fmt: skip


def test_a_lost_database_and_library_come_back_from_a_backup(
    platform: Platform, home: Workspace
) -> None:
    """`azuraforge backup` by kubectl exec, everything lost, `azuraforge restore`: all is there."""
    home.submit("precious", SMALL)
    home.wait_for_phase("precious", "Succeeded")
    history, backups = History(platform, home), Backups(platform)
    with platform.client() as client:
        history.compare(client, ["precious"])
        before = {(job.uid, job.name) for job in client.jobs.list()}
        models = {(each.name, each.latest.version) for each in client.models.list()}
    made = backups.make()
    backups.stop_service()
    backups.lose_everything()
    restored = backups.restore()
    backups.start_service()

    with platform.client() as client:
        assert before <= {(job.uid, job.name) for job in client.jobs.list()}
        assert models == {(each.name, each.latest.version) for each in client.models.list()}
        assert client.predictions.predict("precious").series
    tell(Fault("database and library lost", "an empty service", f"{made} → {restored}",
               f"0 lost, 0 doubled of {len(before)} jobs and {len(models)} models"))  # fmt: skip


def _start_lasting(home: Workspace, name: str) -> str:
    """Start a job that trains until it is stopped, and return its pod's uid."""
    home.submit(name, LASTING)
    pod = home.wait_for_running_pod(name, 0)
    home.wait_for_checkpoint(name)
    return str(pod["metadata"]["uid"])


def _end_lasting(platform: Platform, home: Workspace, name: str, *others: str) -> str:
    home.change(name, {"cancel": True})
    home.wait_for_phase(name, "Cancelled")
    with platform.client() as client:
        return History(platform, home).compare(client, [name, *others])


def _restarts(home: Workspace, name: str, uid: str) -> int:
    """Return how often the trainer of a job's only pod was started again."""
    [pod] = home.pods(name)
    assert pod["metadata"]["uid"] == uid
    return int(pod["status"]["containerStatuses"][0]["restartCount"])


def _status(platform: Platform, path: str, status: int) -> httpx.Response | None:
    answer = platform.answer(path)
    return answer if answer.status_code == status else None


def _last_words(platform: Platform) -> str | None:
    """Return what an API pod's first step said at its end, once it has failed."""
    for pod in platform.pods():
        for each in pod["status"].get("initContainerStatuses", ()):
            if (each["state"].get("terminated") or each["lastState"].get("terminated")) and (
                not each["ready"]
            ):
                return platform.init_log(pod["metadata"]["name"])
    return None


def _signed_anew(home: Workspace, token: str, **claims: object) -> str:
    """Return a token with other claims, signed by the cluster's own key."""
    key = home.node.run("cat", "/etc/kubernetes/pki/sa.key")
    found = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(token)["kid"]}
    return jwt.encode({**found, **claims}, key, algorithm="RS256", headers=headers)


def _post(platform: Platform, run: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    url = f"{platform.url()}/api/v1/runs/{run}/events"
    return httpx.post(url, params={"attempt": 0}, headers=headers, content=b"", timeout=30)


def _compare_logs(home: Workspace, jobs: list[str]) -> str:
    """Insist on every line that the trainers have printed, once and in order, in Loki."""
    loki, counted = Loki(home.api), 0
    for name in jobs:
        [pod] = home.pods(name)
        printed = home.api.log(NAMESPACE, pod["metadata"]["name"], lines=5000).splitlines()
        query = f'{{namespace="{NAMESPACE}",trainingjob="{name}"}}'
        look = partial(_lines, loki, query, len(printed))
        assert wait_for(f"the lines of {name}", look) == printed
        counted += len(printed)
    return f"0 lost, 0 doubled of {counted} lines in Loki"


def _lines(loki: Loki, query: str, least: int) -> list[str] | None:
    found = loki.lines(query)
    return found if len(found) >= least else None
