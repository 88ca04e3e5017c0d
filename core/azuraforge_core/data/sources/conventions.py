"""What a source knows of its own table beside the numbers, without opening it.

The sample and the weather archive use it when they are opened; prediction uses it for a person's
own rows, which shall be read as the training data were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from azuraforge_core.data.config import WindVector
from azuraforge_core.data.source_config import (
    ArchiveSource,
    DelimitedOptions,
    SampleSource,
    SourceConfig,
)

__all__ = ["SAMPLE_CONVENTIONS", "SourceConventions", "archive_wind_vectors", "conventions_of"]


@dataclass(frozen=True)
class SourceConventions:
    """Names in a source's table.

    Attributes:
        time_column: the column that holds the time stamps.
        series_column: the column that tells series apart, where the source itself knows.
        wind_vectors: pairs of wind columns that the source itself knows.
        day_first: whether 01/02/2013 is the first of February; None: found out.
        decimal: the decimal mark of text cells.
    """

    time_column: str
    series_column: str | None = None
    wind_vectors: tuple[WindVector, ...] = ()
    day_first: bool | None = None
    decimal: str = "."


SAMPLE_CONVENTIONS: Final = SourceConventions(
    time_column="time",
    series_column="station",
    wind_vectors=(WindVector(direction_column="wind_dir", speed_column="wind_speed"),),
)


def conventions_of(source: SourceConfig) -> SourceConventions:
    """Return what a source knows of its table."""
    match source:
        case SampleSource():
            return SAMPLE_CONVENTIONS
        case ArchiveSource():
            return SourceConventions("time", wind_vectors=archive_wind_vectors(source.variables))
        case DelimitedOptions():
            return SourceConventions(
                source.time_column, day_first=source.day_first, decimal=source.decimal
            )


def archive_wind_vectors(variables: Sequence[str]) -> tuple[WindVector, ...]:
    """Return a vector for every height, such as ``10m``, whose direction and speed are there."""
    prefix = "wind_speed_"
    heights = [name.removeprefix(prefix) for name in variables if name.startswith(prefix)]
    return tuple(
        WindVector(
            name=f"wind_{height}",
            direction_column=f"wind_direction_{height}",
            speed_column=f"wind_speed_{height}",
        )
        for height in heights
        if f"wind_direction_{height}" in variables
    )
