"""Sentences carry units that people can read."""

import pytest

from azuraforge_lifecycle.wording import memory_size


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (48 * 1024**2, "48 MiB"),
        (1024**3 - 1, "1024 MiB"),
        (1024**3, "1 GiB"),
        (int(7.9 * 1024**3), "7.9 GiB"),
        (8 * 1024**3, "8 GiB"),
    ],
)
def test_a_size_of_memory_is_never_rounded_to_nothing(number: int, text: str) -> None:
    """Less than a GiB is said in MiB, more in GiB to a tenth."""
    assert memory_size(number) == text
