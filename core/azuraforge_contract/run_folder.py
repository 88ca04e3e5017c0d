"""The names inside a run's folder. Whoever reads or writes one takes them from here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["RUNS", "RunFolder"]

RUNS: Final = Path("runs")
"""Where runs lie when nobody says otherwise, relative to the current folder."""


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run; nothing is created or read here."""

    root: Path

    @property
    def job_file(self) -> Path:
        """The TrainingJob as it was run."""
        return self.root / "job.json"

    @property
    def status_file(self) -> Path:
        """The status document that a local executor keeps; in a cluster it is the object's own."""
        return self.root / "status.json"

    @property
    def events(self) -> Path:
        """Folder of the append-only event files."""
        return self.root / "events"

    def events_file(self, attempt: int) -> Path:
        """Return the event file of one attempt."""
        return self.events / f"{attempt}.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.root / "checkpoints"

    @property
    def model(self) -> Path:
        """Folder of the finished model."""
        return self.root / "model"

    @property
    def model_weights(self) -> Path:
        """The finished model's parameters and buffers."""
        return self.model / "model.safetensors"

    @property
    def model_manifest(self) -> Path:
        """What the finished model is: architecture, scalers, columns, lineage."""
        return self.model / "model.json"

    @property
    def report(self) -> Path:
        """Folder of the report."""
        return self.root / "report"

    @property
    def report_page(self) -> Path:
        """The report that a person opens."""
        return self.report / "report.html"

    @property
    def report_facts(self) -> Path:
        """All that the report shows, from which it can be drawn anew."""
        return self.report / "facts.json"

    @property
    def metrics_file(self) -> Path:
        """The figures of the report, for programs."""
        return self.report / "metrics.json"
