"""The way of one attempt, from the job file to the finished model.

Called by ``__main__`` once the job could be read. Everything that can go wrong leaves it as an
exception, which `outcome` turns into an exit code.
"""

import time
from dataclasses import dataclass

import threadpoolctl  # type: ignore[import-untyped]  # it ships no types

from azuraforge_contract.quantity import parse_quantity
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.training_job import TrainingJob
from azuraforge_core.device import Device
from azuraforge_core.pipelines.config_check import parse_config
from azuraforge_core.pipelines.in_process import code_versions, open_cached
from azuraforge_core.pipelines.pipeline import JobIdentity, RunContext
from azuraforge_core.pipelines.registry import load_pipeline
from azuraforge_core.training.checkpoints import CheckpointStore
from azuraforge_core.training.threads import available_cores
from azuraforge_trainer.environment import AttemptEnvironment
from azuraforge_trainer.preflight import open_job_device
from azuraforge_trainer.reporter import AttemptReporter
from azuraforge_trainer.stall_watchdog import StallWatchdog
from azuraforge_trainer.stop_request import StopRequest

__all__ = ["Attempt", "count_threads"]


@dataclass(frozen=True)
class Attempt:
    """One attempt of one job.

    Attributes:
        job: the job.
        environment: where everything is.
        reporter: told what happens.
        watchdog: told when training begins and ends.
        stop: whether somebody asked to stop.
        began: ``time.monotonic()`` at the process's begin.
    """

    job: TrainingJob
    environment: AttemptEnvironment
    reporter: AttemptReporter
    watchdog: StallWatchdog
    stop: StopRequest
    began: float

    def run(self) -> None:
        """Carry the attempt out.

        Raises:
            AzuraForgeError: a failure that a person can understand.
            StopNow: asked to stop where nothing has to be saved.
        """
        spec = self.job.spec
        with self.stop.interruptible():
            installed = load_pipeline(spec.pipeline)
            config = parse_config(installed.pipeline, spec.config)
            device, accelerator = open_job_device(spec)
            versions = code_versions(installed)
            self.reporter.started(
                pipeline=spec.pipeline,
                device=spec.device,
                accelerator=accelerator,
                versions=versions,
            )
            dataset = open_cached(
                installed.pipeline.dataset(config),
                self.environment.cache_folder,
                waiting=self.reporter.alive,
            )
            self.reporter.alive()
            context = self._context(device, versions)
            threadpoolctl.threadpool_limits(context.threads, user_api="blas")
            run = installed.pipeline.open_run(config, dataset, context)
            self.reporter.alive()
        with self.watchdog.training():
            run.fit()
        with self.stop.interruptible():
            metrics = run.evaluate()
            self.reporter.alive()
            run.save_model()
            run.write_report()
        self.reporter.finished(metrics, time.monotonic() - self.began)

    def _context(self, device: Device, versions: dict[str, str]) -> RunContext:
        spec, run = self.job.spec, self.environment.run
        return RunContext(
            job=JobIdentity(
                name=self.job.metadata.name,
                uid=self.job.uid,
                versions=versions,
                resume_from=spec.resume_from,
            ),
            device=device,
            seed=spec.seed,
            folder=run,
            checkpoints=CheckpointStore(run.checkpoints, keep=spec.checkpoint.keep),
            may_resume=spec.checkpoint.resume == "IfCompatible",
            inherited=_inherited(run, spec.resume_from),
            checkpoint_every_seconds=spec.checkpoint.every_seconds,
            threads=count_threads(spec.resources.cpu),
            observer=self.reporter,
            stop=self.stop,
            attempt=self.environment.attempt,
            began=self.began,
        )


def count_threads(cpu: str | None) -> int:
    """Return the linear algebra library's threads: the CPUs asked for, else those there are."""
    if cpu is None:
        return available_cores()
    return max(1, int(parse_quantity(cpu)))


def _inherited(run: RunFolder, uid: str | None) -> CheckpointStore | None:
    """Return the checkpoints of the job that ``resumeFrom`` names; run folders lie side by side."""
    if uid is None:
        return None
    return CheckpointStore(RunFolder(run.root.parent / uid).checkpoints)
