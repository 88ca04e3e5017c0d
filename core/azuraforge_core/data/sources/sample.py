"""The shipped sample: hourly weather of three New York airports in 2013.

Its origin and licence stand beside the file, in ``data/samples/README.md``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any, Final

from azuraforge_core.data.delimited_text import DelimitedText
from azuraforge_core.data.source_config import DelimitedOptions
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.sources.conventions import SAMPLE_CONVENTIONS
from azuraforge_core.data.sources.file import file_digest

__all__ = ["open_sample", "sample_identity"]

_FILE: Final = (
    resources.files("azuraforge_core.data") / "samples" / "nyc_weather_hourly_2013.csv.gz"
)
_UNITS: Final = {
    "temp": "°F",
    "dewp": "°F",
    "humid": "%",
    "wind_dir": "°",
    "wind_speed": "mph",
    "wind_u": "mph",
    "wind_v": "mph",
    "precip": "in",
    "pressure": "mbar",
    "visib": "mi",
}


@contextmanager
def open_sample() -> Iterator[SourceTable]:
    """Open the sample: series EWR, JFK and LGA; ``wind_u`` and ``wind_v`` beside its columns."""
    with resources.as_file(_FILE) as path:
        text = DelimitedText.open(
            path, "The sample", DelimitedOptions(time_column=SAMPLE_CONVENTIONS.time_column)
        )
        yield SourceTable(
            "The sample",
            "the sample: hourly weather at New York's airports, 2013",
            text.columns,
            SAMPLE_CONVENTIONS.time_column,
            text.read,
            series_column=SAMPLE_CONVENTIONS.series_column,
            units=_UNITS,
            wind_vectors=SAMPLE_CONVENTIONS.wind_vectors,
        )


def sample_identity() -> dict[str, Any]:
    """Return what the sample's table depends on: its content."""
    with resources.as_file(_FILE) as path:
        return {"kind": "sample", "sha256": file_digest(path)}
