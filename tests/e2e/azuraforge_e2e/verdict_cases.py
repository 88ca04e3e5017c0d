# ruff: noqa: E501 - a table: one case, one line
"""One table of jobs with the verdict that each must get, with a cluster and without.

The API server is asked in tests/e2e, `azuraforge validate` in tests/contract. A refusal's words are
the server's own in the one case and ours in the other; ``about`` is what both must contain: the
field, or the whole sentence of a rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from azuraforge_e2e.job_documents import merged

__all__ = ["CREATION_CASES", "UPDATE_CASES", "CreationCase", "UpdateCase"]

Document = dict[str, Any]

_MINIMAL: Final[Document] = {
    "apiVersion": "azuraforge.io/v1alpha1",
    "kind": "TrainingJob",
    "metadata": {"name": "case"},
    "spec": {"pipeline": "nobodys"},
}
"""A job whose pipeline nobody has installed: where it is created, no pod follows."""


@dataclass(frozen=True)
class CreationCase:
    """A new job.

    Attributes:
        about: what a refusal's sentence contains; of an accepted job, whose counterpart it is.
        change: merged into a minimal job; null removes.
        is_accepted: the verdict.
    """

    about: str
    change: Document
    is_accepted: bool

    @property
    def document(self) -> Document:
        """The job."""
        return merged(_MINIMAL, self.change)

    def __str__(self) -> str:
        """Return the case in a line."""
        return (
            f"{'accepted' if self.is_accepted else 'refused'}: {self.about}: {_short(self.change)}"
        )


@dataclass(frozen=True)
class UpdateCase:
    """A change of a job that is there.

    Attributes:
        about: as of a new job.
        before: spec of the job, beside its pipeline.
        change: merged into that spec; null removes.
        is_accepted: the verdict.
    """

    about: str
    before: Document
    change: Document
    is_accepted: bool

    @property
    def old(self) -> Document:
        """The job before."""
        return merged(_MINIMAL, {"spec": self.before})

    @property
    def new(self) -> Document:
        """The job after."""
        return merged(self.old, {"spec": self.change})

    def __str__(self) -> str:
        """Return the case in a line."""
        verdict = "accepted" if self.is_accepted else "refused"
        return f"{verdict}: {self.about}: {_short(self.before)} → {_short(self.change)}"


def _short(document: Document) -> str:
    text = str(document)
    return text if len(text) <= 90 else f"{text[:90]}…"


def _about(
    path: str, *, takes: tuple[Any, ...], refuses: tuple[Any, ...]
) -> Iterator[CreationCase]:
    """Return a case for each value of a field, which is named by its path."""
    for values, is_accepted in ((takes, True), (refuses, False)):
        for value in values:
            yield CreationCase(path, _at(path, value), is_accepted)


def _at(path: str, value: Any) -> Document:
    for name in reversed(path.split(".")):
        value = {name: value}
    document: Document = value
    return document


def _spec(about: str, *, takes: Document, refuses: Document) -> Iterator[CreationCase]:
    """Return the pair of cases for a rule."""
    yield CreationCase(about, {"spec": takes}, is_accepted=True)
    yield CreationCase(about, {"spec": refuses}, is_accepted=False)


_LONGEST_NAME: Final = "n" * 52
_TOLERATION: Final = {"key": "gpu", "operator": "Exists"}
_YEAR_SECONDS: Final = 366 * 24 * 3600

_TYPES: Final = (
    *_about("spec", takes=(), refuses=(None, [], "text")),
    *_about("spec.pipeline", takes=("a", "a-1"), refuses=(None, 1, True, "", "A", "a_b", "1a", "a-", "a" * 64)),
    *_about("spec.config", takes=({}, {"any": [1, {"deep": None}]}), refuses=([], "text", 1)),
    *_about("spec.image", takes=("a", "ä" * 253), refuses=(1, True, "", "a" * 254)),
    *_about("spec.device", takes=("gpu", "cpu", None), refuses=("tpu", "GPU", 1, "")),
    *_about("spec.gpu", takes=({}, None), refuses=("text", [], 1)),
    *_about("spec.gpu.count", takes=(1, 1.0), refuses=(0, 2, "1", True, 1.5)),
    *_about("spec.gpu.resourceName", takes=("amd.com/gpu",), refuses=("", 1)),
    *_about("spec.gpu.minMemoryGi", takes=(1, 1024, None), refuses=(0, 1025, "8")),
    *_about("spec.gpu.cout", takes=(), refuses=(1,)),
    *_about("spec.resources.cpu", takes=("500m", "0.5", 2, None), refuses=(0.5, "half", -1, True, "")),
    *_about("spec.resources.memory", takes=("8Gi", "1500M", 8), refuses=("8 GB", "8gi", "-8Gi", [])),
    *_about("spec.resources.shm", takes=("1Gi",), refuses=("1G i",)),
    *_about("spec.seed", takes=(0, 2**53 - 1, 5.0), refuses=(-1, 2**53, 2**70, 1.5, "5", True)),
    *_about("spec.suspend", takes=(True, False, None), refuses=("true", "yes", 1)),
    *_about("spec.cancel", takes=(True, False), refuses=("false", 0)),
    *_about("spec.resumeFrom", takes=("4f9f1a38-6f1b-4c3e-9a38-3e1c8f0f3e11", None), refuses=("a b", "", "u" * 65, 1)),
    *_about("spec.pipline", takes=(), refuses=("weather-forecaster",)),
)  # fmt: skip

_GROUPS: Final = (
    *_about("spec.checkpoint.everySeconds", takes=(1, _YEAR_SECONDS), refuses=(0, _YEAR_SECONDS + 1, "5m", "5")),
    *_about("spec.checkpoint.keep", takes=(1, 10), refuses=(0, 11)),
    *_about("spec.checkpoint.resume", takes=("IfCompatible", "Never"), refuses=("ifCompatible", True)),
    *_about("spec.retry.maxAttempts", takes=(1, 20), refuses=(0, 21)),
    *_about("spec.retry.maxPreemptions", takes=(0, 1000), refuses=(-1, 1001)),
    *_about("spec.retry.backoff.initialSeconds", takes=(1,), refuses=(0, "1s")),
    *_about("spec.retry.backoff.maxSeconds", takes=(1,), refuses=(0,)),
    *_about("spec.deadlines.queueSeconds", takes=(0, 60, None), refuses=(-1, "60")),
    *_about("spec.deadlines.startSeconds", takes=(0, 60, None), refuses=(-1, "30m")),
    *_about("spec.deadlines.activeSeconds", takes=(0, 60), refuses=(-1, _YEAR_SECONDS + 1)),
    *_about("spec.deadlines.noProgressSeconds", takes=(0, 60), refuses=(-1, False)),
    *_about("spec.shutdown.graceSeconds", takes=(1, 3600), refuses=(0, 3601)),
    *_about("spec.cleanup.ttlSecondsAfterFinished", takes=(0, None), refuses=(-1, "1h")),
    *_about("spec.queue.name", takes=("team-a",), refuses=("Team A", "", None, 1)),
    *_about("spec.queue", takes=(None,), refuses=("team-a",)),
    *_about("spec.publish.model", takes=("nyc",), refuses=("NYC", 1)),
    *_about("spec.publish.alias", takes=("champion",), refuses=("the best",)),
    *_about("spec.dataset.volume", takes=({"claimName": "c"}, {"claimName": "c", "subPath": "a/b"}), refuses=(None, {}, "c", {"claimName": "C"}, {"claimName": "c", "subPath": ""})),
)  # fmt: skip

_POD: Final = (
    *_about("spec.podOverrides.nodeSelector", takes=({"zone": "a"},), refuses=({"zone": 1}, ["zone"])),
    *_about("spec.podOverrides.tolerations", takes=([], [_TOLERATION] * 32), refuses=([_TOLERATION] * 33, _TOLERATION, ["gpu"])),
    *_about("spec.podOverrides.affinity", takes=({"nodeAffinity": {}},), refuses=("zone",)),
    *_about("spec.podOverrides.runtimeClassName", takes=("nvidia",), refuses=("",)),
    *_about("spec.podOverrides.imagePullSecrets", takes=([{"name": "mine"}],), refuses=(["mine"], [{"name": 1}])),
    *_about("spec.podOverrides.env", takes=([{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],), refuses=([{"value": "1"}], {"A": "1"}, [{"name": 1}])),
    *_about("spec.podOverrides.volumes", takes=([{"name": "a", "emptyDir": {"sizeLimit": "1Gi"}}],), refuses=([{}], [{"name": ""}], [{"name": 1}], [{"name": "v"}] * 17)),
    *_about("spec.podOverrides.resourceClaims", takes=([{"name": "gpu", "resourceClaimName": "mine"}],), refuses=([{}], ["gpu"])),
    *_about("spec.podOverrides.securityContext", takes=(), refuses=({},)),
)  # fmt: skip

_IDENTITY: Final = (
    *_about("apiVersion", takes=("azuraforge.io/v1alpha1",), refuses=()),
    *_about("kind", takes=("TrainingJob",), refuses=("TrainingJobs",)),
    *_about("specs", takes=(), refuses=({},)),
    *_about("metadata.name", takes=("a", _LONGEST_NAME, "a-1"), refuses=("A", "a_b", "a.b", "1a", "-a", "a-", f"{_LONGEST_NAME}n", None)),
    *_about("metadata.nme", takes=(), refuses=("case",)),
    *_about("metadata.labels", takes=({"team": "a", "example.org/team": ""}, None), refuses=({"team": "not a label"}, {"not a key": "a"}, {"team": "a" * 64})),
)  # fmt: skip

_RULES: Final = (
    *_spec(
        "device is cpu but gpu is set. Remove gpu, or write device: gpu.",
        takes={"device": "gpu", "gpu": {"count": 1}},
        refuses={"device": "cpu", "gpu": {"count": 1}},
    ),
    *_spec(
        "podOverrides.env sets a variable that begins with AZURAFORGE_, which only the operator "
        "may. Give it another name.",
        takes={"podOverrides": {"env": [{"name": "MY_AZURAFORGE_"}, {"name": "A"}]}},
        refuses={"podOverrides": {"env": [{"name": "A"}, {"name": "AZURAFORGE_RUN_DIR"}]}},
    ),
)

CREATION_CASES: Final = (*_TYPES, *_GROUPS, *_POD, *_IDENTITY, *_RULES)


def _immutable(field: str, first: Any, second: Any) -> Iterator[UpdateCase]:
    """Return what may be done with a field that stays as it is: apply it again."""
    about = f"{field} cannot change once the job exists. Apply a job with a new name."
    yield UpdateCase(about, {field: first}, {field: first, "suspend": True}, is_accepted=True)
    yield UpdateCase(about, {field: first}, {field: second}, is_accepted=False)


_ENV: Final = {"env": [{"name": "A", "value": "1"}]}
_OTHER_ENV: Final = {"env": [{"name": "A", "value": "2"}]}
_RESOURCES: Final = "resources can change only while the job is suspended. Set suspend: true first."
_CANCEL: Final = "cancel cannot be taken back. Apply a job with a new name and resumeFrom this one."

UPDATE_CASES: Final = (
    *_immutable("pipeline", "nobodys", "somebodys"),
    *_immutable("config", {"a": {"b": 1}}, {"a": {"b": 2}}),
    *_immutable("device", "gpu", "cpu"),
    *_immutable("seed", 1, 2),
    *_immutable("checkpoint", {"keep": 1}, {"keep": 3}),
    *_immutable("retry", {"backoff": {"initialSeconds": 1}}, {"backoff": {"initialSeconds": 2}}),
    *_immutable("deadlines", {"activeSeconds": 60}, {"activeSeconds": 0}),
    *_immutable("shutdown", {"graceSeconds": 30}, {"graceSeconds": 31}),
    *_immutable("publish", {"model": "a"}, {"model": "b"}),
    *_immutable("image", "a", "b"),
    *_immutable("image", "a", None),
    *_immutable("gpu", {"minMemoryGi": 8}, {"minMemoryGi": 16}),
    *_immutable("podOverrides", _ENV, _OTHER_ENV),
    *_immutable("dataset", {"volume": {"claimName": "a"}}, {"volume": {"claimName": "b"}}),
    *_immutable("resumeFrom", "a", "b"),
    *_immutable("queue", {"name": "a"}, {"name": "b"}),
    UpdateCase("gpu cannot change", {}, {"gpu": {"count": 1}}, is_accepted=False),
    UpdateCase("config cannot change", {}, {"config": {"a": 1}}, is_accepted=False),
    UpdateCase(_RESOURCES, {}, {"resources": {"memory": "9Gi"}}, is_accepted=False),
    UpdateCase(_RESOURCES, {"suspend": True}, {"resources": {"memory": "9Gi"}}, is_accepted=True),
    UpdateCase(_CANCEL, {"cancel": True}, {"cancel": False}, is_accepted=False),
    UpdateCase(_CANCEL, {}, {"cancel": True}, is_accepted=True),
    UpdateCase("suspend", {}, {"suspend": True}, is_accepted=True),
    UpdateCase("suspend", {"suspend": True}, {"suspend": False}, is_accepted=True),
    UpdateCase("cleanup", {}, {"cleanup": {"ttlSecondsAfterFinished": 9}}, is_accepted=True),
    UpdateCase("spec.seed", {}, {"seed": "5"}, is_accepted=False),
)
