"""Lines of a log for people."""

import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from azuraforge_cli.service.log_line import readable_line
from azuraforge_contract.json_log import JsonFormatter


def test_a_line_of_ours_is_told_in_words() -> None:
    """Time, level and message are shown, and the traceback of a failure below them."""
    formatter = JsonFormatter("trainer", {"job": "nyc"})
    record = logging.makeLogRecord({"created": 0.0, "levelname": "INFO", "msg": "Step 40."})
    assert readable_line(formatter.format(record)) == "1970-01-01 00:00:00  info     Step 40."
    text = json.dumps(json.loads(formatter.format(record)) | {"traceback": "Traceback: …"})
    assert readable_line(text).splitlines()[1:] == ["Traceback: …"]


FIELDS = st.sampled_from(["ts", "level", "message", "traceback", "x"])
LEAVES = st.none() | st.text() | st.integers() | st.floats()
VALUES = st.recursive(LEAVES, lambda part: st.lists(part) | st.dictionaries(FIELDS, part))


@given(st.text() | VALUES.map(json.dumps))
def test_what_is_no_line_of_ours_stays(text: str) -> None:
    """Whatever a plugin prints is shown, and nothing of it stops the log."""
    assert readable_line(text) == text or '"ts"' in text
