"""Files and folders that are whole or absent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from azuraforge_contract.errors import StorageError
from azuraforge_core.store.atomic import (
    new_folder,
    remove_leftovers,
    replaced_file,
    write_file,
)


def names(folder: Path) -> list[str]:
    """Return what lies directly in ``folder``."""
    return sorted(path.name for path in folder.iterdir())


def fail_halfway(temporary: Path) -> None:
    """Write something and fail."""
    temporary.write_bytes(b"half")
    raise KeyError


def test_written_file_replaces_the_old_one(tmp_path: Path) -> None:
    """A written file holds the new content and leaves no other name behind."""
    target = tmp_path / "metrics.json"
    target.write_bytes(b"old")
    write_file(target, b"new")
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["metrics.json"]


def test_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    """Who has the old file open goes on reading the old content."""
    target = tmp_path / "metrics.json"
    target.write_bytes(b"old")
    with target.open("rb") as reader:
        write_file(target, b"new")
        assert reader.read() == b"old"


def test_error_inside_keeps_the_old_file(tmp_path: Path) -> None:
    """An error while writing reaches the caller, keeps the old file and leaves nothing."""
    target = tmp_path / "model.safetensors"
    target.write_bytes(b"old")
    with pytest.raises(KeyError), replaced_file(target) as temporary:
        fail_halfway(temporary)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["model.safetensors"]


def test_unwritable_folder_is_a_storage_error_with_a_remedy(tmp_path: Path) -> None:
    """A target that cannot be written is a storage failure that names the path."""
    target = tmp_path / "absent" / "metrics.json"
    with pytest.raises(StorageError, match="No such file") as caught:
        write_file(target, b"x")
    assert caught.value.remedy


def test_new_folder_appears_whole(tmp_path: Path) -> None:
    """A folder is not there before the block ends and is whole afterwards."""
    target = tmp_path / "model"
    with new_folder(target) as temporary:
        (temporary / "model.json").write_text("{}")
        assert not target.exists()
    assert names(target) == ["model.json"]
    assert names(tmp_path) == ["model"]


def test_existing_folder_is_replaced_only_when_asked(tmp_path: Path) -> None:
    """An existing folder is kept unless replacing was asked for."""
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(StorageError), new_folder(target) as temporary:
        (temporary / "new").write_text("new")
    assert names(target) == ["old"]
    with new_folder(target, replace=True) as temporary:
        (temporary / "new").write_text("new")
    assert names(target) == ["new"]
    assert names(tmp_path) == ["model"]


def test_error_inside_keeps_the_old_folder(tmp_path: Path) -> None:
    """An error while filling a replacement keeps the old folder."""
    target = tmp_path / "model"
    target.mkdir()
    with pytest.raises(KeyError), new_folder(target, replace=True):
        raise KeyError
    assert names(tmp_path) == ["model"]


def test_killed_writer_leaves_only_what_the_next_one_removes(tmp_path: Path) -> None:
    """SIGKILL amid writing keeps the old file; the leftover is cleared by the next start."""
    target = tmp_path / "checkpoint"
    target.write_bytes(b"old")
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from azuraforge_core.store.atomic import replaced_file\n"
        "with replaced_file(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(  # noqa: S603 -- our own interpreter and script
        [sys.executable, "-c", script, os.fspath(target)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"old"
    assert len(names(tmp_path)) == 2
    assert remove_leftovers(tmp_path) == 1
    assert names(tmp_path) == ["checkpoint"]
