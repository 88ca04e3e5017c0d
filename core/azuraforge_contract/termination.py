"""The termination message: the last word of an attempt, at most 4096 bytes of JSON.

A trainer writes it to /dev/termination-log (or wherever the environment names); the executor
reads it and shows it as the job's reason. While it goes on, the trainer keeps an interim message
there, so that one that is killed has still said where it was.
"""

import json
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.status import AcceleratorStatus, CheckpointStatus, DatasetStatus, Progress

__all__ = ["MAXIMUM_BYTES", "UNFINISHED", "TerminationMessage"]

MAXIMUM_BYTES: Final = 4096
"""The kubelet cuts what is longer."""
UNFINISHED: Final = "Unfinished"
"""Reason of an interim message: the attempt had not ended when it was written."""
_ELLIPSIS: Final = "…"


class TerminationMessage(BaseModel):
    """How an attempt ended, in its own words."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    format_version: int = FORMAT_VERSION
    reason: str
    """CamelCase word, such as ``Completed``, ``BadData``, ``Preempted``."""
    message: str = ""
    """One or two sentences with cause and remedy."""
    step: int | None = None
    """Last finished training step."""
    checkpoint: CheckpointStatus | None = None
    """Last checkpoint saved by this attempt or inherited by it."""
    resumed_from_step: int | None = None
    """Step of the checkpoint that this attempt started from."""
    progress: Progress | None = None
    """Last known progress with its metrics."""
    dataset: DatasetStatus | None = None
    accelerator: AcceleratorStatus | None = None
    memory_bytes: int | None = None
    """Memory in use when last measured, without page cache; explains an out-of-memory kill."""

    @property
    def is_interim(self) -> bool:
        """Whether the attempt was killed before it could say how it ended."""
        return self.reason == UNFINISHED

    def encode(self) -> str:
        """Return the message as JSON of at most 4096 bytes, the sentence cut where need be."""
        text = self._json(self)
        excess = len(text.encode()) - MAXIMUM_BYTES
        message = self.message
        while excess > 0 and message:
            message = message[: max(0, len(message) - max(excess, 1) - len(_ELLIPSIS))]
            text = self._json(self.model_copy(update={"message": message + _ELLIPSIS}))
            excess = len(text.encode()) - MAXIMUM_BYTES
        return text

    @classmethod
    def decode(cls, text: str | None) -> "TerminationMessage | None":
        """Return the message in a text, or None when a process died without one."""
        if not text:
            return None
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None

    @staticmethod
    def _json(message: "TerminationMessage") -> str:
        document = message.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
