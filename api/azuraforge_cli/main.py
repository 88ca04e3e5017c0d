"""Entry point of the command ``azuraforge``: the list of commands, and the edge of the process.

A failure that AzuraForge explains is shown as its message and remedy on stderr and becomes its exit
code; a traceback is for our own bugs, and is shown only with ``--debug``.
"""

import errno
import importlib.metadata
import sys
import traceback
from typing import Annotated, Final

import typer

from azuraforge_cli.commands import (
    audit,
    backtest,
    backup,
    cache,
    compare,
    datasets,
    db,
    doctor,
    export,
    jobs,
    login,
    logs,
    models,
    plugins,
    predict,
    report,
    restore,
    run,
    status,
    tokens,
    up,
    validate,
    webhooks,
)
from azuraforge_cli.commands.options import examples
from azuraforge_cli.failures import CommandFailure
from azuraforge_contract.errors import AzuraForgeError
from azuraforge_contract.exit_codes import ExitCode

__all__ = ["app", "main"]

_DEBUG: Final = "--debug"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Where what a command prints goes, for instance."""

app = typer.Typer(
    name="azuraforge",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich's help costs half a second before the first letter appears
)
app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("up", epilog=up.EXAMPLES)(up.up)
app.command("validate", epilog=validate.EXAMPLES)(validate.validate)
app.command("backtest", epilog=backtest.EXAMPLES)(backtest.backtest)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("status", epilog=status.EXAMPLES)(status.show_status)
app.command("export", epilog=export.EXAMPLES)(export.export)
app.command("predict", epilog=predict.EXAMPLES)(predict.predict)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("login", epilog=login.EXAMPLES)(login.login)
app.command("logout", epilog=login.LOGOUT_EXAMPLES)(login.logout)
app.add_typer(jobs.app, name="jobs")
app.command("logs", epilog=logs.EXAMPLES)(logs.logs)
app.add_typer(datasets.app, name="datasets")
app.add_typer(models.app, name="models")
app.command("compare", epilog=compare.EXAMPLES)(compare.compare)
app.add_typer(plugins.app, name="plugins")
app.add_typer(tokens.app, name="tokens")
app.add_typer(webhooks.app, name="webhooks")
app.command("audit", epilog=audit.EXAMPLES)(audit.audit)
app.command("backup", epilog=backup.EXAMPLES)(backup.backup)
app.command("restore", epilog=restore.EXAMPLES)(restore.restore)
app.add_typer(cache.app, name="cache")
app.add_typer(db.app, name="db")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"azuraforge {importlib.metadata.version('azuraforge')}")
        raise typer.Exit


@app.callback(
    epilog=examples(
        "azuraforge validate -f examples/weather.yaml    check a job file without running it",
        "azuraforge run -f examples/weather.yaml         train, and write the report",
        "azuraforge predict jfk-temperature-1            forecast with what was trained",
        "azuraforge plugins list                         what can be trained",
        "azuraforge login http://127.0.0.1:8000          use a service: jobs, models, datasets",
        "azuraforge jobs create -f job.yaml --follow     train there",
        "azuraforge doctor                               whether the GPU can be used",
    )
)
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show the traceback of a failure, with any command.")
    ] = False,
) -> None:
    """Train models from a job file, on this machine or on your cluster.

    A job file is a Kubernetes object; the very same file trains here and there.

    Exit codes: 0 done, 2 wrong usage, 64 job file, 65 data, 66 not found, 69 source or
    service not reachable, 70 a bug of ours, 71 GPU memory, 73 conflict, 74 disk,
    75 stopped at a checkpoint (go on with --resume), 76 the loss diverged, 77 not logged
    in or not allowed, 78 the GPU cannot be used, 124 waited too long, 130 stopped at once.
    """


def main() -> None:
    """Run the command and leave the process with its exit code."""
    arguments = sys.argv[1:]
    wants_traceback = _DEBUG in arguments
    try:
        app(args=[argument for argument in arguments if argument != _DEBUG])
    except Exception as error:  # noqa: BLE001 - the process's edge: nothing may leave as a traceback
        if wants_traceback:
            traceback.print_exception(error)
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Print a failure for a person on stderr and return its exit code."""
    if isinstance(error, AzuraForgeError):
        typer.echo(f"Error: {error.message}", err=True)
        if error.remedy:
            typer.echo(error.remedy, err=True)
        return error.code if isinstance(error, CommandFailure) else error.exit_code
    if isinstance(error, OSError) and error.errno in _FULL:
        typer.echo(f"Error: Cannot write: {error.strerror}.", err=True)
        typer.echo("Free some space, or write to another place.", err=True)
        return ExitCode.STORAGE_ERROR
    typer.echo(f"Error: {type(error).__name__}: {error}", err=True)
    typer.echo(
        f"This is a bug of AzuraForge. Please report it with what the command says with {_DEBUG}.",
        err=True,
    )
    return ExitCode.INTERNAL_ERROR
