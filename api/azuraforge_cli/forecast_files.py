"""Writes a forecast to the file that a person named, whole or not at all."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_core.prediction.documents import csv_text, forecast_document, forecast_rows
from azuraforge_core.prediction.result import Forecast
from azuraforge_core.store.atomic import write_file

__all__ = ["check_output", "write_forecast", "write_picture"]


def check_output(path: Path, endings: Sequence[str], option: str) -> None:
    """Refuse a file that could not be written, before time is spent on what belongs in it.

    Raises:
        JobFileError: its ending is none of those.
        StorageError: there is no such folder, or the path is a folder.
    """
    if path.suffix.lower().lstrip(".") not in endings:
        known = " or ".join(f".{ending}" for ending in endings)
        got = repr(path.suffix) if path.suffix else "no ending"
        raise JobFileError(
            f"{option} {path}: the file's ending says its format, got {got}.",
            remedy=f"End it with {known}.",
        )
    if not path.parent.is_dir():
        raise StorageError(
            f"{option} {path}: there is no folder {path.parent}.", remedy="Create it first."
        )
    if path.is_dir():
        raise StorageError(f"{option} {path} is a folder.", remedy="Name a file in it.")


def write_forecast(forecast: Forecast, path: Path) -> None:
    """Write the forecast as CSV, Parquet or JSON, by the file's ending.

    Raises:
        StorageError: the file cannot be written.
    """
    match path.suffix.lower():
        case ".csv":
            content = csv_text(forecast).encode()
        case ".parquet":
            content = _parquet(forecast)
        case _:
            document = forecast_document(forecast)
            content = json.dumps(document, indent=2, ensure_ascii=False).encode()
    _write(path, content)


def write_picture(forecast: Forecast, path: Path) -> None:
    """Write the forecast as an SVG picture.

    Raises:
        StorageError: the file cannot be written.
    """
    from azuraforge_core.prediction.picture import forecast_svg  # noqa: PLC0415 - only for --plot

    _write(path, forecast_svg(forecast).encode())


def _parquet(forecast: Forecast) -> bytes:
    import polars as pl  # noqa: PLC0415 - a third of a second, for this format alone

    table = forecast_rows(forecast)
    is_text = {"series", "time"}
    schema = {c: pl.String if c in is_text else pl.Float64 for c in table.columns}
    frame = pl.DataFrame(table.rows, schema=schema, orient="row")
    zone = "UTC" if forecast.time_zone == "UTC" else None
    time = pl.col("time").str.strip_suffix("Z").str.to_datetime("%Y-%m-%dT%H:%M:%S")
    content = io.BytesIO()
    frame.with_columns(time.dt.replace_time_zone(zone)).write_parquet(content)
    return content.getvalue()


def _write(path: Path, content: bytes) -> None:
    try:
        write_file(path, content)
    except StorageError as error:
        raise StorageError(
            error.message, remedy="Name a file in a folder that you may write to."
        ) from error
