"""What a fill function writes an entry with. Made by the cache, shared or private."""

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from azuraforge_core.cache.key import CacheKey, Json, canonical_json
from azuraforge_core.cache.layout import LAST_USED, MANIFEST, make_folder, share_with_group
from azuraforge_core.cache.lease import LeaseLost
from azuraforge_core.cache.manifest import ArrayFile, Manifest
from azuraforge_core.cache.page_aligned import MappedArray, create_mapped
from azuraforge_core.cache.verification import file_states, sha256_of, write_verified
from azuraforge_core.cache.volume import VolumeTrouble, using_volume
from azuraforge_core.store.atomic import sync_file, sync_folder

__all__ = ["CacheWriter", "Fill", "create_entry_folder", "run_fill"]

_ARRAY_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class CacheWriter:
    """An entry in the making: arrays by name, and facts about them.

    A fill function gets one, writes, and returns. It must not keep arrays that it created: they are
    flushed and belong to the entry when it returns.
    """

    def __init__(self, folder: Path, *, check: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._check = check
        self._arrays: dict[str, MappedArray] = {}
        self._facts: Mapping[str, Json] = {}
        self._started = time.monotonic()
        self.interruption: VolumeTrouble | LeaseLost | None = None
        """Why the cache stopped the fill, whatever the fill function made of the exception."""

    def create_array(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> MappedArray:
        """Create an array of zeros of ``shape`` on the volume and return it, mapped for writing.

        Memory holds only the pages being written, so the array may be larger than it.

        Raises:
            ValueError: the name is taken or not lower case with underscores, or the array is empty.
            VolumeTrouble: the volume cannot take it; let it pass, the cache handles it.
            LeaseLost: another process fills this entry by now; let it pass, too.
        """
        if not _ARRAY_NAME.fullmatch(name):
            raise ValueError(f"An array's name is lower case with underscores, got {name!r}.")
        if name in self._arrays:
            raise ValueError(f"The array {name!r} exists already.")
        try:
            self._check()
            with using_volume():
                array = create_mapped(self._folder / f"{name}.npy", shape, dtype)
        except (VolumeTrouble, LeaseLost) as interruption:
            self.interruption = interruption
            raise
        self._arrays[name] = array
        return array

    def save_array(self, name: str, array: npt.ArrayLike) -> None:
        """Write a whole array; see :meth:`create_array` for errors."""
        values = np.asarray(array)
        self.create_array(name, values.shape, values.dtype)[...] = values

    def set_facts(self, facts: Mapping[str, Json]) -> None:
        """Set what a reader must know beside the numbers; replaces what was set before.

        Raises:
            TypeError: something in it is not JSON.
            ValueError: a number in it is NaN or infinite.
        """
        canonical_json(facts)
        self._facts = dict(facts)

    def finish(self, key: CacheKey, publication: str) -> Manifest:
        """Flush everything to the disk and write the manifest.

        Raises:
            ValueError: the fill function wrote no array.
            OSError: the volume fails.
            StorageError: the volume fails.
        """
        if not self._arrays:
            raise ValueError("A cache entry needs at least one array; the fill wrote none.")
        manifest = Manifest(
            key=key,
            arrays={name: self._finish_array(name) for name in sorted(self._arrays)},
            facts=self._facts,
            created_at=dt.datetime.now(dt.UTC),
            fill_seconds=time.monotonic() - self._started,
            publication=publication,
        )
        for name, content in ((MANIFEST, manifest.as_json()), (LAST_USED, b"")):
            path = self._folder / name
            path.write_bytes(content)
            share_with_group(path)
            sync_file(path)
        write_verified(self._folder, file_states(self._folder, manifest))
        sync_folder(self._folder)
        return manifest

    def _finish_array(self, name: str) -> ArrayFile:
        array = self._arrays.pop(name)
        array.flush()
        path = self._folder / f"{name}.npy"
        share_with_group(path)
        sync_file(path)
        return ArrayFile(
            file=path.name,
            size_bytes=path.stat().st_size,
            sha256=sha256_of(path),
            shape=array.shape,
            dtype=array.dtype.str,
        )


Fill: TypeAlias = Callable[[CacheWriter], None]
"""Writes one entry; its errors reach whoever asked for the entry, unchanged."""


def run_fill(fill: Fill, writer: CacheWriter) -> None:
    """Run ``fill``; what the cache itself raised inside wins over what ``fill`` made of it.

    Raises:
        VolumeTrouble: the volume failed under it.
        LeaseLost: another process fills this entry by now.
        Exception: whatever ``fill`` raised.
    """
    try:
        fill(writer)
    except Exception as error:
        if writer.interruption is not None and error is not writer.interruption:
            raise writer.interruption from error
        raise
    if writer.interruption is not None:
        raise writer.interruption


def create_entry_folder(path: Path) -> None:
    """Create the folder in which one fill writes."""
    make_folder(path.parent)
    path.mkdir()
    share_with_group(path)
