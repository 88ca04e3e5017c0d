"""Two of each that acts or answers, beside a database and storage of the company's own."""

import itertools
from collections.abc import Iterator

import pytest

from azuraforge_e2e.fault_table import Fault, tell
from azuraforge_e2e.history import History
from azuraforge_e2e.job_documents import LASTING, SMALL, job_document
from azuraforge_e2e.owners_servers import DATABASE_SECRET, SHARED_CLAIM, OwnersServers
from azuraforge_e2e.release import NAMESPACE, Release
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import API_IMAGES, Platform, installed_platform
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def platform(release: Release) -> Iterator[Platform]:
    """Return two operators and two APIs with an external PostgreSQL."""
    release.node.load_images(*API_IMAGES)
    company = Workspace("company", release, release.kubeconfig)
    company.create()
    servers = OwnersServers(company)
    servers.create()
    values = {
        "operator__replicas": "2",
        "api__replicas": "2",
        "api__data__existingClaim": SHARED_CLAIM,
        "api__data__accessMode": "ReadWriteMany",
        "postgresql__mode": "external",
        "postgresql__existingSecret": DATABASE_SECRET,
    }
    with installed_platform(release, **values) as found:
        yield found
    servers.remove()
    company.remove()


def test_a_job_outlives_half_of_a_doubled_platform(platform: Platform, home: Workspace) -> None:
    """Of two APIs and two operators one and the leader go in mid-job: nothing is lost."""
    api, release = home.api, platform.release
    for pod in platform.pods():
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}:8000/proxy/readyz"
        assert api.get_text(path)
    budgets = home.kubectl("get", "poddisruptionbudgets", "--no-headers")
    assert {line.split()[0] for line in budgets.splitlines()} == {
        "azuraforge-api",
        "azuraforge-operator",
    }

    with platform.client() as client:
        job = client.jobs.create(job_document("steady", NAMESPACE, LASTING))
        trainer = home.wait_for_running_pod("steady", 0)
        steps = (each for each in client.jobs.events(job.uid) if each.data.get("type") == "step")
        assert len(list(itertools.islice(steps, 3))) == 3
        leader = release.leader()
        gone = {platform.pods()[0]["metadata"]["name"], leader}
        for name in gone:
            api.delete("Pod", NAMESPACE, name, gracePeriodSeconds=0)
        home.submit("meanwhile", SMALL)
        home.wait_for_phase("meanwhile", "Succeeded", seconds=300)
        platform.wait_until_rolled_out()
        release.wait_until_ready(2)
        assert release.leader() not in gone

        home.change("steady", {"cancel": True})
        home.wait_for_phase("steady", "Cancelled")
        [after] = home.pods("steady")
        assert after["metadata"]["uid"] == trainer["metadata"]["uid"]
        damage = History(platform, home).compare(client, ["steady", "meanwhile"])
        assert client.predictions.predict("meanwhile").series
    tell(Fault("two APIs, two operators, own PostgreSQL: an API and the leader killed",
               "the other ones answer and act", "their controllers", damage))  # fmt: skip


def test_a_budget_lets_one_of_two_go_at_a_time(platform: Platform, home: Workspace) -> None:
    """A drain may evict one API; the other only when there are two again."""
    first, second = platform.pods()
    home.api.evict(NAMESPACE, first["metadata"]["name"])
    with pytest.raises(AssertionError, match="disruption budget"):
        home.api.evict(NAMESPACE, second["metadata"]["name"])

    names = {each["metadata"]["name"] for each in (first, second)}
    wait_for(
        "another API",
        lambda: any(each["metadata"]["name"] not in names for each in platform.pods()),
    )
    platform.wait_until_rolled_out()
    home.api.evict(NAMESPACE, second["metadata"]["name"])
    platform.wait_until_rolled_out()
