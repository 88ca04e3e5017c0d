"""What a person is told who applies a manifest with a mistake in it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from azuraforge_cli.main import main
from azuraforge_e2e.bad_manifests import BAD_CHANGES, BAD_MANIFESTS, BadChange, BadManifest
from azuraforge_e2e.programs import REPOSITORY
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_TABLE: Final = REPOSITORY / "build" / "e2e" / "bad-manifests.md"
_HEADING: Final = (
    "| mistake | what kubectl shows | what azuraforge validate shows |\n| --- | --- | --- |\n"
)


@dataclass(frozen=True)
class _Row:
    """What was told about a mistake."""

    title: str
    wanted: tuple[str, ...]
    cluster: str
    validate: str

    @property
    def missing(self) -> list[str]:
        """Words that should have been among those of the cluster."""
        return [words for words in self.wanted if words not in self.cluster]

    def __str__(self) -> str:
        """Return the row as Markdown."""
        cells = (self.title, _cell(self.cluster), _cell(self.validate))
        return f"| {' | '.join(cells)} |\n"


def test_every_mistake_is_told_with_place_value_and_remedy(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Of 50 bad manifests each is refused, or fails, with a sentence; they go into a table."""

    def validate(case: BadManifest) -> str:
        path = tmp_path / "job.yaml"
        path.write_text(case.manifest, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["azuraforge", "validate", "-f", str(path)])
        with pytest.raises(SystemExit):
            main()
        printed = capsys.readouterr()
        return (printed.out + printed.err).replace(str(path), "job.yaml")

    answers = {case.title: _apply(workspace, case.manifest) for case in BAD_MANIFESTS}
    rows = [
        _Row(
            case.title,
            case.cluster,
            answers[case.title] or _reason(workspace, case),
            validate(case),
        )
        for case in BAD_MANIFESTS
    ]
    rows += [
        _Row(change.title, change.cluster, _change(workspace, index, change), "")
        for index, change in enumerate(BAD_CHANGES)
    ]
    _TABLE.parent.mkdir(parents=True, exist_ok=True)
    _TABLE.write_text(_HEADING + "".join(map(str, rows)), encoding="utf-8")

    assert len(rows) >= 40
    wrong = [
        f"{row.title}: {row.missing} should be in: {row.cluster}" for row in rows if row.missing
    ]
    assert not wrong, "\n".join(wrong)


def _apply(workspace: Workspace, text: str) -> str:
    """Return what `kubectl apply` says against a manifest; empty where it takes it."""
    try:
        workspace.kubectl("apply", "-f", "-", text=text)
    except AssertionError as error:
        return str(error).partition("\n")[2]
    return ""


def _reason(workspace: Workspace, case: BadManifest) -> str:
    """Return phase, reason and message of a job that was taken and cannot be carried out."""

    def look() -> str | None:
        status = workspace.status(case.name)
        is_told = status.get("phase") == "Failed" or status.get("reason") == "PluginNotFound"
        return f"{status['phase']}/{status['reason']}: {status['message']}" if is_told else None

    return workspace.wait_for(f"the end of {case.name}", look)


def _change(workspace: Workspace, index: int, change: BadChange) -> str:
    """Return what `kubectl apply` says against a change of a job that is there."""
    head = "\n".join(
        ("apiVersion: azuraforge.io/v1alpha1", "kind: TrainingJob",
         f"metadata: {{name: changed-{index}}}", "spec:", "  pipeline: nobodys", "  ")
    )  # fmt: skip
    assert _apply(workspace, head + change.before) == ""
    return _apply(workspace, head + change.after)


def _cell(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "<br>".join(lines).replace("|", "\\|")
