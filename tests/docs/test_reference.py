"""The reference is complete: what exists is documented, and what is documented exists."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
import typer

from azuraforge_cli.main import app
from azuraforge_contract import environment, errors, events
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.run_folder import RunFolder
from azuraforge_core.gpu.problems import GpuProblem
from azuraforge_core.pipelines.registry import discover_pipelines

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
DECISIONS = ROOT / "docs" / "explanation" / "decisions"
FRAGMENT = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md")


@pytest.fixture(scope="module")
def reference_tables() -> ModuleType:
    """Return the extension that writes tables into the pages."""
    path = ROOT / "docs" / "_extensions" / "reference_tables.py"
    specification = importlib.util.spec_from_file_location("reference_tables", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["reference_tables"] = module  # where dataclasses look their own module up
    specification.loader.exec_module(module)
    return module


def _page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def _directives(name: str, page: str) -> list[str]:
    return re.findall(rf"^```\{{{name}}}[ ]?(.*)$", page, re.MULTILINE)


def test_every_field_of_a_job_file_is_described(reference_tables: ModuleType) -> None:
    """The page shows the TrainingJob's fields, and none of them lacks its meaning."""
    (target,) = _directives("fields", _page("job-file"))
    rows = reference_tables.model_fields(target)
    paths = {row.path for row in rows}
    assert {"spec.retry.maxAttempts", "spec.deadlines.noProgressSeconds", "spec.cancel"} <= paths
    assert [row.path for row in rows if not row.description] == []


def test_every_field_of_a_bundled_pipeline_is_described(reference_tables: ModuleType) -> None:
    """The page shows the config of each of our pipelines, and no field lacks its meaning."""
    shown = _directives("fields", _page("forecaster"))
    ours = [
        found.pipeline
        for found in discover_pipelines().pipelines
        if found.distribution == "azuraforge-forecaster"
    ]
    assert len(ours) == 2
    for pipeline in ours:
        model = pipeline.config_model
        target = f"{model.__module__}:{model.__qualname__}"
        assert target in shown
        assert f"## `{pipeline.name}`" in _page("forecaster")
        rows = reference_tables.model_fields(target)
        assert "dataset.source[kind: file].time_column" in {row.path for row in rows}
        assert [row.path for row in rows if not row.description] == []


def test_every_setting_of_the_service_is_described(reference_tables: ModuleType) -> None:
    """The page shows the settings, and none of them lacks its meaning."""
    (target,) = _directives("fields", _page("service-settings"))
    rows = reference_tables.model_fields(target)
    assert {"database_url", "kubernetes_namespaces"} <= {row.path for row in rows}
    assert [row.path for row in rows if not row.description] == []


def test_every_event_is_documented(reference_tables: ModuleType) -> None:
    """The page has a section and a table for each event."""
    page = _page("events")
    kinds = get_args(get_args(events.Event)[0])
    assert len(kinds) == 9
    for kind in kinds:
        assert f"## `{kind.model_fields['type'].default}`" in page
        target = f"{kind.__module__}:{kind.__qualname__}"
        assert target in _directives("fields", page)
        assert reference_tables.model_fields(target)


def _exit_code_rows() -> dict[int, list[str]]:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", _page("exit-codes"), re.MULTILINE)
    return {int(code): [cell.strip() for cell in rest.split("|")] for code, rest in rows}


def test_every_exit_code_is_documented() -> None:
    """The table has a row for each exit code and no other."""
    documented = {code: cells[0].strip("`") for code, cells in _exit_code_rows().items()}
    assert documented == {code.value: code.name for code in ExitCode}


@pytest.mark.parametrize(
    "error", [*errors.WillRetry.__subclasses__(), *errors.WillNotRetry.__subclasses__()]
)
def test_whether_an_exit_code_is_tried_again_is_true(error: type[errors.AzuraForgeError]) -> None:
    """The table says of each failure what the tree of errors says."""
    tried_again = _exit_code_rows()[error.exit_code][2]
    assert tried_again.startswith("yes" if issubclass(error, errors.WillRetry) else "no")


def test_every_environment_variable_is_documented() -> None:
    """The tables name exactly the contract's variables."""
    page = _page("environment-variables")
    documented = set(re.findall(r"^\| `(AZURAFORGE_\w+)`", page, re.MULTILINE))
    assert documented == {getattr(environment, name) for name in environment.__all__}


def test_every_name_in_a_run_folder_is_documented() -> None:
    """The drawing has every file and folder of the contract."""
    page = _page("run-folder")
    names = [name for name in vars(RunFolder) if isinstance(vars(RunFolder)[name], property)]
    assert len(names) >= 10
    for name in names:
        assert getattr(RunFolder(Path("run")), name).name in page


def test_every_command_is_documented(reference_tables: ModuleType) -> None:
    """The page has the help of each command and subcommand, as it is printed."""
    shown = _directives("command-help", _page("command-line"))
    command = typer.main.get_command(app)
    words = [""]
    for name, inner in command.commands.items():  # type: ignore[attr-defined]  # it is a group
        words += [name, *(f"{name} {deeper}" for deeper in getattr(inner, "commands", ()))]
    assert sorted(shown) == sorted(words)
    assert "--resume" in reference_tables.command_help(["run"])


def test_every_gpu_problem_has_a_remedy(reference_tables: ModuleType) -> None:
    """The how-to guide shows the table of problems, and each says what to do."""
    assert "{gpu-problems}" in (ROOT / "docs" / "how-to" / "use-a-gpu.md").read_text("utf-8")
    assert all(reference_tables.GpuUnavailable(problem, "").fix for problem in GpuProblem)


def test_decisions_are_numbered_and_whole() -> None:
    """Each decision has its number, a context, a decision and its consequences."""
    pages = sorted(DECISIONS.glob("0*.md"))
    for number, page in enumerate(pages, start=1):
        text = page.read_text(encoding="utf-8")
        assert page.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_the_repository_s_pages_lead_somewhere(name: str) -> None:
    """A relative link or picture names a file that is there."""
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^":]+)"', text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_change_fragments_are_named_for_the_changelog() -> None:
    """Each fragment's name says what kind of change it is."""
    fragments = sorted((ROOT / "docs" / "changes").glob("*.md"))
    assert [path.name for path in fragments if not FRAGMENT.fullmatch(path.name)] == []
