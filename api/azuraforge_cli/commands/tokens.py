"""``azuraforge tokens``: what programs and people log in with."""

from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, Output, Yes, chosen_output, examples

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Tokens of a service: give them, see them, revoke them. For admins.\n\n"
    "Roles: a viewer sees, an editor also makes and changes, an admin also gives tokens.",
)


@app.command(
    "create",
    epilog=examples(
        "azuraforge tokens create nightly-ci --expires 30d > token.txt",
        "azuraforge tokens create dashboard --role viewer --expires 2027-01-31",
        "azuraforge tokens create deploy --expires 1y | vault kv put kv/azuraforge token=-",
    ),
)
def create_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom or what it is for.")],
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help="viewer, editor or admin.")
    ] = "editor",
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="WHEN",
            help="After 12h, 30d, 8w or 1y; or at a time in UTC, 2027-01-31. Never otherwise.",
        ),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Create a token.

    Its secret is printed on standard output, now and never again; all else that is said
    goes to standard error.
    """
    from azuraforge_cli.service import tokens  # noqa: PLC0415 - --help stays fast

    tokens.create_token(name, role, expires, chosen_output(output, as_json=as_json))


@app.command(
    "list", epilog=examples("azuraforge tokens list", "azuraforge tokens list --valid -o wide")
)
def list_tokens(
    valid: Annotated[
        bool, typer.Option("--valid", help="Only those that are neither over nor revoked.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most; 0: all.")] = 50,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """List tokens, the newest first, without their secrets."""
    from azuraforge_cli.service import tokens  # noqa: PLC0415 - --help stays fast

    tokens.list_tokens(limit, chosen_output(output, as_json=as_json), only_valid=valid)


@app.command(
    "revoke", epilog=examples("azuraforge tokens revoke 7", "azuraforge tokens revoke ci --yes")
)
def revoke_token(
    token: Annotated[
        str,
        typer.Argument(metavar="ID|NAME", help="Its number; or its name, if one valid has it."),
    ],
    yes: Yes = False,
) -> None:
    """Revoke a token, for ever: the next request with it is refused."""
    from azuraforge_cli.service import tokens  # noqa: PLC0415 - --help stays fast

    tokens.revoke_token(token, is_granted=yes)
