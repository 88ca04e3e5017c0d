"""What `azuraforge validate` says to each of the manifests that kubectl is given with a cluster."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_e2e.bad_manifests import BAD_MANIFESTS, BadManifest

Invoke = Callable[..., subprocess.CompletedProcess[str]]


def test_there_are_forty_of_them() -> None:
    """The table is as long as it claims to be, and no mistake stands in it twice."""
    assert len({case.title for case in BAD_MANIFESTS}) >= 40


@pytest.mark.parametrize("case", BAD_MANIFESTS, ids=lambda case: case.title)
def test_each_mistake_is_told(case: BadManifest, invoke: Invoke, tmp_path: Path) -> None:
    """The sentence names the place, what is there and what should be."""
    path = tmp_path / "job.yaml"
    path.write_text(case.manifest, encoding="utf-8")
    done = invoke("validate", "-f", str(path))

    shown = done.stdout + done.stderr
    assert [words for words in case.validate if words not in shown] == [], shown
    assert done.returncode == (64 if case.is_known_without_cluster else 0)
