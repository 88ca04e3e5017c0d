"""A real run, trained once for the whole test session, and copies of it in a service's reach."""

import json
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.job_file import read_job, write_job
from azuraforge_local.status_file import read_status

__all__ = ["TrainedRun", "add_run", "train"]


@dataclass(frozen=True)
class TrainedRun:
    """A finished run.

    Attributes:
        folder: where it lies; not to be changed.
    """

    folder: Path

    @property
    def job(self) -> TrainingJob:
        """The job with its status."""
        status = read_status(self.folder)
        assert status is not None
        return read_job(self.folder).job.model_copy(update={"status": status.to_document()})

    @property
    def uid(self) -> str:
        """Its identity."""
        return self.job.uid


def train(folder: Path) -> TrainedRun:
    """Train a small model with the command line, as a person does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.yaml").write_text(yaml.safe_dump(job_document()), encoding="utf-8")
    command = [sys.executable, "-m", "azuraforge_cli", "run", "-f", "job.yaml", "--out", "run"]
    result = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": "/usr/bin:/bin", "AZURAFORGE_CACHE_DIR": str(folder / "cache")},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return TrainedRun(folder / "run")


async def add_run(
    service: Service,
    trained: TrainedRun,
    *,
    is_new: bool = False,
    publish: dict[str, str] | None = None,
    metrics: dict[str, float] | None = None,
    **spec: Any,
) -> str:
    """Let a service find a finished run, as its backend tells one; return the run's uid.

    Args:
        service: the service.
        trained: copied into the service's folder of runs.
        is_new: whether it gets another identity; its events, which name the old one, stay behind.
        publish: name and alias in the library.
        metrics: figures of the model to be changed.
        spec: further changes of the job's spec.
    """
    job = trained.job
    uid = str(uuid.uuid4()) if is_new else job.uid
    folder = service.settings.runs_folder / uid
    ignored = shutil.ignore_patterns("events", "checkpoints") if is_new else None
    shutil.copytree(trained.folder, folder, ignore=ignored, symlinks=True)
    if metrics is not None:
        path = folder / "model" / "model.json"
        manifest = json.loads(path.read_bytes())
        manifest["metrics"].update(metrics)
        path.write_text(json.dumps(manifest), encoding="utf-8")
    changed = job.spec.model_dump(mode="json", by_alias=True) | spec
    changed["publish"] = publish or {"model": "night"}
    job = job.model_copy(
        update={
            "metadata": job.metadata.model_copy(update={"uid": uid}),
            "spec": type(job.spec).model_validate(changed),
        }
    )
    write_job(folder, job.model_copy(update={"status": None}))
    await service.app.state.mirror.record(job)
    await service.app.state.ingest.look(uid, folder)
    return uid
