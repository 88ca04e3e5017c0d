"""The two ends of a cached table: what names it, and what fills it.

Pipelines call both: `table_cache_key` gives the parameters of the cache's key, `fill_table` is the
fill function. An entry holds ``values`` float32 ``[channel, time]`` (NaN where missing), ``times``
int64 ``[time]`` (seconds since 1970) and the facts of `TableFacts`.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.config import DatasetConfig
from azuraforge_core.data.sources.opening import open_source, source_identity
from azuraforge_core.data.table_build import build_table

__all__ = ["TIMES", "VALUES", "TableWriter", "fill_table", "table_cache_key"]

VALUES: Final = "values"
TIMES: Final = "times"
_TABLE_FORMAT: Final = 1
"""Counts up whenever the same table and parameters give other bytes."""


class TableWriter(Protocol):
    """What a filler needs of the cache's writer."""

    def create_array(
        self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike
    ) -> npt.NDArray[Any]:
        """Create an array and return it for writing."""
        ...

    def save_array(self, name: str, array: npt.ArrayLike) -> None:
        """Write a whole array."""
        ...

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        """Set what a reader must know beside the numbers."""
        ...


def table_cache_key(config: DatasetConfig) -> dict[str, Any]:
    """Return the parameters that change a table's bytes, JSON-able.

    Neither the split, the scaling nor the windows are among them: jobs that differ in these share
    an entry. A file counts by its content, never by its path.

    Raises:
        DataError: a file is not there.
    """
    return {
        "kind": "forecasting-table",
        "format": _TABLE_FORMAT,
        "source": dict(source_identity(config.source)),
        **config.model_dump(
            mode="json",
            include={
                "series_column",
                "series",
                "target_columns",
                "past_columns",
                "future_columns",
                "wind_vectors",
                "spacing",
                "missing",
                "calendar_features",
            },
        ),
    }


def fill_table(config: DatasetConfig, writer: TableWriter) -> None:
    """Read, check and write the table of a config.

    Raises:
        DataError: the table cannot be trained on.
        SourceUnreachableError: the source did not answer.
    """
    with open_source(config.source) as source:
        build = build_table(source, config)
        values = writer.create_array(VALUES, (len(build.columns), build.rows), np.float32)
        for channel, column in enumerate(build.channels()):
            values[channel] = column
        writer.save_array(TIMES, build.times())
        writer.set_facts(build.facts().to_json())
