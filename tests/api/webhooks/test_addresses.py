"""Where messages may go, judged by what a name resolves to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_api.webhooks.addresses import AddressPolicy, RefusedAddressError
from azuraforge_api.webhooks.sender import Message, WebhookSender
from azuraforge_api.webhooks.worker import wait_before

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]", "[fd00:ec2::254]", "100.100.100.200", "0", "[::]",
        "224.0.0.1", "255.255.255.255", "2852039166", "0xa9fea9fe",
    ],
)  # fmt: skip
async def test_addresses_of_no_receiver_are_refused(host: str) -> None:
    """Metadata services and the like are refused in every spelling, named by an admin or not."""
    for policy in (AddressPolicy(), AddressPolicy(("*",))):
        with pytest.raises(RefusedAddressError, match="no receiver"):
            await policy.resolve(f"http://{host}/")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_this_machine_is_a_receiver_only_by_name(host: str) -> None:
    """Loopback is refused unless the settings name the host."""
    url = f"http://{host}:5432/"
    with pytest.raises(RefusedAddressError, match="AZURAFORGE_WEBHOOK_ALLOWED_HOSTS"):
        await AddressPolicy().resolve(url)
    assert await AddressPolicy((host.strip("[]"),)).resolve(url)


async def test_hosts_can_be_limited() -> None:
    """Where the settings name hosts, no other one is spoken to; private addresses are usual."""
    policy = AddressPolicy(("*.example.com", "10.0.0.7"))
    assert await policy.resolve("https://10.0.0.7/hook") == ["10.0.0.7"]
    for host in ("10.0.0.8", "example.com.evil.test", "example.com"):
        with pytest.raises(RefusedAddressError, match="not among"):
            await policy.resolve(f"http://{host}/")
    assert await AddressPolicy().resolve("http://192.168.1.5:8080/") == ["192.168.1.5"]


async def test_a_refused_address_is_never_connected_to() -> None:
    """The refusal is an outcome with its reason, told without a single packet."""
    sender = WebhookSender(AddressPolicy(), timeout_seconds=5)
    message = Message("http://169.254.169.254/", "x" * 16, "0" * 32, "test", b"{}")
    outcome = await sender.send(message)
    await sender.close()
    assert outcome.status is None
    assert outcome.error == "169.254.169.254 resolves to 169.254.169.254, which is no receiver's"


@given(attempt=st.integers(2, 100), first=st.floats(0.1, 3600))
def test_waits_grow_and_end_at_an_hour(attempt: int, first: float) -> None:
    """Each wait is at least half of its whole, and none is longer than an hour."""
    wait = wait_before(attempt, first).total_seconds()
    whole = min(3600.0, first * 3.0 ** (attempt - 2))
    assert whole / 2 - 1e-5 <= wait <= whole + 1e-5
