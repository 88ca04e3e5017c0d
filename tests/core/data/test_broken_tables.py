"""Every table of `broken_tables` is refused with its exit code and a sentence."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from azuraforge_contract.errors import AzuraForgeError
from azuraforge_core.data.config import WindowConfig

_TABLE = runpy.run_path(str(Path(__file__).with_name("broken_tables.py")))
BROKEN_TABLES: Any = _TABLE["BROKEN_TABLES"]
WINDOW = WindowConfig.model_validate(_TABLE["WINDOW"])


@pytest.mark.parametrize("broken", BROKEN_TABLES, ids=lambda broken: broken.name)
def test_a_broken_table_is_refused_with_a_sentence(broken: Any, tmp_path: Path, fill: Any) -> None:
    """A person gets the exit code for bad data, what is wrong, and what to do."""
    path = broken.write(tmp_path)
    source = {"kind": "file", "path": str(path), "time_column": "date", **broken.source}
    with pytest.raises(AzuraForgeError) as failure:
        fill(source=source, **broken.dataset).open(lookback=WINDOW.lookback, horizon=WINDOW.horizon)
    assert failure.value.exit_code == broken.exit_code
    assert broken.sentence in str(failure.value)
    assert failure.value.remedy


def test_there_are_many_broken_tables() -> None:
    """At least 25 kinds of trouble are covered, each once."""
    names = [broken.name for broken in BROKEN_TABLES]
    assert len(names) == len(set(names)) >= 25
