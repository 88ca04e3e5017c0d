"""``azuraforge report``: the page that shows what a run trained, drawn anew, or several runs."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["EXAMPLES", "report"]

EXAMPLES: Final = examples(
    "azuraforge report runs/nyc-temperature-1                       into the run's folder",
    "azuraforge report nyc-temperature-1 --out report.html",
    "azuraforge report nyc-temperature-1 --json                     the scores, for scripts",
    "azuraforge report nyc-temperature-1 nyc-temperature-2 --compare",
    "azuraforge report runs/* --compare --out scores.csv            the table alone",
)


def report(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="A finished run's folder, or its name below runs/."),
    ],
    compare: Annotated[
        bool, typer.Option("--compare", help="Put two to eight runs side by side.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to write the page; of a comparison also FILE.csv, the table alone. "
            "Default: the run's report/report.html; of a comparison, comparison.html here.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a finished run's report anew, or compare runs.

    The page is one file: open it in any browser, send it to anybody, print it. It needs no network.

    Only the run's folder is needed, wherever it lies now: no plugin, no data.
    """
    from azuraforge_cli.report import compare_runs, draw_report  # noqa: PLC0415 - --help stays fast

    if compare:
        compare_runs(runs, out, as_json=as_json)
    else:
        draw_report(runs, out, as_json=as_json)
