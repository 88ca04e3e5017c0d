"""What each service account may do, asked with its own token: the table and nothing beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from azuraforge_e2e.access import Action, Asker
from azuraforge_e2e.observability import OBSERVED
from azuraforge_e2e.release import NAMESPACE, Release
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_LOGS: Final = f"{NAMESPACE}-logs"
_READ: Final = ("get", "list", "watch")


@dataclass(frozen=True)
class _Account:
    """A service account.

    Attributes:
        name: its name.
        namespace: where it is.
        home: actions allowed in the release's namespace alone.
        jobs: actions allowed wherever jobs are.
        cluster: actions allowed on what is in no namespace.
    """

    name: str
    namespace: str
    home: frozenset[Action] = frozenset()
    jobs: frozenset[Action] = frozenset()
    cluster: frozenset[Action] = frozenset()


def _actions(resource: str, *verbs: str, group: str = "") -> frozenset[Action]:
    return frozenset(Action(verb, resource, group) for verb in verbs)


_TRAINING: Final = "azuraforge.io"
_ACCOUNTS: Final = (
    _Account(
        "azuraforge-operator",
        NAMESPACE,
        home=_actions("leases", "create", group="coordination.k8s.io")
        | _actions("configmaps", "list"),
        jobs=_actions("trainingjobs", *_READ, "delete", group=_TRAINING)
        | _actions("trainingjobs/status", "patch", group=_TRAINING)
        | _actions("trainingjobs/finalizers", "update", group=_TRAINING)
        | _actions("jobs", *_READ, "create", "delete", group="batch")
        | _actions("pods", *_READ, "delete")
        | _actions("pods/log", "get")
        | _actions("events", "create", "list")
        | _actions("persistentvolumeclaims", "get"),
    ),
    _Account(
        "azuraforge-api",
        NAMESPACE,
        home=_actions("configmaps", "list"),
        jobs=_actions("trainingjobs", *_READ, "create", "patch", "delete", group=_TRAINING)
        | _actions("trainingjobs/status", "patch", group=_TRAINING)
        | _actions("pods", "get", "list")
        | _actions("pods/log", "get"),
    ),
    _Account("azuraforge-trainer", NAMESPACE),
    _Account("default", NAMESPACE),
    _Account("azuraforge-collector", _LOGS, jobs=_actions("pods", *_READ)),
    _Account(
        "azuraforge-prometheus",
        NAMESPACE,
        home=_actions("pods", *_READ),
        cluster=_actions("nodes", *_READ) | _actions("nodes/metrics", "get"),
    ),
)
_EVERY_VERB: Final = ("get", "list", "watch", "create", "update", "patch", "delete", "*")
_NAMESPACED: Final = frozenset(
    action
    for group, resources in {
        "": (
            "pods", "pods/log", "pods/exec", "pods/eviction", "pods/ephemeralcontainers", "secrets",
            "configmaps", "events", "persistentvolumeclaims", "services", "services/proxy",
            "serviceaccounts", "serviceaccounts/token", "*",
        ),
        "apps": ("deployments", "statefulsets", "daemonsets"),
        "batch": ("jobs", "cronjobs"),
        "coordination.k8s.io": ("leases",),
        "rbac.authorization.k8s.io": ("roles", "rolebindings"),
        _TRAINING: ("trainingjobs", "trainingjobs/status", "trainingjobs/finalizers"),
        "*": ("*",),
    }.items()
    for resource in resources
    for action in _actions(resource, *_EVERY_VERB, group=group)
)  # fmt: skip
_OF_CLUSTER: Final = frozenset(
    action
    for group, resources in {
        "": ("nodes", "nodes/metrics", "nodes/proxy", "namespaces", "persistentvolumes"),
        "apiextensions.k8s.io": ("customresourcedefinitions",),
        "rbac.authorization.k8s.io": ("clusterroles", "clusterrolebindings"),
        "admissionregistration.k8s.io": ("validatingwebhookconfigurations",),
    }.items()
    for resource in resources
    for action in _actions(resource, *_EVERY_VERB, "impersonate", "bind", "escalate", group=group)
)


@pytest.fixture(scope="module")
def everything(release: Release) -> Iterator[Release]:
    """Return the release with all that has an account, its images or not."""
    release.install(api__enabled="true", **OBSERVED)
    yield release
    release.install()


@pytest.mark.parametrize("account", _ACCOUNTS, ids=lambda account: account.name)
def test_an_account_may_do_what_the_table_says(
    everything: Release, workspace: Workspace, account: _Account
) -> None:
    """Of all actions on all that is worth protecting, exactly those of the table are allowed."""
    with Asker(everything.api, everything.kubeconfig, account.namespace, account.name) as asker:
        at_home = asker.allowed(_NAMESPACED, NAMESPACE)
        elsewhere = asker.allowed(_NAMESPACED, workspace.namespace)
        in_kube_system = asker.allowed(_NAMESPACED, "kube-system")
        of_cluster = asker.allowed(_OF_CLUSTER, None)
    assert at_home == account.home | account.jobs
    assert elsewhere == in_kube_system == account.jobs
    assert of_cluster == account.cluster


def test_an_account_reads_its_own_lease_only(everything: Release) -> None:
    """The operator changes the lease that bears its name, and no other one."""
    with Asker(everything.api, everything.kubeconfig, NAMESPACE, "azuraforge-operator") as asker:
        wanted = _actions("leases", "get", "update", "delete", group="coordination.k8s.io")
        own = asker.allowed(wanted, NAMESPACE, "azuraforge-operator")
        other = asker.allowed(wanted, NAMESPACE, "somebodys")
    assert {each.verb for each in own} == {"get", "update"}
    assert other == frozenset()
