"""The export itself: a model's folder in, a folder with ``model.onnx`` and ``README.md`` out.

Called by the command line and the API.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_core.export.onnx.document import PRODUCER, check_installed, encode
from azuraforge_core.export.onnx.forecaster import build_graph
from azuraforge_core.export.onnx.ports import Port
from azuraforge_core.export.onnx.properties import properties_of
from azuraforge_core.export.onnx.readme import render_readme
from azuraforge_core.prediction.loading import load_forecaster
from azuraforge_core.store.atomic import write_file

__all__ = ["MODEL_FILE", "README_FILE", "OnnxExport", "export_onnx"]

MODEL_FILE: Final = "model.onnx"
README_FILE: Final = "README.md"
_FOLDER: Final = "onnx"
_FILES: Final = frozenset({MODEL_FILE, README_FILE})
_NAMES_SHOWN: Final = 5
_HEAD_BYTES: Final = 32


@dataclass(frozen=True)
class OnnxExport:
    """What was written.

    Attributes:
        model: path of ``model.onnx``.
        readme: path of ``README.md``.
        model_bytes: size of ``model.onnx``.
        inputs: what the file takes.
        outputs: what it gives.
    """

    model: Path
    readme: Path
    model_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def export_onnx(model_folder: Path, out: Path | None = None) -> OnnxExport:
    """Write a stored model as ONNX, with a README beside it.

    Args:
        model_folder: the folder that holds ``model.json`` and ``model.safetensors``.
        out: the folder to write into, made if need be; by default ``onnx`` below the model's, so
            that it goes with the model. An earlier export there is replaced, and what lies beside
            it stays.

    Raises:
        JobFileError: the package ``onnx`` is missing, or ``out`` holds something else.
        StorageError: the model is damaged or of a newer release, or ``out`` cannot be written.
    """
    check_installed()
    folder = model_folder / _FOLDER if out is None else out
    _check_free(folder)
    forecaster = load_forecaster(model_folder)
    built = build_graph(forecaster)
    name = forecaster.manifest.lineage.job
    content = encode(built, name=name, properties=properties_of(forecaster))
    readme = render_readme(forecaster, built.inputs, built.outputs)
    _make_folder(folder)
    write_file(folder / MODEL_FILE, content)
    write_file(folder / README_FILE, readme.encode())
    return OnnxExport(
        model=folder / MODEL_FILE,
        readme=folder / README_FILE,
        model_bytes=len(content),
        inputs=built.inputs,
        outputs=built.outputs,
    )


def _check_free(folder: Path) -> None:
    """Refuse a folder with files in it, unless an earlier export lies among them."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise JobFileError(f"{folder} is a file, expected a folder.", remedy="Name another --out.")
    names = {path.name for path in _entries(folder)}
    if names and not (names >= _FILES and _is_ours(folder / MODEL_FILE)):
        others = sorted(names - _FILES) or sorted(names)
        shown = ", ".join(others[:_NAMES_SHOWN]) + (", …" if len(others) > _NAMES_SHOWN else "")
        raise JobFileError(
            f"{folder} holds other files already: {shown}.",
            remedy="Name a new or an empty folder as --out; nothing was written.",
        )


def _is_ours(model: Path) -> bool:
    """Return whether we wrote a file: its producer stands at its beginning."""
    try:
        with model.open("rb") as file:
            return PRODUCER.encode() in file.read(_HEAD_BYTES)
    except OSError as error:
        raise _cannot_write(model.parent, error) from error


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _cannot_write(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Cannot write into {folder}: {error.strerror or error}.",
        remedy="Name another folder as --out, or give yourself write permission there.",
    )
