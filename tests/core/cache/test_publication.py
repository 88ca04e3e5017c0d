"""Two fills that are published at the same moment, and one whose folder was cleared away."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from azuraforge_core.cache import CacheEntry, CacheKey, CacheWriter, EntryState, list_entries
from azuraforge_core.cache.fill_stage import FillStage
from azuraforge_core.cache.layout import CacheLayout
from azuraforge_core.cache.publication import look, publish
from azuraforge_core.cache.verification import Verifier
from azuraforge_core.cache.writer import create_entry_folder

Fill = Callable[[CacheWriter], None]


def nothing(_: FillStage) -> None:
    """Watch no stage."""


def filled(layout: CacheLayout, key: CacheKey, fill: Fill, token: str) -> Path:
    """Return a finished folder that is not published yet."""
    folder = layout.filling / f"{key.digest}.{token}"
    create_entry_folder(folder)
    writer = CacheWriter(folder)
    fill(writer)
    writer.finish(key, token)
    return folder


def opened(layout: CacheLayout, key: CacheKey) -> CacheEntry:
    """Return the published entry."""
    entry = look(layout, key.digest, Verifier())
    assert isinstance(entry, CacheEntry)
    return entry


def test_second_of_two_equal_fills_replaces_the_first(
    root: Path, key: CacheKey, fill: Fill
) -> None:
    """A takeover in the last moment costs a fill, and readers of either go on reading."""
    layout = CacheLayout(root)
    one, other = (filled(layout, key, fill, token) for token in ("one", "other"))
    publish(layout, one, key.digest, nothing)
    first = opened(layout, key)
    publish(layout, other, key.digest, nothing)
    second = opened(layout, key)
    assert (first.manifest.publication, second.manifest.publication) == ("one", "other")
    assert first.content_digest == second.content_digest
    assert np.array_equal(first.array("values"), second.array("values"))


def test_entry_published_between_two_renames_stands(root: Path, key: CacheKey, fill: Fill) -> None:
    """Who finds another entry where its own should go uses that one."""
    layout = CacheLayout(root)
    publish(layout, filled(layout, key, fill, "old"), key.digest, nothing)
    mine, theirs = (filled(layout, key, fill, token) for token in ("mine", "theirs"))

    def publish_theirs(stage: FillStage) -> None:
        if stage is FillStage.MOVED_AWAY:
            publish(layout, theirs, key.digest, nothing)

    publish(layout, mine, key.digest, publish_theirs)
    assert opened(layout, key).manifest.publication == "theirs"
    assert layout.children(layout.filling) == []
    states = sorted(entry.state for entry in list_entries(root))
    assert states == [EntryState.PUBLISHED, EntryState.RETIRED]


def test_old_entry_comes_back_when_the_new_one_is_gone(
    root: Path, key: CacheKey, fill: Fill
) -> None:
    """A filler whose folder was cleared by the next holder puts the entry that it moved back."""
    layout = CacheLayout(root)
    publish(layout, filled(layout, key, fill, "old"), key.digest, nothing)
    mine = filled(layout, key, fill, "mine")

    def clear(_: FillStage) -> None:
        mine.rename(root / "cleared")

    with pytest.raises(FileNotFoundError):
        publish(layout, mine, key.digest, clear)
    assert opened(layout, key).manifest.publication == "old"
