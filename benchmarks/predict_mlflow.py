"""Writes one of our DLinear models as an MLflow model with the same weights; for ``predict.py``.

    .venv-bench/bin/python benchmarks/predict_mlflow.py MODEL_FOLDER OUT

Runs with MLflow's and PyTorch's own environment. It takes windows in units and gives forecasts in
units, ``(batch, lookback, 1)`` to ``(batch, horizon, 1)``, so that answers can be compared.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import numpy.typing as npt
import torch
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from safetensors.torch import load_file
from torch.nn import functional as F  # noqa: N812 - its usual name

__all__ = ["WindowForecaster"]

Float32Array = npt.NDArray[np.float32]


class WindowForecaster(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow is not in this environment
    """DLinear with the scales of its data around it."""

    def load_context(self, context: Any) -> None:
        """Read weights and scales."""
        folder = Path(context.artifacts["model"])
        torch.set_num_threads(1)  # more only cost time for one window
        manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        target = manifest["columns"][0]
        self.mean, self.std = float(target["mean"]), float(target["std"])
        self.kernel = int(manifest["architecture"]["kernel_size"])
        weights = load_file(folder / "model.safetensors")
        self.seasonal = weights["weights.seasonal_weight"], weights["weights.seasonal_bias"]
        self.trend = weights["weights.trend_weight"], weights["weights.trend_bias"]

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Float32Array:
        """Forecast windows."""
        del context, params
        with torch.inference_mode():
            values = torch.from_numpy(np.asarray(model_input, dtype=np.float32))
            series = ((values - self.mean) / self.std).transpose(1, 2)
            half = (self.kernel - 1) // 2
            padded = F.pad(series, (half, half), mode="replicate")
            trend = F.avg_pool1d(padded, self.kernel, stride=1)
            found = F.linear(series - trend, *self.seasonal) + F.linear(trend, *self.trend)
            units: Float32Array = (found.transpose(1, 2) * self.std + self.mean).numpy()
            return units


def main() -> None:
    """Write the model that the command line names."""
    folder, out = sys.argv[1:]
    any_rows = Schema([TensorSpec(np.dtype(np.float32), (-1, -1, 1))])
    mlflow.pyfunc.save_model(
        out,
        python_model=WindowForecaster(),
        artifacts={"model": folder},
        signature=ModelSignature(inputs=any_rows, outputs=any_rows),
        pip_requirements=["mlflow", "torch", "safetensors"],
        code_paths=[__file__],
    )


if __name__ == "__main__":
    main()
