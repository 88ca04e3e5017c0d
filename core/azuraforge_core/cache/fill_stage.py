"""The stages of a fill, for who watches one: displays, and tests that kill a filler at each."""

import enum
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["FillStage", "OnStage"]


class FillStage(enum.StrEnum):
    """What a filler has just done; each has a row in the table of ``publication``."""

    LEASED = "Leased"
    STARTED = "Started"
    WRITTEN = "Written"
    FINISHED = "Finished"
    MOVED_AWAY = "MovedAway"
    MOVED_IN = "MovedIn"
    PUBLISHED = "Published"


OnStage: TypeAlias = Callable[[FillStage], None]
