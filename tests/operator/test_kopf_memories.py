"""What Kopf remembers of objects, and what happens with a Kopf that is another inside."""

import asyncio
from typing import Any

import pytest
from kopf._core.reactor.inventory import ResourceMemories

from azuraforge_contract.errors import InternalError
from azuraforge_operator.serving.kopf_memories import forgetful_memories


def test_nothing_is_remembered() -> None:
    """However many objects are seen, no memory of them grows."""
    memories = forgetful_memories()

    async def see_many() -> None:
        for number in range(100):
            memory = await memories.recall({"metadata": {"uid": str(number)}})
            assert memory.memo is not None

    asyncio.run(see_many())
    assert list(memories.iter_all_memories()) == []


def test_an_unknown_kopf_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator does not run on a Kopf whose inside it does not know; it says which it needs."""

    async def recall(self: Any, raw_body: Any) -> None: ...

    monkeypatch.setattr(ResourceMemories, "recall", recall)
    with pytest.raises(InternalError, match=r"Install kopf >=1\.45,<1\.46"):
        forgetful_memories()
    monkeypatch.delattr("kopf._core.reactor.inventory.ResourceMemories")
    with pytest.raises(InternalError, match=r"Kopf .* is not supported"):
        forgetful_memories()
