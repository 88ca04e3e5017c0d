"""The files of versions: the folder as a zip file, single files, ONNX; and runs brought in."""

from pathlib import Path
from typing import Final

from azuraforge_client.calls import API, Call, Download, Progress, Route, nothing, parsed_as
from azuraforge_client.pages import in_camel_case
from azuraforge_client.resources.model_documents import ModelFile, ModelVersion

__all__ = ["download_file", "download_version", "export_onnx", "import_run", "list_files"]

_VERSION: Final = f"{API}/models/{{model}}/versions/{{version}}"
_FILES: Final = Route("GET", f"{_VERSION}/files")
_FILE: Final = Route("GET", f"{_VERSION}/files/{{path}}")
_ZIP: Final = Route("GET", f"{_VERSION}/download")
_ONNX: Final = Route("GET", f"{_VERSION}/onnx")
_IMPORT: Final = Route("POST", f"{API}/models/import")


def list_files(model: str, version: int | str = "latest") -> Call[list[ModelFile]]:
    """Return the files of a version."""
    return Call(_FILES, _FILES.address(model=model, version=version), parsed_as(list[ModelFile]))


def download_file(
    model: str, version: int | str, path: str, to: Path, *, progress: Progress | None = None
) -> Download:
    """Fetch a file of a version into a file or folder; return where it lies."""
    address = _FILE.address(model=model, version=version, path=path)
    return Download(Call(_FILE, address, nothing), to, progress)


def download_version(
    model: str, to: Path, *, version: int | str = "latest", progress: Progress | None = None
) -> Download:
    """Fetch a version's folder as a zip file, into a file or folder; return where it lies."""
    call = Call(_ZIP, _ZIP.address(model=model, version=version), nothing)
    return Download(call, to, progress, is_resumable=False)


def export_onnx(
    model: str, to: Path, *, version: int | str = "latest", progress: Progress | None = None
) -> Download:
    """Fetch a version as ONNX, into a file or folder; return where it lies."""
    call = Call(_ONNX, _ONNX.address(model=model, version=version), nothing)
    return Download(call, to, progress)


def import_run(
    archive: Path,
    *,
    model: str | None = None,
    alias: str | None = None,
    progress: Progress | None = None,
) -> Call[ModelVersion]:
    """Take a run that was trained elsewhere into the library.

    Args:
        archive: the run's folder as a zip file; streamed.
        model: its name there; None: what the job says.
        alias: moves to the new version; None: what the job says.
        progress: told of the file's way.
    """
    return Call(
        _IMPORT,
        _IMPORT.path,
        parsed_as(ModelVersion),
        query=in_camel_case({"model": model, "alias": alias}),
        file=archive,
        headers={"Content-Type": "application/zip"},
        progress=progress,
    )
