"""What `trainer-image/build_images.sh` insists on before it builds anything."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "trainer-image" / "build_images.sh"
DIGEST = "python:3.13-slim@sha256:" + "a" * 64


def build(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a builder that tells that it was asked, and fails."""
    builder = tmp_path / "docker"
    builder.write_text('#!/bin/sh\necho "builder $*" >&2\nexit 9\n')
    builder.chmod(0o755)
    return subprocess.run(  # noqa: S603 - our own script
        [str(SCRIPT), "operator"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "IMAGE_BUILDER": "docker", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("base", ["", "python:3.13-slim", "python@sha256:abc"])
def test_a_release_needs_a_base_with_a_digest(tmp_path: Path, base: str) -> None:
    """A tag may be other bytes tomorrow; the message tells how to learn the digest."""
    done = build(tmp_path, IMAGE_TAG="0.1.0", **({"BASE_IMAGE": base} if base else {}))
    assert done.returncode == 64
    assert "docker buildx imagetools inspect python:3.13-slim" in done.stderr
    assert "builder" not in done.stderr


@pytest.mark.parametrize(
    "variables", [{"IMAGE_TAG": "0.1.0", "BASE_IMAGE": DIGEST}, {"BASE_IMAGE": "mine:1"}]
)
def test_a_pinned_release_and_a_trial_build(tmp_path: Path, variables: dict[str, str]) -> None:
    """A release with a digest goes on, and so does a trial with any base."""
    done = build(tmp_path, **variables)
    assert done.returncode == 9
    assert "builder" in done.stderr
    assert variables["BASE_IMAGE"] in done.stderr
