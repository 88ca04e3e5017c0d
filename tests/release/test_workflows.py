"""What the workflows of CI and release may do, and that nobody can change what they run."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

_ROOT: Final = Path(__file__).parents[2]
_WORKFLOWS: Final = sorted((_ROOT / ".github" / "workflows").glob("*.yml"))
_RELEASE: Final = _ROOT / ".github" / "workflows" / "release.yml"


def _read(path: Path) -> dict[str, Any]:
    # BaseLoader: `on` is a word, not a boolean.
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506 - texts only


def _script() -> str:
    jobs = _read(_RELEASE)["jobs"]
    return "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_named_by_its_commit(path: Path) -> None:
    """A tag can be moved to other code; the version stands beside the commit for people."""
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_the_chart_is_rendered_by_the_oldest_and_the_newest_helm() -> None:
    """Two versions of Helm run the chart's tests, where other jobs take what the runner has."""
    job = _read(_WORKFLOWS[0])["jobs"]["chart"]
    versions = [each["helm-version"] for each in job["strategy"]["matrix"]["include"]]
    assert [version.rpartition(".")[0] for version in versions] == ["v3.17", "v4.2"]
    assert any("tests/charts" in step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_read_and_no_more(path: Path) -> None:
    """What a job needs beside that, it says itself; no secret but the run's own token is used."""
    assert _read(path)["permissions"] == {"contents": "read"}
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"GITHUB_TOKEN"}
    assert "pull_request_target" not in text


def test_a_release_has_the_rights_that_publishing_needs() -> None:
    """One job, after all tests, in an environment that people can guard."""
    jobs = _read(_RELEASE)["jobs"]
    assert [name for name, job in jobs.items() if "permissions" in job] == ["publish"]
    publish = jobs["publish"]
    assert publish["permissions"] == dict.fromkeys(
        ("contents", "packages", "id-token", "attestations"), "write"
    )
    assert (publish["needs"], publish["environment"]) == ("check", "release")
    assert any(step.get("run") == ".ci/run" for step in jobs["check"]["steps"])


def test_images_and_chart_are_signed_by_what_they_contain() -> None:
    """By digest, without a key; each image has its list of parts attached."""
    script = _script()
    assert 'cosign sign --yes "$image"' in script
    assert "RepoDigests" in script
    assert 'cosign sign --yes "$REGISTRY/charts/azuraforge@' in script
    assert 'cosign attest --yes --type cyclonedx --predicate "dist/$name.cdx.json"' in script
    assert "--key" not in script
    for name in ("operator", "api", "trainer-cpu", "trainer-gpu"):
        assert f" {name}" in script
        assert (_ROOT / "requirements" / f"{name}.txt").exists()


def test_a_release_publishes_what_the_dry_run_makes() -> None:
    """One script makes wheels, chart, lists and notes; the workflow adds what needs a registry."""
    script = _script()
    assert ".ci/release.sh" in script
    assert "helm push" in script
    assert "--notes-file dist/RELEASE_NOTES.md" in script
    assert ".ci/release.sh --dry-run" in (_ROOT / "Makefile").read_text(encoding="utf-8")
