"""Looks at a file as training would; called by the process that the service starts for it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from azuraforge_contract.errors import DataError
from azuraforge_core.data.config import DatasetConfig
from azuraforge_core.data.preview.columns import (
    ColumnCount,
    count_columns,
    guess_series_column,
    guess_time_column,
)
from azuraforge_core.data.preview.findings import (
    ColumnFinding,
    ColumnKind,
    ColumnUse,
    Refusal,
    TablePreview,
    TableSpan,
)
from azuraforge_core.data.preview.size_check import check_unpacked_size
from azuraforge_core.data.source_config import DelimitedOptions, SampleSource
from azuraforge_core.data.source_table import SourceTable, unit_in_name
from azuraforge_core.data.sources.file import open_table_file
from azuraforge_core.data.table_build import TableBuild, build_table

__all__ = ["preview_table"]

_SHOWN_ROWS: Final = 20
_SHOWN_CELLS: Final = 20_000
_SHOWN_CHARACTERS: Final = 100
_MOST_COLUMNS: Final = 10_000
_NAME: Final = "The file"


def preview_table(
    path: Path, options: DelimitedOptions, *, size_limit_bytes: int, whole_limit_bytes: int
) -> TablePreview:
    """Return what is in a file.

    Args:
        path: the file.
        options: how to read it; an empty ``time_column`` is guessed.
        size_limit_bytes: a file that unpacks to more is refused.
        whole_limit_bytes: a file that unpacks to more is counted, but not checked for gaps.

    Raises:
        DataError: it is not a table.
    """
    unpacked = check_unpacked_size(path, size_limit_bytes)
    source = open_table_file(path, _NAME, "preview", options)
    if len(source.columns) > _MOST_COLUMNS:
        raise DataError(f"{_NAME} has {len(source.columns)} columns, at most {_MOST_COLUMNS}.")
    head = _head(source)
    source = replace(source, time_column=options.time_column or guess_time_column(source, head))
    rows, counts = count_columns(source)
    is_whole = max(unpacked or 0, path.stat().st_size) <= whole_limit_bytes
    time = source.time_column
    series = guess_series_column(source, counts, time) if time and is_whole else ""
    findings = tuple(_finding(count, time, series) for count in counts)
    config = _config(findings, series)
    build, refusal = _try_to_train(source, config) if is_whole else (None, None)
    return TablePreview(
        form="parquet" if _is_parquet(path) else "csv",
        unpacked_bytes=unpacked,
        rows=rows,
        columns=findings,
        time_column=time,
        dataset=config,
        span=_span(build) if build else None,
        quality=build.log.close() if build else None,
        refusal=refusal,
        first_rows=_first_rows(head),
        notes=() if is_whole else (f"{_NAME} is large: gaps are counted when a job reads it.",),
    )


def _head(source: SourceTable) -> pl.DataFrame:
    names = [name for name in source.columns if name]
    frame = next(iter(source.read(names)), None)
    if frame is None or not frame.height:
        raise DataError(f"{_NAME} has a header but no rows.", remedy="Give it rows.")
    return frame.head(1000)


def _finding(count: ColumnCount, time: str, series: str) -> ColumnFinding:
    has_numbers = count.minimum <= count.maximum
    return ColumnFinding(
        name=count.name,
        kind=_kind(count, time),
        use=_use(count, time, series),
        unit=unit_in_name(count.name),
        missing=count.missing,
        minimum=count.minimum if has_numbers else None,
        maximum=count.maximum if has_numbers else None,
        example=count.first_text[:_SHOWN_CHARACTERS],
    )


def _kind(count: ColumnCount, time: str) -> ColumnKind:
    if count.name == time:
        return ColumnKind.TIME
    if not count.texts:
        return ColumnKind.NUMBER if count.numbers else ColumnKind.EMPTY
    return ColumnKind.TEXT if count.texts >= count.numbers else ColumnKind.MIXED


def _use(count: ColumnCount, time: str, series: str) -> ColumnUse:
    if count.name == time:
        return ColumnUse.TIME
    if count.name == series:
        return ColumnUse.SERIES
    is_text = count.texts >= max(1, count.numbers)
    return ColumnUse.NONE if is_text or count.is_constant else ColumnUse.TARGET


def _config(findings: Sequence[ColumnFinding], series: str) -> dict[str, Any]:
    """Return a config that names targets only where not every column of numbers can be one."""
    config: dict[str, Any] = {"series_column": series} if series else {}
    unused = [f for f in findings if f.use is ColumnUse.NONE and f.kind is not ColumnKind.TEXT]
    if unused:
        config["target_columns"] = [f.name for f in findings if f.use is ColumnUse.TARGET]
    return config


def _try_to_train(
    source: SourceTable, config: dict[str, Any]
) -> tuple[TableBuild | None, Refusal | None]:
    if not source.time_column:
        return None, Refusal(
            message="No column holds time stamps.",
            remedy="Name it, as source.time_column, and write it in one form throughout.",
        )
    try:
        # The source is open already; the config's own would only say where it came from.
        build = build_table(source, DatasetConfig.model_validate(_with_sample(config)))
        for _ in build.channels():
            pass  # counts what is missing as it goes
    except DataError as error:
        return None, Refusal(message=error.message, remedy=error.remedy)
    return build, None


def _with_sample(config: dict[str, Any]) -> dict[str, Any]:
    return {"source": SampleSource(), "calendar_features": False, **config}


def _span(build: TableBuild) -> TableSpan:
    facts = build.facts()
    return TableSpan(
        step=str(facts.step),
        first_time=facts.first_time,
        last_time=facts.last_time,
        time_zone=facts.time_zone,
        series=len(facts.segments),
    )


def _first_rows(head: pl.DataFrame) -> tuple[tuple[str | None, ...], ...]:
    rows = max(1, min(_SHOWN_ROWS, _SHOWN_CELLS // head.width))
    texts = head.head(rows).select(pl.all().map_elements(_text, return_dtype=pl.String))
    return tuple(texts.iter_rows())


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)[:_SHOWN_CHARACTERS]


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PAR1"
