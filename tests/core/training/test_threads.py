"""Threads: as many as the process may use."""

from pathlib import Path

import pytest

from azuraforge_core.training.threads import available_cores


@pytest.mark.parametrize(
    ("content", "cores"), [("50000 100000", 1), ("100000 100000", 1), ("250000 100000", 2)]
)
def test_a_quota_bounds_the_cores(tmp_path: Path, content: str, cores: int) -> None:
    """A container with a quota counts its own cores and not the machine's."""
    file = tmp_path / "cpu.max"
    file.write_text(content)
    assert available_cores(file) == min(cores, available_cores(tmp_path / "none"))


def test_no_quota_leaves_all_cores(tmp_path: Path) -> None:
    """Where there is no limit, or no control group, the affinity counts."""
    file = tmp_path / "cpu.max"
    file.write_text("max 100000")
    assert available_cores(file) == available_cores(tmp_path / "none") >= 1
