"""The folder that an export leaves: a valid file that explains itself, and nobody's files lost."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_core.export.onnx.writing import export_onnx


@pytest.fixture
def model(store: Any, model_spec: Any, tmp_path: Path) -> Path:
    """Return the folder of a stored model with every kind of input and intervals."""
    spec = model_spec({"kind": "dlinear"}, past=1, future=1, calendar=True, intervals="conformal")
    folder: Path = store(tmp_path / "model", spec)
    return folder


def test_the_file_is_of_the_promised_version_and_any_batch(model: Path) -> None:
    """Opset 20, IR version 10, the checker content, and a batch without a fixed size."""
    proto = onnx.load(export_onnx(model).model)
    onnx.checker.check_model(proto, full_check=True)
    assert proto.ir_version == 10
    assert [(entry.domain, entry.version) for entry in proto.opset_import] == [("", 20)]
    assert (proto.producer_name, proto.graph.name) == ("azuraforge", "load")
    sizes = {
        port.name: [d.dim_param or d.dim_value for d in port.type.tensor_type.shape.dim]
        for port in (*proto.graph.input, *proto.graph.output)
    }
    assert sizes == {
        "history": ["batch", 24, 3],
        "future": ["batch", 6, 1],
        "time": ["batch", 30],
        "forecast": ["batch", 6, 1],
        "lower": ["batch", 6, 1, 3],
        "upper": ["batch", 6, 1, 3],
    }


def test_the_file_says_what_it_is(model: Path) -> None:
    """Columns with units and scales, sizes, step, versions and digests lie in the file as JSON."""
    proto = onnx.load(export_onnx(model).model)
    facts = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    manifest = json.loads((model / "model.json").read_bytes())
    assert facts == {
        "azuraforge.formatVersion": 1,
        "azuraforge.task": "forecast",
        "azuraforge.kind": "dlinear",
        "azuraforge.job": "load",
        "azuraforge.uid": "u",
        "azuraforge.lookback": 24,
        "azuraforge.horizon": 6,
        "azuraforge.step": {"unit": "second", "count": 3600, "timeZone": "UTC"},
        "azuraforge.columns": manifest["columns"],
        "azuraforge.dataDigest": "d",
        "azuraforge.weightsDigest": manifest["weightsDigest"],
        "azuraforge.versions": {"azuraforge": "1"},
        "azuraforge.intervals": {
            "kind": "conformal",
            "levels": [0.5, 0.8, 0.95],
            "series": "",
        },
    }


def test_equal_models_give_equal_files(model: Path, tmp_path: Path) -> None:
    """Nothing of time or place enters the file, so that it can be compared by its bytes."""
    first = export_onnx(model, tmp_path / "first")
    second = export_onnx(model, tmp_path / "second")
    assert first.model.read_bytes() == second.model.read_bytes()
    assert first.readme.read_bytes() == second.readme.read_bytes()


def test_an_export_replaces_an_earlier_one(model: Path) -> None:
    """Exporting twice leaves one whole export, and the rows that a person put beside it."""
    first = export_onnx(model)
    content = first.model.read_bytes()
    first.readme.write_text("an older text", encoding="utf-8")
    (first.model.parent / "newest.csv").write_text("mine", encoding="utf-8")
    written = export_onnx(model)
    assert written.model.read_bytes() == content
    assert written.readme.read_text("utf-8").startswith("# load")
    names = sorted(path.name for path in written.model.parent.iterdir())
    assert names == ["README.md", "model.onnx", "newest.csv"]


@pytest.mark.parametrize(
    "names", [["README.md"], ["notes.txt"], ["model.onnx"], ["README.md", "model.onnx"]]
)
def test_files_of_somebody_else_are_never_replaced(
    model: Path, names: list[str], tmp_path: Path
) -> None:
    """A folder with files but without an export of ours is refused and left as it is."""
    out = tmp_path / "out"
    out.mkdir()
    for name in names:
        (out / name).write_text("mine", encoding="utf-8")
    with pytest.raises(JobFileError, match=f"holds other files already: {', '.join(names)}"):
        export_onnx(model, out)
    assert {path.name: path.read_text("utf-8") for path in out.iterdir()} == dict.fromkeys(
        names, "mine"
    )


def test_scaling_keeps_its_digits_where_values_are_large(
    store: Any, model_spec: Any, run_onnx: Any, tmp_path: Path
) -> None:
    """Float32 inside the file: repeating values of a hundred million with a spread of ten."""
    spec = model_spec({"kind": "last-value"}, level=1e8, spread=10.0)
    written = export_onnx(store(tmp_path / "large", spec))
    column = json.loads((tmp_path / "large" / "model.json").read_bytes())["columns"][0]
    history = np.full((1, 24, 1), column["mean"] + 3 * column["std"], dtype=np.float32)
    forecast = run_onnx(written.model, {"history": history})["forecast"]
    np.testing.assert_allclose(forecast, np.full((1, 6, 1), history[0, 0, 0]), rtol=1e-6)
