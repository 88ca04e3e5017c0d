"""A backtest from its job to its result; what ``azuraforge backtest`` calls.

`open_backtest` finds everything that is wrong before anything is written; `Backtest.run` then works
through the folds and may be stopped and called again.
"""

from dataclasses import dataclass
from pathlib import Path

import threadpoolctl  # type: ignore[import-untyped]  # it ships no types

from azuraforge_contract.errors import AzuraForgeError, JobFileError, PreemptedError
from azuraforge_core.backtest.fold_run import run_fold
from azuraforge_core.backtest.folder import BacktestFolder
from azuraforge_core.backtest.folds import Fold, FoldSettings, cut_folds
from azuraforge_core.backtest.observer import BacktestObserver
from azuraforge_core.backtest.page import write_page
from azuraforge_core.backtest.plan import BacktestPlan
from azuraforge_core.backtest.results import BacktestResult, FoldResult
from azuraforge_core.backtest.summary import summarize_folds
from azuraforge_core.backtest.table_file import write_table
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import TableFacts
from azuraforge_core.data.table_cache import TIMES, VALUES
from azuraforge_core.device import Device
from azuraforge_core.pipelines.config_check import parse_config
from azuraforge_core.pipelines.forecast import ForecastPipeline
from azuraforge_core.pipelines.forecast_config import ForecastConfig
from azuraforge_core.pipelines.forecast_setup import ForecastSetup
from azuraforge_core.pipelines.in_process import code_versions, in_process_context, open_cached
from azuraforge_core.pipelines.pipeline import JobIdentity, OpenedDataset
from azuraforge_core.pipelines.registry import InstalledPipeline, load_pipeline
from azuraforge_core.training.observer import StopSignal

__all__ = ["Backtest", "BacktestRequest", "open_backtest"]


@dataclass(frozen=True)
class BacktestRequest:
    """What to backtest, and where.

    Attributes:
        job: the job's name.
        pipeline: name of the plugin.
        config: its config, as in a job file.
        seed: of all random numbers.
        settings: how the rows are cut into folds.
        device: the opened device.
        threads: how many of them compute.
        cache: folder of the shared cache.
    """

    job: str
    pipeline: str
    config: dict[str, object]
    seed: int
    settings: FoldSettings
    device: Device
    threads: int
    cache: Path


@dataclass(frozen=True)
class Backtest:
    """An opened backtest.

    Attributes:
        request: what was asked.
        plan: what its figures depend on.
        folds: the rows of each fold.
        dataset: the table with the job's own split.
        config: the pipeline's config.
        opened: the cache entry.
    """

    request: BacktestRequest
    plan: BacktestPlan
    folds: tuple[Fold, ...]
    dataset: ForecastDataset
    config: ForecastConfig
    opened: OpenedDataset

    def run(self, folder: Path, observer: BacktestObserver, stop: StopSignal) -> BacktestResult:
        """Carry out all folds that the folder does not hold yet, and write what they say.

        Raises:
            JobFileError: the folder holds something else.
            PreemptedError: asked to stop; finished folds are kept, and a checkpoint of the one at
                work.
            DivergedError: the loss became NaN or infinite in some fold.
            StorageError: the folder cannot be written.
        """
        place = BacktestFolder(folder)
        place.claim(self.plan)
        limited = threadpoolctl.threadpool_limits(self.request.threads, user_api="blas")
        with place.held(), limited:
            for fold in self.folds:
                known = place.read_fold(fold.number)
                result = known or self._carry_out(fold, place, observer, stop)
                observer.fold_finished(result, is_new=known is None)
                if stop.is_requested and fold is not self.folds[-1]:
                    raise PreemptedError(f"Asked to stop after fold {fold.number}.")
            return self._conclude(place)

    def _carry_out(
        self, fold: Fold, place: BacktestFolder, observer: BacktestObserver, stop: StopSignal
    ) -> FoldResult:
        observer.fold_started(fold)
        try:
            result, losses = run_fold(
                fold, self._setup(place.work(fold.number, refit=self._refit), observer, stop)
            )
        except PreemptedError:
            raise
        except AzuraForgeError as error:
            raise type(error)(
                f"Fold {fold.number}: {error.message}", remedy=error.remedy
            ) from error
        place.write_fold(result, losses)
        if self._refit or fold is self.folds[-1]:
            place.clear_work(fold.number, refit=self._refit)
        return result

    @property
    def _refit(self) -> bool:
        return self.request.settings.refit

    def _setup(self, work: Path, observer: BacktestObserver, stop: StopSignal) -> ForecastSetup:
        request = self.request
        context = in_process_context(
            JobIdentity(name=request.job, uid=request.job, versions=self.plan.versions),
            work,
            request.device,
            seed=request.seed,
            threads=request.threads,
            watch=(observer, stop),
        )
        return ForecastSetup(request.pipeline, self.config, self.opened, self.dataset, context)

    def _conclude(self, place: BacktestFolder) -> BacktestResult:
        folds = tuple(place.finished(len(self.folds)))
        losses = [place.read_losses(fold.number) for fold in folds]
        result = summarize_folds(self.plan, folds, losses, self.config.window.horizon)
        place.write_result(result)
        write_table(result, place.table_file)
        write_page(result, place.page)
        return result


def open_backtest(request: BacktestRequest) -> Backtest:
    """Check a request, open its data and cut it into folds; writes nothing but the cache.

    Raises:
        JobFileError: the config is wrong, or the pipeline forecasts nothing.
        DataError: the table cannot be used, or some fold would hold no window.
        SourceUnreachableError: the source did not answer.
        StorageError: the cache cannot be written.
    """
    installed = load_pipeline(request.pipeline)
    pipeline = _forecasting(installed)
    config = parse_config(pipeline, request.config)
    opened = open_cached(pipeline.dataset(config), request.cache)
    entry = opened.entry
    dataset = ForecastDataset.open(
        entry.array(VALUES),
        entry.array(TIMES),
        TableFacts.from_json(entry.facts),
        config.dataset,
        config.window,
    )
    folds = cut_folds(dataset.facts.segments, config.dataset.split, config.window, request.settings)
    return Backtest(
        request, _plan(request, installed, config, opened), folds, dataset, config, opened
    )


def _forecasting(installed: InstalledPipeline) -> ForecastPipeline:
    pipeline = installed.pipeline
    if not isinstance(pipeline, ForecastPipeline):
        raise JobFileError(
            f"spec.pipeline: {pipeline.name!r} does not forecast a table, so it has no folds.",
            remedy="`azuraforge plugins list` shows which pipelines forecast.",
        )
    return pipeline


def _plan(
    request: BacktestRequest,
    installed: InstalledPipeline,
    config: ForecastConfig,
    opened: OpenedDataset,
) -> BacktestPlan:
    settings = request.settings
    return BacktestPlan(
        job=request.job,
        pipeline=request.pipeline,
        config=config.model_dump(mode="json"),
        seed=request.seed,
        device=request.device.kind,
        folds=settings.folds,
        window=settings.window,
        refit=settings.refit,
        first=settings.first,
        data_digest=opened.facts.digest,
        versions=code_versions(installed),
    )
