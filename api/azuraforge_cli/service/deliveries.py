"""What ``azuraforge webhooks`` does with messages: list them, send them, wait for them."""

import itertools
import time
from typing import Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.failures import CommandExitCode, CommandFailure
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import (
    age_text,
    print_document,
    print_documents,
    print_rows,
    time_text,
)
from azuraforge_client import Client
from azuraforge_client.resources.webhooks import Delivery
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.exit_codes import ExitCode

__all__ = ["list_deliveries", "redeliver", "send_test"]

_STATES: Final = ("pending", "delivered", "dead")
_TITLES: Final = ("ID", "EVENT", "STATE", "ATTEMPTS", "ANSWER", "AGE", "ERROR")
_WIDE_TITLES: Final = (*_TITLES, "NEXT ATTEMPT (UTC)", "EVENT ID")
_LOOK_SECONDS: Final = 0.25


def list_deliveries(
    webhook: int, state: str | None, most: int, output: ServiceOutput | None
) -> None:
    """Print deliveries, the first ``most`` of them (0: all).

    Raises:
        JobFileError: there is no such state.
    """
    if state is not None and state not in _STATES:
        raise JobFileError(f"There is no state {state!r}.", remedy=f"Use {', '.join(_STATES)}.")
    with open_service() as client:
        told = client.webhooks.deliveries(webhook, state=state)
        found = list(itertools.islice(told, most or None))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    is_wide = output is ServiceOutput.WIDE
    rows = [_row(each, is_wide=is_wide) for each in found]
    print_rows(_WIDE_TITLES if is_wide else _TITLES, rows, nothing="There is no such delivery.")


def _row(delivery: Delivery, *, is_wide: bool) -> list[str]:
    row = [
        delivery.id,
        delivery.event,
        delivery.state,
        str(delivery.attempts),
        "-" if delivery.answer_status is None else str(delivery.answer_status),
        age_text(delivery.created_at),
        delivery.error or "",
    ]
    following = "" if delivery.next_attempt_at is None else time_text(delivery.next_attempt_at)
    return [*row, following, delivery.event_id] if is_wide else row


def send_test(webhook: int, timeout_seconds: float, *, as_json: bool) -> None:
    """Send a message that tells nothing, and tell what becomes of it.

    Raises:
        CommandFailure: it did not arrive.
    """
    with open_service() as client:
        sent = client.webhooks.test(webhook)
        _tell(_outcome(client, webhook, sent, timeout_seconds), webhook, as_json=as_json)


def redeliver(webhook: int, delivery: str, timeout_seconds: float, *, as_json: bool) -> None:
    """Send a delivery again, and tell what becomes of it.

    Raises:
        CommandFailure: it did not arrive.
    """
    with open_service() as client:
        sent = client.webhooks.redeliver(webhook, delivery)
        _tell(_outcome(client, webhook, sent, timeout_seconds), webhook, as_json=as_json)


def _outcome(client: Client, webhook: int, sent: Delivery, timeout_seconds: float) -> Delivery:
    """Return a delivery after its first attempt; those that may follow come late.

    Raises:
        CommandFailure: the attempt took too long.
    """
    give_up = time.monotonic() + timeout_seconds
    while True:
        told = client.webhooks.delivery(webhook, sent.id)
        if told.state != "pending" or told.error is not None:
            return told
        if time.monotonic() >= give_up:
            raise CommandFailure(
                f"Delivery {sent.id} is still pending after {timeout_seconds:g} s.",
                CommandExitCode.TIMED_OUT,
                remedy=f"Look again: azuraforge webhooks deliveries {webhook}",
            )
        time.sleep(_LOOK_SECONDS)


def _tell(delivery: Delivery, webhook: int, *, as_json: bool) -> None:
    if as_json:
        print_document(delivery.to_document(), None)
    if delivery.state == "delivered":
        if not as_json:
            typer.echo(f"Delivered: the receiver answered {delivery.answer_status}.")
        return
    following = "It is not tried again."
    if delivery.next_attempt_at is not None:
        following = f"It is tried again at {time_text(delivery.next_attempt_at)} UTC."
    raise CommandFailure(
        f"The message did not arrive: {delivery.error}",
        ExitCode.SOURCE_UNREACHABLE,
        remedy=f"{following} azuraforge webhooks deliveries {webhook}",
    )
