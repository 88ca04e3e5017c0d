"""How it was configured: what the job file says first, the defaults after it."""

from azuraforge_core.report.document import Block, Column, Fold, Paragraph, Section, Table
from azuraforge_core.report.facts import ReportFacts, Setting
from azuraforge_core.report.numbers import NONE

__all__ = ["configuration_section"]


def configuration_section(facts: ReportFacts) -> Section:
    """Return the differences from the defaults, and all other fields folded."""
    chosen = [setting for setting in facts.settings if not setting.is_default]
    default = [setting for setting in facts.settings if setting.is_default]
    blocks: list[Block] = [
        _table("Set by the job file", chosen, beside_default=True)
        if chosen
        else Paragraph("The job file sets nothing: every field has its default.")
    ]
    if default:
        table = _table("Fields at their defaults", default, beside_default=False)
        blocks.append(Fold(f"Fields at their defaults ({len(default)})", (table,)))
    return Section("configuration", "How it was configured", tuple(blocks))


def _table(caption: str, settings: list[Setting], *, beside_default: bool) -> Table:
    default = (Column("Default"),) if beside_default else ()
    return Table(
        caption=caption,
        columns=(Column("Field"), Column("Value"), *default),
        rows=tuple(
            (
                setting.path,
                setting.value,
                *(
                    (NONE if setting.default is None else setting.default,)
                    if beside_default
                    else ()
                ),
            )
            for setting in settings
        ),
        row_notes=tuple(setting.description for setting in settings),
    )
