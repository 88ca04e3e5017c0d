"""The log: one line of JSON per message, with the job's identity in each."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest

from azuraforge_contract.json_log import JsonFormatter, configure_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return where the log goes; logging is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        yield io.StringIO()
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


def test_a_message_is_one_line_with_fields(stream: io.StringIO) -> None:
    """Names of the collector's fields, the caller's own beside them."""
    logger = configure_logging(
        JsonFormatter("trainer", {"job": "nyc", "run": "u", "attempt": 2}), stream=stream
    )
    logger.info("Step %d\nof many", 3, extra={"event": "step", "epoch": 1, "loss": 0.5})
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("ts").endswith("+00:00")
    assert found == {
        "level": "info",
        "component": "trainer",
        "event": "step",
        "message": "Step 3\nof many",
        "logger": "azuraforge",
        "job": "nyc",
        "run": "u",
        "attempt": 2,
        "epoch": 1,
        "loss": 0.5,
    }


def test_a_traceback_is_a_field(stream: io.StringIO) -> None:
    """A bug's traceback stays on the line that tells it."""
    logger = configure_logging(JsonFormatter("trainer"), stream=stream)
    logger.error("A bug.", exc_info=KeyError("x"))
    (line,) = stream.getvalue().splitlines()
    assert "KeyError: 'x'" in json.loads(line)["traceback"]


def test_warnings_of_libraries_are_logged(stream: io.StringIO) -> None:
    """What a library warns of is a line of its own and not loose text."""
    configure_logging(JsonFormatter("trainer", {"job": "nyc"}), stream=stream)
    warnings.warn("old name", DeprecationWarning, stacklevel=1)
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found["level"] == "warning"
    assert "old name" in found["message"]
