"""What compared runs have in common and what not: configuration, then time, memory and machine."""

from collections.abc import Sequence

from azuraforge_core.report.compared_run import ComparedRun
from azuraforge_core.report.document import Block, Column, Fold, Paragraph, Section, Table
from azuraforge_core.report.numbers import NONE, byte_count, count, duration

__all__ = ["compared_resources_section", "compared_settings_section"]

DIGEST_DIGITS = 16


def compared_settings_section(runs: Sequence[ComparedRun]) -> Section:
    """Return the settings that differ, and all others folded."""
    values = [{setting.path: setting.value for setting in run.facts.settings} for run in runs]
    paths = list(dict.fromkeys(path for settings in values for path in settings))
    rows = [(path, *(settings.get(path, NONE) for settings in values)) for path in paths]
    differing = tuple(row for row in rows if len(set(row[1:])) > 1)
    same = tuple(row[:2] for row in rows if len(set(row[1:])) == 1)
    blocks: list[Block] = [
        Table("Settings that differ", _columns(runs, "Field"), differing)
        if differing
        else Paragraph("No setting differs: the runs differ in seed, data or release.")
    ]
    if same:
        table = Table("Settings that all share", (Column("Field"), Column("Value")), same)
        blocks.append(Fold(f"Settings that all share ({len(same)})", (table,)))
    return Section("configuration", "How they were configured", tuple(blocks))


def compared_resources_section(runs: Sequence[ComparedRun]) -> Section:
    """Return time, memory, machine and lineage, a column for each run."""
    facts = [run.facts for run in runs]
    rows = (
        ("Time in all", *(duration(one.timing.seconds) for one in facts)),
        ("Training steps", *(count(one.timing.steps) for one in facts)),
        (
            "Windows trained per second",
            *(
                NONE
                if one.timing.samples_per_second is None
                else count(round(one.timing.samples_per_second))
                for one in facts
            ),
        ),
        ("Peak memory", *(byte_count(one.memory.peak_resident_bytes) for one in facts)),
        (
            "Peak memory on the GPU",
            *(
                NONE if one.memory.peak_gpu_bytes is None else byte_count(one.memory.peak_gpu_bytes)
                for one in facts
            ),
        ),
        ("Trained parameters", *(count(one.model.parameters) for one in facts)),
        ("Seed", *(str(one.run.seed) for one in facts)),
        ("Device", *(one.environment.device.name for one in facts)),
        ("Pipeline", *(f"{one.run.pipeline} {one.run.pipeline_version}" for one in facts)),
        ("Data digest", *(one.dataset.digest[:DIGEST_DIGITS] or NONE for one in facts)),
        ("Finished", *(one.run.finished.replace("T", " ")[:16] or NONE for one in facts)),
    )
    table = Table("Time, memory and machine", _columns(runs, "Measure"), rows)
    return Section("resources", "What they took", (table,))


def _columns(runs: Sequence[ComparedRun], first: str) -> tuple[Column, ...]:
    return (Column(first), *(Column(run.label) for run in runs))
