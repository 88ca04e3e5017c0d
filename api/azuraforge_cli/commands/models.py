"""``azuraforge models``: the model library of a service."""

from pathlib import Path
from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, Out, Output, Yes, chosen_output, examples

__all__ = ["app"]

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL[@VERSION]",
        help="Such as weather, weather@3 or weather@champion; the newest otherwise.",
    ),
]
Version = Annotated[
    str, typer.Argument(metavar="MODEL@VERSION", help="Such as weather@3 or weather@latest.")
]
Name = Annotated[str, typer.Argument(metavar="MODEL", help="Its name, such as weather.")]
Alias = Annotated[str, typer.Argument(metavar="ALIAS", help="A word, such as champion.")]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The model library of a service.\n\n"
    "To forecast with one of its models: `azuraforge predict MODEL@VERSION`.",
)


@app.command(
    "list",
    epilog=examples("azuraforge models list", "azuraforge models list --alias champion -o wide"),
)
def list_models(
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Only with this in the name.")
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="NAME", help="Only of this plugin.")
    ] = None,
    alias: Annotated[
        str | None, typer.Option("--alias", metavar="ALIAS", help="Only with this alias.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most; 0: all.")] = 50,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """List models by name, each with its newest version."""
    from azuraforge_cli.service import models  # noqa: PLC0415 - --help stays fast
    from azuraforge_client.resources.models import ModelFilter  # noqa: PLC0415 - likewise

    wanted = ModelFilter()
    if text is not None:
        wanted["text"] = text
    if pipeline is not None:
        wanted["pipeline"] = pipeline
    if alias is not None:
        wanted["alias"] = alias
    models.list_models(wanted, limit, chosen_output(output, as_json=as_json))


@app.command("versions", epilog=examples("azuraforge models versions weather -o wide"))
def list_versions(model: Name, output: Output = None, as_json: AsJson = False) -> None:
    """List a model's versions, the newest first."""
    from azuraforge_cli.service import models  # noqa: PLC0415 - --help stays fast

    models.list_versions(model, chosen_output(output, as_json=as_json))


@app.command(
    "get",
    epilog=examples(
        "azuraforge models get weather", "azuraforge models get weather@champion --json"
    ),
)
def get_model(model: Model, output: Output = None, as_json: AsJson = False) -> None:
    """Show a version: its figures beside baselines, and where it comes from."""
    from azuraforge_cli.service import models  # noqa: PLC0415 - --help stays fast

    models.show_model(model, chosen_output(output, as_json=as_json))


@app.command(
    "alias",
    epilog=examples(
        "azuraforge models alias weather@3 champion",
        "azuraforge models alias weather champion --remove",
    ),
)
def set_alias(
    model: Model,
    alias: Alias,
    remove: Annotated[bool, typer.Option("--remove", help="Take the alias away.")] = False,
) -> None:
    """Let an alias stand for a version; the move is recorded."""
    from azuraforge_cli.service import models  # noqa: PLC0415 - --help stays fast

    if remove:
        models.remove_alias(model, alias)
    else:
        models.move_alias(model, alias)


@app.command(
    "promote",
    epilog=examples(
        "azuraforge models promote weather@latest champion",
        "azuraforge models promote weather@4 champion --metric test.mae",
    ),
)
def promote_model(
    model: Version,
    alias: Alias,
    metric: Annotated[
        str, typer.Option("--metric", metavar="NAME", help="The figure that decides.")
    ] = "test.mse",
    higher: Annotated[
        bool, typer.Option("--higher", help="Higher is better; lower is otherwise.")
    ] = False,
) -> None:
    """Let an alias stand for a version if that is better than the one it stands for.

    Exits with 73 when it is not better: the alias stays.
    """
    from azuraforge_cli.service import models  # noqa: PLC0415 - --help stays fast

    models.promote_model(models.Promotion(model, alias, metric, higher))


@app.command(
    "download",
    epilog=examples(
        "azuraforge models download weather@champion",
        "azuraforge models download weather@3 --out model.zip",
    ),
)
def download_model(model: Model, out: Out = Path()) -> None:
    """Fetch a version's folder as a zip file: unpacked, it is for `azuraforge predict`."""
    from azuraforge_cli.service import model_files  # noqa: PLC0415 - --help stays fast

    model_files.download_model(model, out)


@app.command("export", epilog=examples("azuraforge models export weather@champion --out w.onnx"))
def export_model(model: Model, out: Out = Path()) -> None:
    """Fetch a version as ONNX, which other programs can run."""
    from azuraforge_cli.service import model_files  # noqa: PLC0415 - --help stays fast

    model_files.export_model(model, out)


@app.command("report", epilog=examples("azuraforge models report weather@3 --out weather.html"))
def write_report(model: Model, out: Out = Path("report.html")) -> None:
    """Fetch the report of the run that made a version: one page for any browser."""
    from azuraforge_cli.service import model_files  # noqa: PLC0415 - --help stays fast

    model_files.fetch_report(model, out)


@app.command(
    "import",
    epilog=examples(
        "azuraforge models import runs/weather-1",
        "azuraforge models import weather-1 --model weather --alias candidate",
    ),
)
def import_run(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A finished run's folder, its name below runs/, or a zip of it."
        ),
    ],
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Its name; else as the job says.")
    ] = None,
    alias: Annotated[
        str | None, typer.Option("--alias", metavar="ALIAS", help="That moves to it.")
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Take a run that was trained on this machine into the service's library."""
    from azuraforge_cli.service import model_files  # noqa: PLC0415 - --help stays fast

    model_files.import_run(run, model, alias, chosen_output(output, as_json=as_json))


@app.command("delete", epilog=examples("azuraforge models delete weather@2 --yes"))
def delete_model(model: Version, yes: Yes = False) -> None:
    """Delete a version and its files, for ever; refused while an alias stands for it (73)."""
    from azuraforge_cli.service import models  # noqa: PLC0415 - --help stays fast

    models.delete_model(model, is_granted=yes)
