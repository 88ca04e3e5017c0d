"""Which columns of a source are needed, and as what.

Used by `read_table`: names are checked against the header before a row is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from azuraforge_contract.errors import DataError
from azuraforge_contract.validation import nearest
from azuraforge_core.data.config import DatasetConfig, WindVector
from azuraforge_core.data.source_table import SourceTable

__all__ = ["ColumnPlan", "plan_columns"]

MAXIMUM_NAMES_SHOWN = 30


@dataclass(frozen=True)
class ColumnPlan:
    """The columns to read and the columns to make of them.

    Attributes:
        series_column: the column that tells series apart, or None.
        targets: names of target columns; where ``targets_are_open``, those that may become one.
        targets_are_open: whether every numeric column becomes a target.
        past: names of past columns.
        future: names of future columns.
        numbers: source columns to read as numbers.
        wind_vectors: vectors to compute from them.
    """

    series_column: str | None
    targets: tuple[str, ...]
    targets_are_open: bool
    past: tuple[str, ...]
    future: tuple[str, ...]
    numbers: tuple[str, ...]
    wind_vectors: tuple[WindVector, ...]


def plan_columns(source: SourceTable, config: DatasetConfig) -> ColumnPlan:
    """Check the names of a config against a source's header.

    Raises:
        DataError: a column is not there; the message lists what is, and names the nearest.
    """
    series_column = config.series_column or source.series_column
    vectors = _vectors(source, config)
    made = {name: vector for vector in vectors for name in vector_columns(vector)}
    structural = [source.time_column, *([series_column] if series_column else [])]
    inputs = [c for vector in config.wind_vectors for c in vector_inputs(vector)]
    roles = (*config.target_columns, *config.past_columns, *config.future_columns)
    plain = [*structural, *inputs, *(name for name in roles if name not in made)]
    _check_present(plain, source, made)
    if config.series and series_column is None:
        raise DataError(
            f"series chooses {', '.join(map(repr, config.series[:5]))}, but no column tells "
            "series apart.",
            remedy="Set series_column.",
        )
    others = {*structural, *config.past_columns, *config.future_columns}
    open_targets = [n for n in (*source.columns, *made) if n and n not in others]
    targets = config.target_columns or tuple(open_targets)
    used = dict.fromkeys((*targets, *config.past_columns, *config.future_columns))
    needed = [v for v in vectors if set(vector_columns(v)) & used.keys()]
    numbers = [n for n in used if n not in made] + [c for v in needed for c in vector_inputs(v)]
    return ColumnPlan(
        series_column=series_column,
        targets=targets,
        targets_are_open=not config.target_columns,
        past=config.past_columns,
        future=config.future_columns,
        numbers=tuple(dict.fromkeys(numbers)),
        wind_vectors=tuple(needed),
    )


def vector_columns(vector: WindVector) -> tuple[str, str]:
    """Return the names of a vector's two components."""
    return f"{vector.name}_u", f"{vector.name}_v"


def vector_inputs(vector: WindVector) -> tuple[str, str]:
    """Return the names of the columns that a vector is computed from."""
    return vector.direction_column, vector.speed_column


def _vectors(source: SourceTable, config: DatasetConfig) -> tuple[WindVector, ...]:
    """Return the config's vectors, and those of the source that do not clash with them."""
    named = {vector.name for vector in config.wind_vectors}
    taken = [n for v in config.wind_vectors for n in vector_columns(v) if n in source.columns]
    if taken or len(named) < len(config.wind_vectors):
        raise DataError(
            f"wind_vectors would make {', '.join(map(repr, taken)) or 'a column'} twice.",
            remedy="Give each vector a name of its own.",
        )
    own = tuple(v for v in source.wind_vectors if v.name not in named)
    return (*config.wind_vectors, *own)


def _check_present(names: Iterable[str], source: SourceTable, made: Iterable[str]) -> None:
    known = [name for name in (*source.columns, *made) if name]
    missing = [name for name in dict.fromkeys(names) if name not in known]
    if not missing:
        return
    near = nearest(missing[0], known)
    shown = ", ".join(known[:MAXIMUM_NAMES_SHOWN])
    more = (
        f" and {len(known) - MAXIMUM_NAMES_SHOWN} more" if len(known) > MAXIMUM_NAMES_SHOWN else ""
    )
    raise DataError(
        f"{source.name} has no column {', '.join(map(repr, missing[:5]))}; it has {shown}{more}.",
        remedy=f"Did you mean {near!r}?" if near else "Name one of these.",
    )
