"""Threads: as many as the job may use, and the same number in every attempt."""

from pathlib import Path

import pytest
import threadpoolctl  # type: ignore[import-untyped]  # it ships no types

from azuraforge_core.training.threads import available_cores, blas_threads, training_threads


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


def test_small_models_train_on_one_thread() -> None:
    """Threads are for products that take long enough."""
    assert training_threads(8, 25_000) == 1
    assert training_threads(8, 5_000_000) == 8


def test_the_library_uses_the_threads_it_is_given() -> None:
    """Inside the block every linear algebra library has that many threads."""
    with blas_threads(1):
        pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
        assert {pool["num_threads"] for pool in pools} == {1}
