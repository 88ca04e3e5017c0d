"""The service under requests that schemathesis draws from its own OpenAPI document.

``make fuzz`` asks tens of thousands on both databases; here it is a thousand on the embedded one.
"""

from collections.abc import Iterator

import pytest

from azuraforge_api_harness.fuzz_campaign import Campaign
from azuraforge_api_harness.trained_run import TrainedRun

_SEED = 20261122


@pytest.fixture(scope="module")
def campaign(trained: TrainedRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """Return a running service with one of everything in it."""
    with Campaign(tmp_path_factory.mktemp("fuzz"), trained) as found:
        yield found


@pytest.mark.parametrize(("as_nobody", "examples"), [(False, 9), (True, 6)])
def test_no_request_breaks_the_service_or_its_word(
    campaign: Campaign, as_nobody: bool, examples: int
) -> None:
    """With an admin's token and without any: no 5xx, no answer outside its schema, nobody in."""
    found = campaign.fuzz(phases="fuzzing", examples=examples, seed=_SEED, as_nobody=as_nobody)
    assert found.is_clean, found.report
    assert found.requests > 400
    assert found.server_errors == 0, found.statuses
    if as_nobody:
        assert set(found.statuses) <= {200, 400, 401, 403, 404, 413, 415, 422}, found.statuses
    else:
        assert found.statuses[200] > 100, found.statuses
