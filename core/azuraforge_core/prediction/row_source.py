"""Makes a person's table, or a source's newest, look like the one that a model was trained on.

Called by `read_rows` before any row is read: names, units and the column that tells series apart
are settled here, from the header alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl
import pydantic

from azuraforge_contract.errors import DataError, StorageError
from azuraforge_core.data.config import DatasetConfig, WindVector
from azuraforge_core.data.roles import vector_columns, vector_inputs
from azuraforge_core.data.source_table import SourceTable, unit_in_name
from azuraforge_core.data.sources.conventions import SourceConventions, conventions_of
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["ConformedTable", "conform", "dataset_config_of"]

_DATA_ROLES: Final = ("target", "past", "future")


@dataclass(frozen=True)
class ConformedTable:
    """A table whose header fits a model.

    Attributes:
        source: the table; its columns have the names of the training data.
        config: how training cleaned its table, with the model's columns written out.
        notes: what was concluded rather than said, one sentence each.
    """

    source: SourceTable
    config: DatasetConfig
    notes: tuple[str, ...]


def dataset_config_of(manifest: ModelManifest) -> DatasetConfig:
    """Return how training read and cleaned its table.

    Raises:
        StorageError: this release cannot read it.
    """
    try:
        return DatasetConfig.model_validate(manifest.config.get("dataset"))
    except pydantic.ValidationError as error:
        raise StorageError(
            "config.dataset in model.json, the model's description of its data, cannot be read: "
            f"{error.errors(include_url=False)[0]['msg']}.",
            remedy="Forecast from the stored history, or train the model again.",
        ) from error


def conform(source: SourceTable, manifest: ModelManifest) -> ConformedTable:
    """Settle names, units and series of a table from its header.

    Raises:
        DataError: a column is in another unit than in training, or series cannot be told apart.
        StorageError: the manifest's own description of the data cannot be read.
    """
    config = dataset_config_of(manifest)
    conventions = conventions_of(config.source)
    renamed, notes = _without_units_in_names(source, manifest)
    _check_units(renamed, manifest)
    vectors = _usable_vectors(renamed, (*config.wind_vectors, *conventions.wind_vectors))
    series_column = _series_column(renamed, config, conventions, manifest)
    names = {
        role: tuple(column.name for column in manifest.columns if column.role == role)
        for role in _DATA_ROLES
    }
    pinned = config.model_copy(
        update={
            "series": (),
            "series_column": series_column,
            "target_columns": names["target"],
            "past_columns": names["past"],
            "future_columns": names["future"],
            "wind_vectors": vectors,
        }
    )
    plain = replace(renamed, series_column=None, wind_vectors=())
    return ConformedTable(plain, pinned, notes)


def _without_units_in_names(
    source: SourceTable, manifest: ModelManifest
) -> tuple[SourceTable, tuple[str, ...]]:
    """Let ``temp (°F)`` stand for ``temp``, where the unit is the one of training."""
    wanted = {c.name: c.unit for c in manifest.columns if c.role in _DATA_ROLES}
    new_names: dict[str, str] = {}
    notes = []
    for column in source.columns:
        unit = unit_in_name(column)
        bare = column[: column.rfind(unit) - 1].strip() if unit else ""
        if column in wanted or bare not in wanted or bare in source.columns:
            continue
        if wanted[bare] and unit != wanted[bare]:
            raise _other_unit(source.name, column, unit, wanted[bare])
        new_names[column] = bare
        notes.append(f"Column {column!r} was taken for {bare!r}.")
    return (_renamed(source, new_names) if new_names else source), tuple(notes)


def _renamed(source: SourceTable, new_names: Mapping[str, str]) -> SourceTable:
    columns = tuple(new_names.get(column, column) for column in source.columns)
    old_names = dict(zip(columns, source.columns, strict=True))

    def read(wanted: Sequence[str]) -> Iterator[pl.DataFrame]:
        for frame in source.read([old_names.get(name, name) for name in wanted]):
            yield frame.rename({n: new_names[n] for n in frame.columns if n in new_names})

    units = {new_names.get(column, column): unit for column, unit in source.units.items()}
    return replace(source, columns=columns, read=read, units=units)


def _check_units(source: SourceTable, manifest: ModelManifest) -> None:
    for column in manifest.columns:
        found = source.units.get(column.name, "")
        if column.unit and found and found != column.unit:
            raise _other_unit(source.name, column.name, found, column.unit)


def _other_unit(table: str, column: str, found: str, trained: str) -> DataError:
    return DataError(
        f"{table}: column {column!r} is in {found}, but the model was trained on {trained}.",
        remedy=f"Convert the column to {trained}.",
    )


def _usable_vectors(source: SourceTable, vectors: Sequence[WindVector]) -> tuple[WindVector, ...]:
    """Return the vectors whose inputs are there and whose components are not."""
    by_name = {vector.name: vector for vector in reversed(vectors)}  # the config's own come first
    return tuple(
        vector
        for vector in by_name.values()
        if set(vector_inputs(vector)) <= set(source.columns)
        and not set(vector_columns(vector)) & set(source.columns)
    )


def _series_column(
    source: SourceTable,
    config: DatasetConfig,
    conventions: SourceConventions,
    manifest: ModelManifest,
) -> str | None:
    column = config.series_column or source.series_column or conventions.series_column
    if column is None or column in source.columns:
        return column
    if len(manifest.data.series) > 1:
        raise DataError(
            f"{source.name} has no column {column!r}, which tells the model's "
            f"{len(manifest.data.series)} series apart.",
            remedy=f"Add it, with names such as {manifest.data.series[0]!r}.",
        )
    return None
