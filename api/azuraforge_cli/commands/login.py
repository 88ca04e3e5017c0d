"""``azuraforge login`` and ``azuraforge logout``: which service the command speaks with."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["EXAMPLES", "LOGOUT_EXAMPLES", "login", "logout"]

EXAMPLES: Final = examples(
    "azuraforge login 'http://127.0.0.1:8000/login#azf_…'           the link of azuraforge up",
    "azuraforge login http://127.0.0.1:8000                         asks for the token",
    "azuraforge login https://azuraforge.example.com --token-file token.txt",
    "vault read -field=token kv/azuraforge | azuraforge login https://azuraforge.example.com",
)
LOGOUT_EXAMPLES: Final = examples("azuraforge logout")


def login(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="The service, such as http://127.0.0.1:8000, or a login link."
        ),
    ],
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", metavar="FILE", help="Read the token from a file; - reads stdin."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Log in to a service: check a token and keep it for jobs, models and the like.

    The token is asked for without showing it, or read from stdin or a file; never from
    the command line, which others on this machine can see. It is kept in
    ~/.config/azuraforge/login.json (or below XDG_CONFIG_HOME), readable by you only.

    A login link of an admin, such as `azuraforge up` prints, is used up and makes the
    token itself; `azuraforge tokens list` shows it as yours.

    Where AZURAFORGE_URL and AZURAFORGE_TOKEN are set, they go before it.

    Exits with 77 when the service does not know the token, 69 when it does not answer.
    """
    from azuraforge_cli.service.login import log_in  # noqa: PLC0415 - --help stays fast

    log_in(url, token_file, as_json=as_json)


def logout() -> None:
    """Forget the token that `azuraforge login` kept. It stays valid: an admin revokes it."""
    from azuraforge_cli.service.login import log_out  # noqa: PLC0415 - --help stays fast

    log_out()
