"""No trainer outlives the test that started it."""

from collections.abc import Iterator

import pytest

from azuraforge_api.settings import Settings
from azuraforge_api_harness.running import end_trainers


@pytest.fixture(autouse=True)
def no_trainer_is_left(settings: Settings) -> Iterator[None]:
    """End what still runs when the test is over."""
    yield
    end_trainers(settings.runs_folder)
