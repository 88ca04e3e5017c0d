"""``forecaster``: forecast columns of your own table."""

from azuraforge_core.pipelines.forecast import ForecastPipeline

__all__ = ["ForecasterPipeline"]


class ForecasterPipeline(ForecastPipeline):
    """Any table with a time column."""

    name = "forecaster"
    title = "Forecaster"
    description = (
        "Forecasts columns of a table: a file, a URL, the built-in sample or a weather archive. "
        "Name what to forecast in `dataset.target_columns` and, where it helps, what is known up "
        "to now (`past_columns`) and ahead of time (`future_columns`)."
    )
