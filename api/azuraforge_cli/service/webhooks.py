"""What ``azuraforge webhooks`` does with webhooks themselves."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import (
    age_text,
    ask,
    print_document,
    print_documents,
    print_facts,
    print_rows,
)
from azuraforge_cli.service.secret_text import read_secret
from azuraforge_client.resources.webhooks import Webhook, WebhookSettings
from azuraforge_contract.errors import JobFileError

__all__ = [
    "Said",
    "change_webhook",
    "create_webhook",
    "delete_webhook",
    "list_webhooks",
    "show_webhook",
]

_TITLES: Final = ("ID", "URL", "EVENTS", "ACTIVE", "AGE")
_WIDE_TITLES: Final = (*_TITLES, "PIPELINE", "OF", "CREATED BY")


@dataclass(frozen=True)
class Said:
    """What a person says of a webhook; None: nothing.

    Attributes:
        url: where messages go.
        events: which ends of jobs are told.
        pipeline: only jobs of this plugin.
        owner: only jobs of this creator.
        secret_file: with what messages are signed with.
        is_active: whether anything is sent.
    """

    url: str | None
    events: Sequence[str] | None
    pipeline: str | None
    owner: str | None
    secret_file: Path | None
    is_active: bool | None = None

    def settings(self) -> WebhookSettings:
        """Return what is said as the client takes it; an empty text takes a filter away.

        Raises:
            CommandFailure: the secret is none.
            StorageError: its file cannot be read.
        """
        settings = WebhookSettings()
        if self.url is not None:
            settings["url"] = self.url
        if self.events:
            settings["events"] = list(self.events)
        if self.pipeline is not None:
            settings["pipeline"] = self.pipeline or None
        if self.owner is not None:
            settings["owner"] = self.owner or None
        if self.secret_file is not None:
            settings["secret"] = read_secret(self.secret_file, "secret")
        if self.is_active is not None:
            settings["is_active"] = self.is_active
        return settings


def create_webhook(said: Said, output: ServiceOutput | None) -> None:
    """Create a webhook; show its secret where the service made it, the only time."""
    settings = said.settings()
    with open_service() as client:
        made = client.webhooks.create(**settings)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(made.to_document(), output)
        return
    events = ", ".join(made.events)
    typer.echo(
        f"Webhook {made.id} tells {made.url} of jobs that are {events}. "
        f"azuraforge webhooks test {made.id}",
        err=True,
    )
    if said.secret_file is None:
        typer.echo("Its messages are signed with this, shown once:", err=True)
        typer.echo(made.secret)


def list_webhooks(most: int, output: ServiceOutput | None) -> None:
    """Print webhooks, the first ``most`` of them (0: all)."""
    with open_service() as client:
        found = list(itertools.islice(client.webhooks.list(), most or None))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    is_wide = output is ServiceOutput.WIDE
    rows = [_row(each, is_wide=is_wide) for each in found]
    print_rows(_WIDE_TITLES if is_wide else _TITLES, rows, nothing="There is no webhook.")


def _row(hook: Webhook, *, is_wide: bool) -> list[str]:
    row = [
        str(hook.id),
        hook.url,
        ",".join(hook.events),
        "yes" if hook.is_active else "no",
        age_text(hook.created_at),
    ]
    return [*row, hook.pipeline or "any", hook.owner or "anybody", hook.created_by][
        : None if is_wide else len(row)
    ]


def show_webhook(webhook: int, output: ServiceOutput | None) -> None:
    """Print one webhook."""
    with open_service() as client:
        found = client.webhooks.get(webhook)
    _show(found, output)


def _show(hook: Webhook, output: ServiceOutput | None) -> None:
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(hook.to_document(), output)
        return
    print_facts(
        [
            ("webhook", str(hook.id)),
            ("url", hook.url),
            ("events", ", ".join(hook.events)),
            ("pipeline", hook.pipeline or "any"),
            ("jobs of", hook.owner or "anybody"),
            ("active", "yes" if hook.is_active else "no: nothing is sent"),
            ("created", f"{age_text(hook.created_at)} ago by {hook.created_by}"),
        ]
    )


def change_webhook(webhook: int, said: Said, output: ServiceOutput | None) -> None:
    """Change what is said of a webhook.

    Raises:
        JobFileError: nothing is.
    """
    settings = said.settings()
    if not settings:
        raise JobFileError(
            "Nothing to change.",
            remedy="Say what: --url, --event, --pipeline, --owner, --secret-file, --inactive.",
        )
    with open_service() as client:
        changed = client.webhooks.change(webhook, **settings)
    _show(changed, output)


def delete_webhook(webhook: int, *, is_granted: bool) -> None:
    """Delete a webhook after a question."""
    with open_service() as client:
        found = client.webhooks.get(webhook)
        shown = f"webhook {found.id} to {found.url}"
        ask(f"Delete {shown} and its deliveries for ever?", is_granted=is_granted)
        client.webhooks.delete(found.id)
    typer.echo(f"Deleted {shown}.")
