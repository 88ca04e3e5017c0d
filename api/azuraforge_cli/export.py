"""What ``azuraforge export`` does and prints."""

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from azuraforge_cli.display.figures import bytes_text
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.export_formats import ExportFormat
from azuraforge_cli.named_model import find_model_folder
from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_core.export.onnx.document import IR_VERSION, OPSET
from azuraforge_core.export.onnx.graph import BATCH
from azuraforge_core.export.onnx.ports import Port
from azuraforge_core.export.onnx.writing import OnnxExport, export_onnx

__all__ = ["print_export"]


def print_export(run: str, export_format: ExportFormat, out: Path | None, *, as_json: bool) -> None:
    """Export a run's model and print where it lies and how it is called.

    Args:
        run: what a person calls the run.
        export_format: what to write.
        out: where to; None for the usual place.
        as_json: whether a program reads the output.

    Raises:
        JobFileError: there is no such run, it has no model, or ``out`` holds other files.
        StorageError: the model is damaged, or ``out`` cannot be written.
    """
    match export_format:
        case ExportFormat.ONNX:
            written = export_onnx(find_model_folder(run), out)
    if as_json:
        typer.echo(json.dumps(_document(written), indent=2, ensure_ascii=False))
    else:
        _print(written)


def _print(written: OnnxExport) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for column in ("role", "name", "type", "sizes", "columns"):
        table.add_column(style="dim" if column == "role" else None, overflow="fold")
    for role, ports in (("in", written.inputs), ("out", written.outputs)):
        for port in ports:
            table.add_row(role, port.name, port.type, _sizes(port), ", ".join(port.columns))
    typer.echo(f"Wrote {written.model} ({bytes_text(written.model_bytes)}).\n")
    open_console().print(table)
    typer.echo(f"\nHow to use it without AzuraForge: {written.readme}")


def _sizes(port: Port) -> str:
    sizes = ("batch" if length == BATCH else str(length) for length in port.sizes)
    return f"({', '.join(sizes)})"


def _document(written: OnnxExport) -> dict[str, Any]:
    return {
        "formatVersion": FORMAT_VERSION,
        "format": ExportFormat.ONNX.value,
        "model": str(written.model),
        "readme": str(written.readme),
        "bytes": written.model_bytes,
        "opset": OPSET,
        "irVersion": IR_VERSION,
        "inputs": [_port(port) for port in written.inputs],
        "outputs": [_port(port) for port in written.outputs],
    }


def _port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "type": port.type,
        "sizes": [None if length == BATCH else length for length in port.sizes],
        "dimensions": list(port.dimensions),
        "columns": list(port.columns),
    }
