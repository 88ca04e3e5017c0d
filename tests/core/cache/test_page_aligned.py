"""Arrays on disk whose data start on a page."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.cache.page_aligned import PAGE_BYTES, create_mapped, open_mapped

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)


@given(SHAPES, st.sampled_from(["<f4", "<f8", "<i8", "|u1", "<M8[s]", "|b1"]))
def test_file_is_plain_npy(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, ...], dtype: str
) -> None:
    """NumPy itself reads the file, mapped or not, with the shape, type and values written."""
    path = tmp_path_factory.mktemp("arrays") / "values.npy"
    written = create_mapped(path, shape, dtype)
    written[...] = np.arange(written.size).reshape(shape).astype(dtype)
    written.flush()
    read = np.load(path)
    assert (read.dtype.str, read.shape) == (dtype, shape)
    assert np.array_equal(read, written)
    assert np.array_equal(open_mapped(path, shape, dtype), written)
    assert np.load(path, mmap_mode="r").offset == PAGE_BYTES
    assert path.stat().st_size == PAGE_BYTES + read.nbytes


def test_blocks_are_reserved_at_once(tmp_path: Path) -> None:
    """Creating an array takes all its room on the disk, so that no later store can fail."""
    path = tmp_path / "values.npy"
    create_mapped(path, (1 << 20,), "<f4")
    assert path.stat().st_blocks * 512 >= 4 << 20


@pytest.mark.parametrize("error", [errno.EOPNOTSUPP, errno.EINVAL])
def test_blocks_are_written_where_they_cannot_be_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    """A file system without reservation takes all its room, too."""

    def refuse(_descriptor: int, _offset: int, _size: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    path = tmp_path / "values.npy"
    array = create_mapped(path, (300_001, 2), "<f4")
    assert path.stat().st_blocks * 512 >= path.stat().st_size == PAGE_BYTES + array.nbytes
    assert not array.any()


def test_mapped_read_only(tmp_path: Path) -> None:
    """A store into an opened array is refused."""
    path = tmp_path / "values.npy"
    create_mapped(path, (3,), "<f4")
    array = open_mapped(path, (3,), "<f4")
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0


@pytest.mark.parametrize(("shape", "dtype"), [((0,), "<f4"), ((3, 0), "<f4"), ((3,), "O")])
def test_what_cannot_be_mapped_is_refused(
    tmp_path: Path, shape: tuple[int, ...], dtype: str
) -> None:
    """Empty arrays and Python objects are refused before a file is made."""
    with pytest.raises(ValueError, match="must hold numbers"):
        create_mapped(tmp_path / "values.npy", shape, dtype)
    assert not list(tmp_path.iterdir())
