"""The page: facts in, one self-contained HTML file out.

Called by pipelines when a model is finished. The file needs no network and no other file, and is
complete without its script; everything in it that came from a person or a table is escaped by the
template engine.
"""

from dataclasses import dataclass
from pathlib import Path

from azuraforge_core.report.document import Section
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.facts_file import write_facts
from azuraforge_core.report.numbers import byte_count, count, duration, every, quantity, scaled
from azuraforge_core.report.rendering import render_document
from azuraforge_core.report.sections.configuration import configuration_section
from azuraforge_core.report.sections.data import data_section
from azuraforge_core.report.sections.errors import errors_section
from azuraforge_core.report.sections.forecasts import forecasts_section
from azuraforge_core.report.sections.inputs import inputs_section
from azuraforge_core.report.sections.intervals import intervals_section, misses
from azuraforge_core.report.sections.learning import learning_section
from azuraforge_core.report.sections.residuals import residuals_section
from azuraforge_core.report.sections.resources import environment_section, resources_section
from azuraforge_core.report.sections.scores import difference_sentence, scores_section
from azuraforge_core.report.verdict import Level, judge_run
from azuraforge_core.store.atomic import write_file

__all__ = ["FILE_NAME", "render_report", "write_report"]

FILE_NAME = "report.html"


@dataclass(frozen=True)
class KeyFigure:
    """One of the large numbers at the top."""

    title: str
    value: str
    note: str = ""


def write_report(facts: ReportFacts, folder: Path) -> Path:
    """Write the report and its facts into a folder, made if need be; return the page's path.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    write_facts(facts, folder)
    write_file(path, render_report(facts).encode())
    return path


def render_report(facts: ReportFacts) -> str:
    """Return the report as one HTML document."""
    return render_document(
        "report.html.j2",
        {
            "facts": facts,
            "verdict": judge_run(facts),
            "remarks": _remarks(facts),
            "subtitle": _subtitle(facts),
            "figures": _key_figures(facts),
            "sections": _sections(facts),
        },
    )


def _sections(facts: ReportFacts) -> tuple[Section, ...]:
    sections = (
        scores_section(facts),
        forecasts_section(facts),
        errors_section(facts),
        intervals_section(facts),
        residuals_section(facts),
        inputs_section(facts),
        learning_section(facts),
        data_section(facts),
        configuration_section(facts),
        resources_section(facts),
        environment_section(facts),
    )
    return tuple(section for section in sections if section is not None)


def _remarks(facts: ReportFacts) -> tuple[str, ...]:
    """Return what belongs beside the verdict: whether it can be chance, and untrue intervals."""
    findings = facts.findings
    if findings is None:
        return ()
    is_told = judge_run(facts).level is Level.EVEN  # the verdict itself says that it may be chance
    weighed = findings.difference if findings.difference and not is_told else None
    difference = (difference_sentence(weighed),) if weighed else ()
    coverage = misses(findings.intervals) if findings.intervals else ()
    return (*difference, *coverage)


def _subtitle(facts: ReportFacts) -> str:
    names = facts.dataset.table.target_names
    targets = ", ".join(names) if len(names) <= 3 else f"{len(names)} targets"  # noqa: PLR2004 - what a line holds
    dataset = facts.dataset
    return (
        f"{facts.model.title} forecasts {targets}: {dataset.lookback:,} rows seen, "
        f"{dataset.horizon:,} rows ahead, one row every {every(dataset.table.step)}."
    )


def _key_figures(facts: ReportFacts) -> tuple[KeyFigure, ...]:
    score = facts.score
    figures = [KeyFigure("Test MSE", scaled(score.mse), "scaled")]
    if len(score.targets) == 1:
        target = score.targets[0]
        value = quantity(target.mae, target.unit)
        figures.append(KeyFigure("Typical error", value, f"MAE of {target.target}"))
    else:
        figures.append(KeyFigure("Test MAE", scaled(score.mae), "scaled"))
    memory = byte_count(facts.memory.peak_resident_bytes)
    return (
        *figures,
        KeyFigure(
            "Trained in",
            duration(facts.timing.seconds),
            f"on the {facts.environment.device.kind.upper()}",
        ),
        KeyFigure("Parameters", count(facts.model.parameters), facts.model.title),
        KeyFigure("Peak memory", memory, "of the process"),
    )
