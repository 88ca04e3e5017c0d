"""A data set of a service as a job's source."""

import hashlib
from pathlib import Path

import pytest

from azuraforge_contract.dataset_folder import dataset_file
from azuraforge_contract.environment import DATASETS_DIR
from azuraforge_contract.errors import DataError, JobFileError
from azuraforge_core.data.source_config import DatasetSource, FileSource
from azuraforge_core.data.sources.opening import open_source, source_identity

TABLE = b"when,load\n2024-01-01,1\n2024-01-02,2\n"
DIGEST = hashlib.sha256(TABLE).hexdigest()
PINNED = DatasetSource(
    kind="dataset", name="load", version=3, digest=DIGEST, time_column="when"
)  # fmt: skip


def test_a_pinned_version_is_read_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trainer finds the bytes in the folder that the service names."""
    monkeypatch.setenv(DATASETS_DIR, str(tmp_path))
    with pytest.raises(DataError, match="was deleted"), open_source(PINNED):
        pass
    path = dataset_file(tmp_path, DIGEST)
    path.parent.mkdir(parents=True)
    path.write_bytes(TABLE)
    with open_source(PINNED) as table:
        (frame,) = table.read(["when", "load"])
    assert frame["load"].to_list() == ["1", "2"]


def test_the_cache_knows_only_the_content(tmp_path: Path) -> None:
    """Name, version and place change nothing; the same table as a file has the same identity."""
    other = PINNED.model_copy(update={"name": "twin", "version": 9})
    (tmp_path / "load.csv").write_bytes(TABLE)
    file = FileSource(kind="file", path=str(tmp_path / "load.csv"), time_column="when")
    assert source_identity(PINNED) == source_identity(other) == source_identity(file)


@pytest.mark.parametrize("source", [PINNED, DatasetSource(kind="dataset", name="load")])
def test_without_a_service_there_is_a_way_out(
    source: DatasetSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the command line the sentence says what to write in its place."""
    monkeypatch.delenv(DATASETS_DIR, raising=False)
    with pytest.raises(JobFileError, match="of a service") as caught, open_source(source):
        pass
    assert "kind: file" in caught.value.remedy
