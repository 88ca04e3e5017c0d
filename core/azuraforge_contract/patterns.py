"""The patterns of texts that people write, each with the words that a message says in its place."""

from typing import Final

__all__ = ["NAME_PATTERN", "QUANTITY_PATTERN", "UID_PATTERN", "describe_pattern"]

NAME_PATTERN: Final = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
QUANTITY_PATTERN: Final = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"
UID_PATTERN: Final = r"^[A-Za-z0-9-]{1,64}$"

_WORDS: Final = {
    NAME_PATTERN: (
        "lower-case letters, digits and hyphens, beginning with a letter and ending with a letter "
        "or digit"
    ),
    QUANTITY_PATTERN: "a quantity such as 500m, 2 or 8Gi",
    UID_PATTERN: "at most 64 letters, digits and hyphens",
}


def describe_pattern(pattern: str) -> str:
    """Return what a text that matches looks like, to be said after "should be"."""
    return _WORDS.get(pattern) or f"text that matches {pattern}"
