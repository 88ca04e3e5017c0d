"""Writes a model as ONNX; a worker's task."""

import os
import shutil
import tempfile
from pathlib import Path

from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.models.found_model import MANIFEST, WEIGHTS
from azuraforge_api.workers.frames import Frame
from azuraforge_core.export.onnx.writing import export_onnx

__all__ = ["carry_out"]


def carry_out(question: Frame) -> Frame:
    """Export the model of ``run`` into the folder ``out``, whole or not at all.

    Raises:
        JobFileError: the package ``onnx`` is missing.
        StorageError: the model is damaged.
    """
    run, out = Path(question.header["run"]), Path(question.header["out"])
    for path in (MANIFEST, WEIGHTS):
        os.close(open_beneath(run, path).descriptor)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".export-", dir=out.parent))
    try:
        written = export_onnx(run / "model", temporary / "onnx")
        if not out.exists():
            (temporary / "onnx").rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Frame({"bytes": written.model_bytes})
