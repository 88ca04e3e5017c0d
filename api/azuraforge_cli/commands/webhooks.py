"""``azuraforge webhooks``: whom a service tells that a job has ended."""

from pathlib import Path
from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, Output, Yes, chosen_output, examples

__all__ = ["app"]

WebhookId = Annotated[int, typer.Argument(metavar="ID", help="The webhook's number.")]
DeliveryId = Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.")]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event", metavar="END", help="finished, failed or cancelled. May be repeated. Else all."
    ),
]
Pipeline = Annotated[
    str | None, typer.Option("--pipeline", metavar="NAME", help="Only jobs of this plugin.")
]
Owner = Annotated[
    str | None, typer.Option("--owner", metavar="NAME", help="Only jobs of this creator.")
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        metavar="FILE",
        help="What messages are signed with, 16 characters or more; - reads stdin.",
    ),
]
Limit = Annotated[int, typer.Option("--limit", min=0, help="At most; 0: all.")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0, metavar="SECONDS", help="How long to wait for it.")
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Webhooks of a service: messages to other programs when jobs end. For admins.",
)


@app.command(
    "create",
    epilog=examples(
        "azuraforge webhooks create https://chat.example.com/hook --event failed > secret.txt",
        "azuraforge webhooks create https://ci.example.com/af --secret-file secret.txt",
    ),
)
def create_webhook(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages go.")],
    event: Events = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
    secret_file: SecretFile = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Create a webhook.

    Where no secret is given one is made, and printed on standard output, now and never
    again; all else that is said goes to standard error.
    """
    from azuraforge_cli.service import webhooks  # noqa: PLC0415 - --help stays fast

    said = webhooks.Said(url, event, pipeline, owner, secret_file)
    webhooks.create_webhook(said, chosen_output(output, as_json=as_json))


@app.command(
    "list", epilog=examples("azuraforge webhooks list", "azuraforge webhooks list -o wide")
)
def list_webhooks(limit: Limit = 50, output: Output = None, as_json: AsJson = False) -> None:
    """List webhooks, the newest first."""
    from azuraforge_cli.service import webhooks  # noqa: PLC0415 - --help stays fast

    webhooks.list_webhooks(limit, chosen_output(output, as_json=as_json))


@app.command("get", epilog=examples("azuraforge webhooks get 3 -o yaml"))
def get_webhook(webhook: WebhookId, output: Output = None, as_json: AsJson = False) -> None:
    """Show a webhook."""
    from azuraforge_cli.service import webhooks  # noqa: PLC0415 - --help stays fast

    webhooks.show_webhook(webhook, chosen_output(output, as_json=as_json))


@app.command(
    "change",
    epilog=examples(
        "azuraforge webhooks change 3 --inactive",
        "azuraforge webhooks change 3 --active --event failed --event cancelled",
        "azuraforge webhooks change 3 --secret-file fresh.txt",
    ),
)
def change_webhook(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    webhook: WebhookId,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Where messages go.")
    ] = None,
    event: Events = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
    secret_file: SecretFile = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether anything is sent.")
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named of a webhook; the rest stays."""
    from azuraforge_cli.service import webhooks  # noqa: PLC0415 - --help stays fast

    said = webhooks.Said(url, event, pipeline, owner, secret_file, active)
    webhooks.change_webhook(webhook, said, chosen_output(output, as_json=as_json))


@app.command("delete", epilog=examples("azuraforge webhooks delete 3 --yes"))
def delete_webhook(webhook: WebhookId, yes: Yes = False) -> None:
    """Delete a webhook and its deliveries, also those that wait."""
    from azuraforge_cli.service import webhooks  # noqa: PLC0415 - --help stays fast

    webhooks.delete_webhook(webhook, is_granted=yes)


@app.command("test", epilog=examples("azuraforge webhooks test 3"))
def send_test(webhook: WebhookId, timeout: Timeout = 60.0, as_json: AsJson = False) -> None:
    """Send a message that tells nothing, and wait for what becomes of it.

    Exits with 69 when it did not arrive, and says why.
    """
    from azuraforge_cli.service import deliveries  # noqa: PLC0415 - --help stays fast

    deliveries.send_test(webhook, timeout, as_json=as_json)


@app.command(
    "deliveries",
    epilog=examples(
        "azuraforge webhooks deliveries 3",
        "azuraforge webhooks deliveries 3 --state dead -o wide",
    ),
)
def list_deliveries(
    webhook: WebhookId,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Only pending, delivered or dead."),
    ] = None,
    limit: Limit = 50,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """List what was and will be sent, the newest first; kept for 30 days after its end."""
    from azuraforge_cli.service import deliveries  # noqa: PLC0415 - --help stays fast

    deliveries.list_deliveries(webhook, state, limit, chosen_output(output, as_json=as_json))


@app.command(
    "redeliver",
    epilog=examples("azuraforge webhooks redeliver 3 5f0c2f6de5a54c4bb8a1f6a3b4a0c3de"),
)
def redeliver(
    webhook: WebhookId, delivery: DeliveryId, timeout: Timeout = 60.0, as_json: AsJson = False
) -> None:
    """Send a delivery that has ended again, and wait for what becomes of it.

    Exits with 69 when it did not arrive, and says why.
    """
    from azuraforge_cli.service import deliveries  # noqa: PLC0415 - --help stays fast

    deliveries.redeliver(webhook, delivery, timeout, as_json=as_json)
