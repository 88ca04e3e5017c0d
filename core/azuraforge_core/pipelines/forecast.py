"""The base class that carries the work of a forecasting plugin.

A plugin derives from it, names itself and, where it wants other defaults, gives a config model of
its own that derives from `ForecastConfig`.
"""

from azuraforge_core.cache import CacheKey, CacheWriter
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import TableFacts
from azuraforge_core.data.table_cache import TIMES, VALUES, fill_table, table_cache_key
from azuraforge_core.pipelines.forecast_config import ForecastConfig
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.pipelines.forecast_setup import ForecastSetup
from azuraforge_core.pipelines.pipeline import (
    DatasetReference,
    MetricDescription,
    OpenedDataset,
    Pipeline,
    RunContext,
)

__all__ = ["ForecastPipeline"]


class ForecastPipeline(Pipeline[ForecastConfig]):
    """A plugin that forecasts columns of a table."""

    config_model: type[ForecastConfig] = ForecastConfig
    metrics = (
        MetricDescription("test.mse", "Test MSE, scaled"),
        MetricDescription("test.mae", "Test MAE, scaled"),
        MetricDescription("test.mse_in_units", "Test MSE, in the target's unit squared"),
        MetricDescription("test.mae_in_units", "Test MAE, in the target's unit"),
        MetricDescription(
            "test.coverage_80", "Share of test values in the 80 % interval", smaller_is_better=False
        ),
        MetricDescription(
            "test.coverage_95", "Share of test values in the 95 % interval", smaller_is_better=False
        ),
        MetricDescription(
            "test.interval_width_80_in_units", "Width of the 80 % interval, in units"
        ),
        MetricDescription(
            "test.interval_width_95_in_units", "Width of the 95 % interval, in units"
        ),
        MetricDescription("test.wql", "Weighted quantile loss on the test part"),
        MetricDescription("test.crps", "Test CRPS, scaled"),
        MetricDescription("validation.mse", "Validation MSE, scaled"),
        MetricDescription("validation.mae", "Validation MAE, scaled"),
        MetricDescription("baselines.ridge.mse", "Test MSE of ridge, scaled"),
        MetricDescription("baselines.seasonal_naive.mse", "Test MSE of seasonal naive, scaled"),
        MetricDescription("baselines.last_value.mse", "Test MSE of last value, scaled"),
    )

    def dataset(self, config: ForecastConfig) -> DatasetReference:
        """Name the table; two jobs that need the same table share it.

        Raises:
            DataError: a file is not there.
        """

        def fill(writer: CacheWriter) -> None:
            fill_table(config.dataset, writer)

        return DatasetReference(
            key=CacheKey.of(table_cache_key(config.dataset)),
            fill=fill,
            max_age_hours=config.dataset.max_age_hours,
        )

    def open_run(
        self, config: ForecastConfig, dataset: OpenedDataset, context: RunContext
    ) -> ForecastRun:
        """Split, scale and cut the table into windows.

        Raises:
            DataError: some part of the data has no window.
        """
        entry = dataset.entry
        table = ForecastDataset.open(
            entry.array(VALUES),
            entry.array(TIMES),
            TableFacts.from_json(entry.facts),
            config.dataset,
            config.window,
        )
        return ForecastRun(ForecastSetup(self.name, config, dataset, table, context))
