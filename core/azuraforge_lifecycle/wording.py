"""How the lifecycle's sentences are put together: one line each, with units."""

from typing import Final

__all__ = ["join_sentences", "memory_size", "one_line"]

MAXIMUM_CHARACTERS: Final = 1024
"""Events and conditions are read in one glance; Kubernetes cuts an event's message here."""


def one_line(text: str) -> str:
    """Return a text on one line, cut where it is too long to be read."""
    line = " ".join(text.split())
    return line if len(line) <= MAXIMUM_CHARACTERS else f"{line[: MAXIMUM_CHARACTERS - 1]}…"


def join_sentences(*sentences: str) -> str:
    """Return sentences as one line, each with an end; empty ones are left out."""
    lines = [one_line(sentence) for sentence in sentences if sentence]
    return one_line(" ".join(line if line[-1] in ".!?…" else f"{line}." for line in lines))


def memory_size(number: int) -> str:
    """Return a number of bytes in GiB, to a tenth; in whole MiB below one."""
    if number < 1024**3:
        return f"{number / 1024**2:.0f} MiB"
    return f"{number / 1024**3:.1f}".removesuffix(".0") + " GiB"
