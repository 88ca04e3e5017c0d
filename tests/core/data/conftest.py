"""Tables written as text, for every test of the data side."""

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Fill = Callable[..., Any]


@pytest.fixture
def fill_csv(tmp_path: Path, fill: Fill) -> Fill:
    """Return the function that fills a table from the text of a CSV file with column ``date``."""

    def fill_csv(content: str | bytes | Sequence[str], **document: Any) -> Any:
        text = content if isinstance(content, str | bytes) else "\n".join(content)
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        source = {"kind": "file", "path": str(path), "time_column": "date"}
        source |= document.pop("source", {})
        return fill(**({"source": source, "calendar_features": False} | document))

    return fill_csv


@pytest.fixture
def hourly() -> Callable[..., list[str]]:
    """Return the function that writes lines of an hourly table with columns date and y."""

    def hourly(rows: int, *, start: str = "2013-01-01T00") -> list[str]:
        times = np.datetime64(start, "h") + np.arange(rows)
        values = np.sin(np.arange(rows) / 3)
        return ["date,y", *(f"{t}:00,{v:.6f}" for t, v in zip(times, values, strict=True))]

    return hourly


@pytest.fixture
def write_gzip(tmp_path: Path) -> Callable[[str], Path]:
    """Return the function that writes text as a .csv.gz file."""

    def write(text: str) -> Path:
        path = tmp_path / "table.csv.gz"
        path.write_bytes(gzip.compress(text.encode()))
        return path

    return write
