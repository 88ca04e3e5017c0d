"""``stalling-forecaster``: its first attempt hangs once it has a checkpoint, later ones do not."""

import dataclasses
import threading

from azuraforge_core.pipelines.forecast import ForecastPipeline
from azuraforge_core.pipelines.forecast_config import ForecastConfig
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.pipelines.pipeline import OpenedDataset, RunContext

__all__ = ["StallingPipeline"]


class StallingPipeline(ForecastPipeline):
    """The forecaster, in which something waits for what never comes."""

    name = "stalling-forecaster"
    title = "Stalling forecaster"
    description = "Hangs in its first attempt."

    def open_run(
        self, config: ForecastConfig, dataset: OpenedDataset, context: RunContext
    ) -> ForecastRun:
        """Open the run; that of the first attempt will hang."""
        if context.attempt == 0:
            context = dataclasses.replace(context, stop=_HangsOnceSaved(context))
        return super().open_run(config, dataset, context)


class _HangsOnceSaved:
    """Answers whether to stop, as training asks at every step, until there is a checkpoint."""

    def __init__(self, context: RunContext) -> None:
        self._context = context

    @property
    def is_requested(self) -> bool:
        """Answer, or hang."""
        if any(self._context.folder.checkpoints.glob("*.safetensors")):
            threading.Event().wait()
        return self._context.stop.is_requested
