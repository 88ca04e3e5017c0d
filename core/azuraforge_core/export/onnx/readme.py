"""The README that lies beside ``model.onnx``: what the model is, and how a stranger uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from azuraforge_contract.errors import StorageError
from azuraforge_core.data.roles import vector_columns, vector_inputs
from azuraforge_core.data.sources.conventions import conventions_of
from azuraforge_core.data.steps import Step
from azuraforge_core.export.onnx.document import IR_VERSION, OPSET
from azuraforge_core.export.onnx.example import AHEAD_FILE, NEWEST_FILE, example_lines
from azuraforge_core.export.onnx.forecaster import series_of_bands
from azuraforge_core.export.onnx.graph import BATCH
from azuraforge_core.export.onnx.ports import FUTURE, TIME, Port
from azuraforge_core.pipelines.forecast_summary import MODEL_TITLES
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.row_source import dataset_config_of
from azuraforge_core.store.model_manifest import ColumnScale, ModelManifest

__all__ = ["render_readme"]

_MEANINGS: Final = {
    "history": "the last {lookback} rows, oldest first, in the columns' units",
    "future": "the next {horizon} rows of the columns known ahead",
    "time": "seconds since 1970 of the {lookback} rows and of the {horizon} after them",
    "forecast": "the forecast of {columns}",
    "lower": "lower ends of the bands, in the same order",
    "upper": "upper ends of the bands, in the same order",
}
_ROLES: Final = {
    "target": "forecast, and seen up to now",
    "past": "seen up to now",
    "future": "seen up to now and known ahead",
}
_COMPARED: Final = {
    "This model": "test",
    "Ridge": "baselines.ridge",
    "Seasonal naive": "baselines.seasonal_naive",
    "Last value": "baselines.last_value",
}


@dataclass(frozen=True)
class _Row:
    """One line of a table: its cells, ready for Markdown."""

    cells: tuple[str, ...]


def render_readme(
    forecaster: Forecaster, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
) -> str:
    """Return the README as Markdown."""
    environment = Environment(
        loader=PackageLoader("azuraforge_core.export"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, whose own marks `_plain` takes out
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("onnx.md.j2")
    return template.render(_facts(forecaster, inputs, outputs))


def _facts(
    forecaster: Forecaster, inputs: tuple[Port, ...], outputs: tuple[Port, ...]
) -> Mapping[str, Any]:
    manifest, intervals = forecaster.manifest, forecaster.intervals
    data = [column for column in manifest.columns if column.role != "calendar"]
    series = manifest.data.series
    bands_of = series_of_bands(forecaster)
    title, meaning = MODEL_TITLES.get(manifest.kind, (manifest.kind, ""))
    given = {port.name for port in inputs}
    return {
        "job": _plain(manifest.lineage.job),
        "title": title,
        "meaning": meaning,
        "targets": _listed([column for column in data if column.role == "target"]),
        "manifest": manifest,
        "source": _plain(manifest.data.source),
        "step": str(
            Step.model_validate({"unit": manifest.step.unit, "count": manifest.step.count})
        ),
        "inside": _inside(has_time=TIME in given, has_bands=intervals is not None),
        "series": [_plain(name) for name in series if name],
        "scores": _scores(manifest),
        "made": _made_columns(manifest),
        "columns": [_column(column) for column in data],
        "inputs": [_port(port, manifest) for port in inputs],
        "outputs": [_port(port, manifest) for port in outputs],
        "levels": [f"{level:.0%}" for level in intervals.facts.levels] if intervals else [],
        "bands_follow": bool(
            intervals and intervals.adapted_scale is not None and bands_of is not None
        ),
        "has_time": TIME in given,
        "has_future": FUTURE in given,
        "newest_file": NEWEST_FILE,
        "newest_header": _header(["time", *(column.name for column in data)]),
        "ahead_file": AHEAD_FILE,
        "ahead_header": _header(["time", *(c.name for c in data if c.role == "future")]),
        "example": "\n".join(example_lines(manifest, inputs, outputs)),
        "versions": manifest.lineage.versions,
        "opset": OPSET,
        "ir_version": IR_VERSION,
    }


def _inside(*, has_time: bool, has_bands: bool) -> str:
    """Return what the file does beside the model itself, as the subject of a sentence."""
    parts = ["scaling", *(["calendar"] if has_time else []), *(["intervals"] if has_bands else [])]
    return parts[0] + " is" if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]} are"


def _port(port: Port, manifest: ModelManifest) -> _Row:
    sizes = ("batch" if length == BATCH else str(length) for length in port.sizes)
    dimensions = ", ".join(
        name if size == name else f"{name} {size}"
        for name, size in zip(port.dimensions, sizes, strict=True)
    )
    window = manifest.window
    meaning = _MEANINGS[port.name].format(
        lookback=window.lookback,
        horizon=window.horizon,
        columns=", ".join(_plain(name) for name in port.columns),
    )
    return _Row((f"`{port.name}`", port.type, dimensions, meaning))


def _column(column: ColumnScale) -> _Row:
    return _Row((_plain(column.name), _plain(column.unit) or "-", _ROLES[column.role]))


def _made_columns(manifest: ModelManifest) -> list[str]:
    """Return how columns are made that the source's table did not have, a sentence each."""
    names = {column.name for column in manifest.columns}
    try:
        config = dataset_config_of(manifest)
    except StorageError:  # of an older release: the file works without these sentences
        return []
    sentences = []
    for vector in (*config.wind_vectors, *conventions_of(config.source).wind_vectors):
        direction, speed = vector_inputs(vector)
        waves = zip(vector_columns(vector), ("sin", "cos"), strict=True)
        parts = [
            f"{name} = -{speed} · {wave}({direction})" for name, wave in waves if name in names
        ]
        if parts:
            sentences.append(
                f"{_plain(', '.join(parts))}, the direction in degrees; both are 0 in calm air."
            )
    return sentences


def _scores(manifest: ModelManifest) -> list[_Row]:
    """Return the errors on the test part, the model's own first."""
    rows = []
    for title, prefix in _COMPARED.items():
        found = [manifest.metrics.get(f"{prefix}.{name}") for name in ("mae_in_units", "mse")]
        if None not in found:
            rows.append(_Row((title, *(f"{figure:.4g}" for figure in found))))
    return rows


def _listed(columns: Sequence[ColumnScale]) -> str:
    return ", ".join(
        f"{_plain(column.name)} ({_plain(column.unit)})" if column.unit else _plain(column.name)
        for column in columns
    )


def _header(names: Sequence[str]) -> str:
    return ",".join(_plain(name) for name in names)


def _plain(text: str) -> str:
    """Return text that stays what it is inside a table and a code block of Markdown."""
    return " ".join(text.replace("|", "/").replace("`", "'").split())
