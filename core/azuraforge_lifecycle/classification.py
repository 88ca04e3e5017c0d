"""What the end of an attempt means: the one table from exit codes to what happens next.

Called once per attempt, when its child has ended or is known to be gone.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.termination import TerminationMessage
from azuraforge_lifecycle.observed import Child, ChildPhase
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.wording import join_sentences, memory_size

__all__ = ["Consequence", "Outcome", "classify", "explain_loss"]


class Consequence(Enum):
    """What follows from the end of an attempt."""

    SUCCEED = "the job has succeeded"
    FAIL = "the job has failed; the same attempt would fail again"
    RETRY = "the attempt counts against retry.maxAttempts"
    PREEMPT = "the preemption counts against retry.maxPreemptions"
    STOP = "it was asked to stop; nothing is counted"


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended."""

    consequence: Consequence
    reason: str
    message: str = ""
    exit_code: int | None = None


@dataclass(frozen=True)
class _Row:
    consequence: Consequence
    reason: Reason
    message: str
    """Said where the attempt left no words of its own: what happened, what to do."""


_TABLE: Final[dict[int, _Row]] = {
    ExitCode.SUCCEEDED: _Row(Consequence.SUCCEED, Reason.COMPLETED, "The model is finished."),
    ExitCode.BAD_CONFIG: _Row(
        Consequence.FAIL, Reason.BAD_CONFIG, "The config is wrong. Correct it in a new job."
    ),
    ExitCode.BAD_DATA: _Row(
        Consequence.FAIL, Reason.BAD_DATA, "The data cannot be trained on. Read the log for why."
    ),
    ExitCode.SOURCE_UNREACHABLE: _Row(
        Consequence.RETRY, Reason.SOURCE_UNREACHABLE, "The data source did not answer."
    ),
    ExitCode.INTERNAL_ERROR: _Row(
        Consequence.RETRY, Reason.INTERNAL_ERROR, "The trainer failed. Read the log for why."
    ),
    ExitCode.GPU_OUT_OF_MEMORY: _Row(
        Consequence.FAIL,
        Reason.GPU_OUT_OF_MEMORY,
        "Model and batch do not fit the GPU. Lower the batch size.",
    ),
    ExitCode.STORAGE_ERROR: _Row(
        Consequence.RETRY, Reason.STORAGE_ERROR, "A disk or volume failed. Check free space."
    ),
    ExitCode.PREEMPTED: _Row(
        Consequence.PREEMPT, Reason.PREEMPTED, "It was asked to stop and saved a checkpoint."
    ),
    ExitCode.DIVERGED: _Row(
        Consequence.FAIL,
        Reason.DIVERGED,
        "The loss became NaN or infinite. Lower the learning rate or clip the gradient.",
    ),
    ExitCode.ACCELERATOR_UNAVAILABLE: _Row(
        Consequence.FAIL,
        Reason.ACCELERATOR_UNAVAILABLE,
        "The requested GPU cannot be used. Run azuraforge doctor on the node.",
    ),
}
_SIGNAL_BASE: Final = 128
_SIGNALS: Final = {
    4: "SIGILL: the processor lacks an instruction that the code uses",
    6: "SIGABRT: native code gave up; read the log for why",
    7: "SIGBUS: a file that is mapped into memory is gone",
    9: "SIGKILL: killed by someone or something beside it",
    11: "SIGSEGV: native code failed; read the log for where",
}
"""What the signals of exit codes 128 + n mean, as Linux numbers them."""
_WORD: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")


def classify(child: Child, *, was_asked_to_stop: bool) -> Outcome:
    """Return what the end of a child means.

    Args:
        child: one that has ended.
        was_asked_to_stop: whether we asked it to. Such an attempt costs nothing, whichever way
            the request ended it, unless it had come to an end of its own that stays true.
    """
    outcome = _classify_unasked(child)
    if was_asked_to_stop and outcome.consequence in {Consequence.RETRY, Consequence.PREEMPT}:
        return Outcome(
            Consequence.STOP, Reason.STOPPED, "It was stopped as asked.", outcome.exit_code
        )
    return outcome


def explain_loss(*, was_asked_to_stop: bool) -> Outcome:
    """Return what it means that a child which had run is gone without a trace."""
    if was_asked_to_stop:
        return Outcome(Consequence.STOP, Reason.STOPPED, "It was stopped as asked.")
    return Outcome(
        Consequence.PREEMPT, Reason.ATTEMPT_LOST, "It disappeared while it ran: deleted by someone."
    )


def _classify_unasked(child: Child) -> Outcome:
    return _own_end(child) or _forced_end(child) or _failure(child)


def _own_end(child: Child) -> Outcome | None:
    """Return the outcome of an end that stays true, whoever disturbed the attempt at the time."""
    code = child.exit_code
    if child.phase is ChildPhase.SUCCEEDED or code == ExitCode.SUCCEEDED:
        return _in_its_own_words(child, _TABLE[ExitCode.SUCCEEDED])
    if child.is_oom_killed:
        return Outcome(Consequence.RETRY, Reason.OOM_KILLED, _explain_oom(child), code)
    row = _row(child)
    is_final = row is not None and row.consequence is Consequence.FAIL
    return _in_its_own_words(child, row) if row is not None and is_final else None


def _forced_end(child: Child) -> Outcome | None:
    """Return the outcome of an end that came from outside."""
    notice = child.notice
    if notice is not None and notice.reason == Reason.UNEXPECTED_ADMISSION_ERROR:
        words = f"The node refused it: {notice.message}"
        return Outcome(Consequence.FAIL, Reason.UNEXPECTED_ADMISSION_ERROR, words, child.exit_code)
    if child.exit_code is None or child.is_deleting or child.disruption is not None:
        return _preempted(child)
    return None


def _failure(child: Child) -> Outcome:
    """Return the outcome of an attempt that failed by itself and may do better next time."""
    row = _row(child)
    if row is not None:
        return _in_its_own_words(child, row)
    words = _explain_unknown(child)
    return Outcome(Consequence.RETRY, Reason.ATTEMPT_FAILED, words, child.exit_code)


def _row(child: Child) -> _Row | None:
    return None if child.exit_code is None else _TABLE.get(child.exit_code)


def _in_its_own_words(child: Child, row: _Row) -> Outcome:
    told = TerminationMessage.decode(child.termination)
    if told is None or told.is_interim:
        return Outcome(row.consequence, row.reason, row.message, child.exit_code)
    reason = told.reason if _WORD.fullmatch(told.reason) else row.reason
    return Outcome(row.consequence, reason, told.message or row.message, child.exit_code)


def _preempted(child: Child) -> Outcome:
    notice = child.notice
    cause = child.disruption or (notice.reason if notice else None)
    if cause is None:
        cause = "deleted by someone" if child.is_deleting else "no exit code is known"
    where = f" on {child.node}" if child.node else ""
    message = join_sentences(f"It was preempted{where}: {cause}", notice.message if notice else "")
    return Outcome(Consequence.PREEMPT, Reason.PREEMPTED, message, child.exit_code)


def _explain_oom(child: Child) -> str:
    told = TerminationMessage.decode(child.termination)
    used = (told.memory_bytes if told else None) or (
        child.report.memory_bytes if child.report else None
    )
    parts = [f"OOMKilled on {child.node}" if child.node else "OOMKilled"]
    if child.memory_limit_bytes is not None:
        parts.append(f"limit {memory_size(child.memory_limit_bytes)}")
    if used is not None:
        parts.append(f"last reported use {memory_size(used)}")
    return f"{', '.join(parts)}."


def _explain_unknown(child: Child) -> str:
    words = f"{child.notice.reason}: {child.notice.message}" if child.notice else ""
    signal = _SIGNALS.get((child.exit_code or 0) - _SIGNAL_BASE)
    how = f"It ended with exit code {child.exit_code}" + (f" ({signal})" if signal else "")
    return join_sentences(how, words)
