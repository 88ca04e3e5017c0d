"""A worker's process: answers one question after the other until the service has ended.

    python -m azuraforge_api.workers.program

Started by `pool`. Whatever the work prints goes to standard error; standard output is the line to
the service alone.
"""

import importlib
import logging
import os
import sys
from collections.abc import Callable
from typing import Any, Final

from azuraforge_api.problems.problem import Problem
from azuraforge_api.workers.frames import Frame, decode_frame, encode_frame
from azuraforge_contract.errors import (
    AzuraForgeError,
    DataError,
    JobFileError,
    SourceUnreachableError,
)

__all__ = ["main"]

_TASKS: Final = {
    "compare": "azuraforge_api.reports.comparison_task",
    "export": "azuraforge_api.models.export_task",
    "forecast": "azuraforge_api.predictions.forecast_task",
}
"""Name of a task to the module whose function ``carry_out`` does it."""
_logger: Final = logging.getLogger("azuraforge.api.worker")

Task = Callable[[Frame], Frame]


def main() -> None:
    """Answer until the service closes the line."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        while (question := decode_frame(sys.stdin.buffer)) is not None:
            answers.write(encode_frame(_answer(question)))
            answers.flush()


def _answer(question: Frame) -> Frame:
    try:
        task: Task = importlib.import_module(_TASKS[question.header["task"]]).carry_out
        return task(question)
    except Problem as problem:
        return _told(problem.kind.code, problem.detail, problem.remedy, problem.errors)
    except AzuraForgeError as error:
        return _told(_code_of(error), error.message, error.remedy)
    except Exception as error:
        _logger.exception("task %s failed", question.header.get("task"))
        return _told("internal-error", f"{type(error).__name__}; the log has the whole story.", "")


def _code_of(error: AzuraForgeError) -> str:
    match error:
        case JobFileError():
            return "invalid-request"
        case DataError():
            return "data-error"
        case SourceUnreachableError():
            return "unavailable"
    return "conflict"  # the model's files are damaged, or of a newer release


def _told(code: str, detail: str, remedy: str, errors: Any = ()) -> Frame:
    fields = [{"path": each.path, "message": each.message} for each in errors]
    return Frame({"problem": {"code": code, "detail": detail, "remedy": remedy, "errors": fields}})


if __name__ == "__main__":
    main()
