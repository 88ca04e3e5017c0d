"""What the forecast lives from: permutation importance of the inputs."""

from azuraforge_core.report.document import Block, Column, Fold, Paragraph, Section, Table
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.findings import ImportanceFacts
from azuraforge_core.report.numbers import percent, scaled, signed_percent

__all__ = ["inputs_section"]

SHOWN = 15
NEGLIGIBLE = 0.001


def inputs_section(facts: ReportFacts) -> Section | None:
    """Return how much worse the forecast gets without each input."""
    importance = facts.findings.importance if facts.findings else None
    if importance is None:
        return None
    blocks: list[Block] = [Paragraph(_intro(importance))]
    blocks.append(_table(importance, slice(0, SHOWN), "The inputs, most important first"))
    if len(importance.inputs) > SHOWN:
        rest = _table(importance, slice(SHOWN, None), "The other inputs")
        blocks.append(Fold(f"The other inputs ({len(importance.inputs) - SHOWN})", (rest,)))
    blocks.append(Paragraph(_caveat(importance)))
    return Section("inputs", "What the forecast lives from", tuple(blocks))


def _intro(importance: ImportanceFacts) -> str:
    unused = [one.name for one in importance.inputs if abs(one.increase) < NEGLIGIBLE]
    told = ""
    if unused:
        shown = ", ".join(unused[:SHOWN])
        more = f" and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
        told = f" The model makes no use of {shown}{more}."
    return (
        "Each input is taken from another window while all others stay; the more the error grows, "
        "the more the forecast lives from that input. "
        f"{importance.windows:,} test windows (MSE {scaled(importance.mse)}), "
        f"{importance.repeats} repeats, seed {importance.seed}.{told}"
    )


def _caveat(importance: ImportanceFacts) -> str:
    text = (
        "This says what this model uses, not what causes what. Inputs that say much the same stand "
        "in for one another: each then looks less important than both are together."
    )
    if importance.correlated:
        pairs = ", ".join(f"{a} and {b} ({r:.2f})" for a, b, r in importance.correlated)
        text += f" Such pairs here, with their correlation: {pairs}."
    if importance.left_out:
        text += f" {importance.left_out} further inputs were not tried."
    return text


def _table(importance: ImportanceFacts, chosen: slice, caption: str) -> Table:
    largest = max((one.increase for one in importance.inputs), default=0.0)
    inputs = importance.inputs[chosen]
    return Table(
        caption=caption,
        columns=(
            Column("Input"),
            Column("Role"),
            Column("Error without it", is_number=True),
            Column("Over the repeats", is_number=True),
        ),
        rows=tuple(
            (
                one.name,
                one.role,
                signed_percent(one.increase),
                _span(one.least, one.most),
            )
            for one in inputs
        ),
        bar_column=2,
        bars=tuple(max(0.0, one.increase / largest) if largest > 0 else 0.0 for one in inputs),
    )


def _span(least: float, most: float) -> str:
    if percent(least) == percent(most):
        return signed_percent(least)
    return f"{signed_percent(least)} … {signed_percent(most)}"
