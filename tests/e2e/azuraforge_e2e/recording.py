"""Every object of a kind that was ever there, also one that was deleted a moment after.

For tests that must see a second child of an attempt even if somebody removes it again.
"""

import threading
from types import TracebackType
from typing import Final, Self

from azuraforge_e2e.api_server import ApiServer

__all__ = ["Recording"]

_WATCH_SECONDS: Final = 3


class Recording:
    """Watches the objects of a kind in a namespace as long as it is open.

    Args:
        api: the API server, which has to stay up meanwhile.
        kind: such as Job.
        namespace: where.
    """

    def __init__(self, api: ApiServer, kind: str, namespace: str) -> None:
        self._api, self._kind, self._namespace = api, kind, namespace
        self._uids: dict[str, set[str]] = {}
        self._version = ""
        self._is_over = threading.Event()
        self._trouble: Exception | None = None
        self._thread = threading.Thread(target=self._record, name=f"recording-{kind}", daemon=True)

    def __enter__(self) -> Self:
        """Record from now on."""
        self._version = self._api.version(self._kind, self._namespace)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Record what has happened up to now, and end."""
        self._is_over.set()
        self._thread.join()

    def uids(self) -> dict[str, set[str]]:
        """Return name → uids of all objects that have borne it; once the recording is over.

        Raises:
            AssertionError: the recording has gaps.
        """
        assert self._trouble is None, f"The recording has a gap: {self._trouble!r}"
        return self._uids

    def _record(self) -> None:
        try:
            while True:
                is_last = self._is_over.is_set()  # before the watch: it sees all up to here
                self._watch()
                if is_last:
                    return
        except Exception as error:  # noqa: BLE001 - told by `uids`, on the test's own thread
            self._trouble = error

    def _watch(self) -> None:
        found = self._api.watch(self._kind, self._namespace, self._version, seconds=_WATCH_SECONDS)
        for event in found:
            assert event["type"] != "ERROR", event
            metadata = event["object"]["metadata"]
            self._uids.setdefault(metadata["name"], set()).add(metadata["uid"])
            self._version = metadata["resourceVersion"]
