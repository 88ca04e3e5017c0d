"""The formats that a model can be exported to; the command line lists them from here."""

from enum import StrEnum

__all__ = ["ExportFormat"]


class ExportFormat(StrEnum):
    """A format."""

    ONNX = "onnx"
    """Open Neural Network Exchange, which ONNX Runtime and many others read."""
