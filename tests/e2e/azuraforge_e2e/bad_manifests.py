# ruff: noqa: E501 - a table: one case, one line
"""Forty and more manifests with a mistake in each, and what a person must be told.

Each is given to `kubectl apply` on a real cluster (tests/e2e) and to `azuraforge validate` without one
(tests/cli). The words here must be among those shown; the whole sentences are written to a table.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["BAD_CHANGES", "BAD_MANIFESTS", "BadChange", "BadManifest"]

_SOUND: Final = """\
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata:
  name: NAME
spec:
  pipeline: forecaster
  device: cpu
  config:
    dataset:
      source: {kind: sample}
      series: [JFK]
      target_columns: [temp]
    window: {lookback: 24, horizon: 6}
    model: {kind: last-value}
"""
_NOBODYS_BUSINESS: Final = ("is valid",)
"""What `azuraforge validate` says where only a cluster can know."""


@dataclass(frozen=True)
class BadManifest:
    """A file with one mistake.

    Attributes:
        title: the mistake in a few words.
        text: the file.
        cluster: words that `kubectl apply`, or the status that follows, must show.
        validate: words that `azuraforge validate` must show.
    """

    title: str
    text: str
    cluster: tuple[str, ...]
    validate: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that the title makes, in the place of NAME."""
        return self.title.lower().replace(" ", "-").replace(",", "").replace("/", "-")[:40]

    @property
    def is_known_without_cluster(self) -> bool:
        """Whether `azuraforge validate` finds the mistake."""
        return self.validate != _NOBODYS_BUSINESS

    @property
    def manifest(self) -> str:
        """The file under its own name."""
        return self.text.replace("NAME", self.name)


@dataclass(frozen=True)
class BadChange:
    """A change that a job which is there may not make; `azuraforge validate` sees no such thing.

    Attributes:
        title: the mistake in a few words.
        before: a line that the spec has.
        after: the line that takes its place.
        cluster: words that `kubectl apply` must show.
    """

    title: str
    before: str
    after: str
    cluster: tuple[str, ...]


def _instead(
    title: str, old: str, new: str, cluster: tuple[str, ...], validate: tuple[str, ...]
) -> BadManifest:
    """Return the sound file with one text replaced."""
    assert _SOUND.count(old) == 1, f"{old!r} should stand once in the sound file"
    return BadManifest(title, _SOUND.replace(old, new), cluster, validate)


def _with(
    title: str, line: str, cluster: tuple[str, ...], validate: tuple[str, ...]
) -> BadManifest:
    """Return the sound file with a line of the spec added."""
    return BadManifest(title, f"{_SOUND}  {line}\n", cluster, validate)


_YAML: Final = (
    _instead("a tab for indentation", "  pipeline:", "\tpipeline:", ("yaml: line 6", "token"), ("line 6", "tab")),
    _instead("an unclosed bracket", "[JFK]", "[JFK", ("yaml: line",), ("not valid YAML at line",)),
    _instead("no kind", "kind: TrainingJob\n", "", ("kind not set",), ("kind", "missing")),
    _instead("a misspelt kind", "kind: TrainingJob\n", "kind: TraningJob\n", ('no matches for kind "TraningJob"',), ("kind", "'TrainingJob'", '"TraningJob"')),
    _instead("another version", "v1alpha1", "v1", ('no matches for kind "TrainingJob" in version "azuraforge.io/v1"',), ("apiVersion", "azuraforge.io/v1alpha1")),
    _instead("no name", "  name: NAME\n", "  labels: {}\n", ("resource name may not be empty",), ("metadata.name", "missing")),
    _instead("a name in capitals", "NAME", "Weather", ("metadata.name", "lower-case letters"), ("metadata.name", "lower-case letters", '"Weather"')),
    _instead("a name with a dot", "NAME", "weather.nyc", ("metadata.name should be", "lower-case letters, digits and hyphens"), ("metadata.name", "lower-case letters", '"weather.nyc"')),
    _instead("a name that begins with a digit", "NAME", "2013-weather", ("metadata.name should be", "beginning with a letter"), ("metadata.name", "beginning with a letter")),
    _instead("a name too long", "NAME", "n" * 53, ("metadata.name", "52"), ("metadata.name", "52")),
    _instead("an unknown field of metadata", "  name: NAME\n", "  name: NAME\n  lables: {team: a}\n", ('unknown field "metadata.lables"',), ("metadata.lables", "Did you mean 'labels'?")),
    _instead("a label with spaces", "  name: NAME\n", "  name: NAME\n  labels: {team: data science}\n", ("metadata.labels", "data science"), ("metadata.labels.team", "data science")),
)  # fmt: skip

_FIELDS: Final = (
    _instead("a misspelt field", "  pipeline: forecaster\n", "  pipline: forecaster\n", ('unknown field "spec.pipline"',), ("spec.pipline", "Did you mean 'pipeline'?")),
    _instead("a missing field", "  pipeline: forecaster\n", "", ("spec.pipeline: Required value",), ("spec.pipeline", "required")),
    _instead("an unknown device", "device: cpu", "device: tpu", ("spec.device", '"tpu"', '"gpu", "cpu"'), ("spec.device", "'gpu' or 'cpu'", '"tpu"')),
    _with("a GPU for a job on the CPU", "gpu: {count: 1}", ("device is cpu but gpu is set", "Remove gpu, or write device: gpu."), ("Remove gpu, or write device: gpu.",)),
    _instead("two GPUs", "device: cpu", "gpu: {count: 2}", ("spec.gpu.count", "less than or equal to 1"), ("spec.gpu.count", "1", "got 2")),
    _instead("a misspelt field of gpu", "device: cpu", "gpu: {cout: 1}", ('unknown field "spec.gpu.cout"',), ("spec.gpu.cout", "Did you mean 'count'?")),
    _with("a number in quotes", 'seed: "5"', ("spec.seed", "integer", '"string"'), ("spec.seed", '"5"', "quotes")),
    _with("a seed below zero", "seed: -1", ("spec.seed", "-1", "greater than or equal to 0"), ("spec.seed", "greater than or equal to 0", "-1")),
    _with("a seed with a fraction", "seed: 1.5", ("spec.seed", "integer"), ("spec.seed", "integer", "1.5")),
    _with("a truth value in quotes", 'suspend: "true"', ("spec.suspend", "boolean"), ("spec.suspend", '"true"', "quotes")),
    _with("text for seconds", "checkpoint: {everySeconds: 5m}", ("spec.checkpoint.everySeconds", "integer"), ("spec.checkpoint.everySeconds", "integer", '"5m"')),
    _with("a choice in other letters", "checkpoint: {resume: never}", ("spec.checkpoint.resume", '"never"', '"IfCompatible", "Never"'), ("spec.checkpoint.resume", "'Never'", '"never"')),
    _with("no attempt at all", "retry: {maxAttempts: 0}", ("spec.retry.maxAttempts", "greater than or equal to 1"), ("spec.retry.maxAttempts", "greater than or equal to 1", "got 0")),
    _with("a deadline below zero", "deadlines: {activeSeconds: -1}", ("spec.deadlines.activeSeconds", "greater than or equal to 0"), ("spec.deadlines.activeSeconds", "greater than or equal to 0", "-1")),
    _with("half a CPU as a number", "resources: {cpu: 0.5}", ("spec.resources.cpu", "integer,string"), ("spec.resources.cpu", "0.5", "quotes")),
    _with("an unknown unit of memory", "resources: {memory: 8 GB}", ("spec.resources.memory", "should be a quantity such as 500m, 2 or 8Gi, got 8 GB."), ("spec.resources.memory", "8Gi", '"8 GB"')),
    _with("less than no CPU", "resources: {cpu: -1}", ("spec.resources.cpu", "-1", "greater than or equal to 0"), ("spec.resources.cpu", "500m", "-1")),
    _with("one toleration without a list", "podOverrides: {tolerations: {key: gpu}}", ("spec.podOverrides.tolerations",), ("spec.podOverrides.tolerations", "list")),
    _with("a variable of ours", "podOverrides: {env: [{name: AZURAFORGE_RUN_DIR, value: /x}]}", ("AZURAFORGE_", "Give it another name."), ("Give it another name.",)),
    _with("a variable without a name", "podOverrides: {env: [{value: x}]}", ("spec.podOverrides.env[0].name: Required value",), ("spec.podOverrides.env[0].name", "required")),
    _with("a number for a node label", "podOverrides: {nodeSelector: {gpus: 4}}", ("spec.podOverrides.nodeSelector.gpus", "string"), ("spec.podOverrides.nodeSelector", "got 4", "quotes")),
    _with("a queue that is no name", "queue: {name: Team A}", ("spec.queue.name", "should be lower-case letters, digits and hyphens", "got Team A."), ("spec.queue.name", "lower-case letters", '"Team A"')),
    _with("a claim without its name", "dataset: {volume: {subPath: a}}", ("spec.dataset.volume.claimName: Required value",), ("spec.dataset.volume.claimName", "required")),
    _with("a path to resume from", "resumeFrom: runs/yesterday", ("spec.resumeFrom", "should be at most 64 letters", "got runs/yesterday."), ("spec.resumeFrom", "should be at most 64 letters", '"runs/yesterday"')),
)  # fmt: skip

_REASONS: Final = (
    _instead("a misspelt field of the config", "lookback", "lokback", ("InvalidConfig", "spec.config.window.lokback", "Did you mean 'lookback'?"), ("spec.config.window.lokback", "Did you mean 'lookback'?")),
    _instead("a window below zero", "lookback: 24", "lookback: -24", ("InvalidConfig", "spec.config.window.lookback", "-24"), ("spec.config.window.lookback", "-24")),
    _instead("an unknown model", "last-value", "last-valu", ("InvalidConfig", "spec.config.model.kind", "Did you mean 'last-value'?"), ("spec.config.model.kind", "Did you mean 'last-value'?")),
    _instead("no source of data", "      source: {kind: sample}\n", "", ("InvalidConfig", "spec.config.dataset.source", "required"), ("spec.config.dataset.source", "required")),
    _instead("an unknown pipeline", "pipeline: forecaster", "pipeline: forcaster", ("PluginNotFound", "Did you mean 'forecaster'?", "Install it"), ("spec.pipeline", "Did you mean 'forecaster'?")),
    _with("an image that is not allowed", "image: elsewhere.invalid/trainer:1", ("ImageNotAllowed", "elsewhere.invalid/trainer:1", "allowed.invalid/"), _NOBODYS_BUSINESS),
    _with("a folder of the node as a volume", "podOverrides: {volumes: [{name: etc, hostPath: {path: /etc}}]}", ("InvalidConfig", "spec.podOverrides.volumes[0]", "hostPath"), _NOBODYS_BUSINESS),
    _with("a toleration that Kubernetes does not know", "podOverrides: {tolerations: [{key: gpu, operator: Is}]}", ("AttemptRefused", "tolerations[0]", "Is"), _NOBODYS_BUSINESS),
    BadManifest("a config with data in it", f"{_SOUND}    note: {'x' * 66_000}\n", ("InvalidConfig", "65536", "Name data by its source"), ("65536", "Name data by its source")),
)  # fmt: skip

BAD_MANIFESTS: Final = (*_YAML, *_FIELDS, *_REASONS)

BAD_CHANGES: Final = (
    BadChange("another seed for a job that runs", "seed: 1", "seed: 2", ("seed cannot change once the job exists. Apply a job with a new name.",)),
    BadChange("more memory for a job that runs", "resources: {memory: 1Gi}", "resources: {memory: 2Gi}", ("Set suspend: true first.",)),
    BadChange("a cancelled job taken up again", "cancel: true", "cancel: false", ("cancel cannot be taken back.", "resumeFrom")),
)  # fmt: skip
