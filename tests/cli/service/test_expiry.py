"""How a person says when a token ends."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_cli.service.expiry import expiry_of
from azuraforge_contract.errors import JobFileError

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("30d", NOW + timedelta(days=30)),
        ("8w", NOW + timedelta(weeks=8)),
        ("1y", NOW + timedelta(days=365)),
        ("2026-02-01", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-01-31T14:00+01:00", datetime(2026, 1, 31, 13, tzinfo=UTC)),
    ],
)
def test_a_while_and_a_time_are_understood(text: str, wanted: datetime) -> None:
    """Both ways name a moment with its zone."""
    assert expiry_of(text, NOW) == wanted


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,8} ?[hdwy]", fullmatch=True))
def test_any_text_names_a_time_to_come_or_is_refused(text: str) -> None:
    """No text of a person ends in another failure than the one that tells of it."""
    found = None
    with contextlib.suppress(JobFileError):
        found = expiry_of(text, NOW)
    assert found is None or found > NOW
