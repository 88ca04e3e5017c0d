"""What the run took and where: time by phase, memory, device, versions."""

from azuraforge_core.report.document import Block, Column, Section, Share, Shares, Table
from azuraforge_core.report.facts import DeviceFacts, ReportFacts
from azuraforge_core.report.numbers import byte_count, count, duration

__all__ = ["environment_section", "resources_section"]

DIGEST_DIGITS = 16


def resources_section(facts: ReportFacts) -> Section:
    """Return where the time went, and the memory."""
    timing, memory = facts.timing, facts.memory
    rows = [("Time in all", duration(timing.seconds))]
    if timing.steps:
        rows.append(("Training steps", count(timing.steps)))
    if timing.samples_per_second is not None:
        rows.append(("Windows trained per second", count(round(timing.samples_per_second))))
    rows.append(("Peak memory of the process", byte_count(memory.peak_resident_bytes)))
    if memory.peak_gpu_bytes is not None:
        rows.append(("Peak memory on the GPU", byte_count(memory.peak_gpu_bytes)))
    rows.append(("Trained parameters", count(facts.model.parameters)))
    columns = (Column("Measure"), Column("Value", is_number=True))
    blocks: list[Block] = [Table("Time, memory and size", columns, tuple(rows))]
    if timing.phases:
        blocks.insert(0, _phases(facts))
    return Section("resources", "Time and memory", tuple(blocks))


def environment_section(facts: ReportFacts) -> Section:
    """Return device, processor and versions."""
    run, environment = facts.run, facts.environment
    rows = [
        ("Job", f"{run.name} ({run.uid})"),
        ("Pipeline", f"{run.pipeline} {run.pipeline_version}"),
        ("Seed", str(run.seed)),
        ("Attempt", _attempt(facts)),
        ("Device", _device(environment.device)),
        ("Processor", f"{environment.cpu_name}, {environment.cpu_count} CPUs"),
        ("Threads of the linear algebra library", str(environment.threads)),
        ("System", environment.platform),
    ]
    if facts.dataset.digest:
        outcome = facts.dataset.cache_outcome.lower()
        digest = facts.dataset.digest[:DIGEST_DIGITS]
        rows.append(("Data digest", f"{digest} (cache {outcome})" if outcome else digest))
    columns = (Column("Fact"), Column("Value"))
    versions = Table("Versions", (Column("Package"), Column("Version")), environment.versions)
    table = Table("Run and machine", columns, tuple(rows))
    return Section("environment", "Where it was trained", (table, versions))


def _phases(facts: ReportFacts) -> Shares:
    shares = (
        Share(phase.name, phase.seconds, f"{phase.name}: {duration(phase.seconds)}")
        for phase in facts.timing.phases
    )
    return Shares("Where the time went", tuple(shares))


def _attempt(facts: ReportFacts) -> str:
    number = str(facts.run.attempt + 1)
    step = facts.run.resumed_from_step
    return number if step is None else f"{number}, resumed from step {step:,}"


def _device(device: DeviceFacts) -> str:
    parts = [device.kind.upper(), device.name]
    if device.memory_bytes is not None:
        parts.append(byte_count(device.memory_bytes))
    if device.compute_capability:
        parts.append(f"compute capability {device.compute_capability}")
    if device.driver:
        parts.append(device.driver)
    return ", ".join(parts)
