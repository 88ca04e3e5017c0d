"""Tables made in memory, for every test of the data side."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from azuraforge_core.data.config import DatasetConfig, WindowConfig
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.facts import TableFacts
from azuraforge_core.data.table_cache import TIMES, VALUES, fill_table


class MemoryWriter:
    """A cache writer that keeps the arrays."""

    def __init__(self) -> None:
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        self.facts: Mapping[str, Any] = {}

    def create_array(
        self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike
    ) -> npt.NDArray[Any]:
        self.arrays[name] = np.zeros(shape, dtype)
        return self.arrays[name]

    def save_array(self, name: str, array: npt.ArrayLike) -> None:
        self.arrays[name] = np.asarray(array)

    def set_facts(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts


class FilledTable:
    """What a filler wrote for a config."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.config = DatasetConfig.model_validate(document)
        writer = MemoryWriter()
        fill_table(self.config, writer)
        self.values: npt.NDArray[np.float32] = writer.arrays[VALUES]
        self.times: npt.NDArray[np.int64] = writer.arrays[TIMES]
        self.facts = TableFacts.from_json(writer.facts)

    def open(self, **window: int) -> ForecastDataset:
        """Open the table for windows of some lookback, horizon and stride."""
        return ForecastDataset.open(
            self.values, self.times, self.facts, self.config, WindowConfig(**window)
        )

    def row(self, name: str) -> list[float]:
        """Return a channel by its column's name."""
        names = [column.name for column in self.facts.columns]
        values: list[float] = self.values[names.index(name)].tolist()
        return values


Fill = Callable[..., FilledTable]


@pytest.fixture
def fill() -> Fill:
    """Return the function that fills a table from a dataset config."""
    return lambda **document: FilledTable(document)


@pytest.fixture
def fill_csv(tmp_path: Path) -> Fill:
    """Return the function that fills a table from the text of a CSV file with column ``date``."""

    def fill_csv(content: str | bytes | Sequence[str], **document: Any) -> FilledTable:
        text = content if isinstance(content, str | bytes) else "\n".join(content)
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        source = {"kind": "file", "path": str(path), "time_column": "date"}
        source |= document.pop("source", {})
        return FilledTable({"source": source, "calendar_features": False, **document})

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
