"""Where a login is kept: one file that only its owner can read.

Called by ``login``, ``logout`` and whoever connects.
"""

import contextlib
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_contract.errors import StorageError

__all__ = ["Login", "forget_login", "login_path", "read_login", "write_login"]

_FOLDER: Final = "azuraforge"
_FILE: Final = "login.json"


@dataclass(frozen=True)
class Login:
    """Where a service is, and who one is there.

    Attributes:
        url: its address.
        token: secret; None: nobody.
    """

    url: str
    token: str | None


def login_path() -> Path:
    """Return the file, which need not exist."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / _FOLDER / _FILE


def read_login() -> Login | None:
    """Return the stored login, or None.

    Raises:
        StorageError: the file is damaged or cannot be read.
    """
    path = login_path()
    try:
        document = json.loads(path.read_bytes())
        return Login(str(document["url"]), str(document["token"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError):
        raise StorageError(
            f"{path} is damaged.", remedy="Log in again with `azuraforge login URL`."
        ) from None


def write_login(login: Login) -> Path:
    """Keep a login, in place of an earlier one; return the file.

    Raises:
        StorageError: it cannot be written.
    """
    path = login_path()
    content = json.dumps({"url": login.url, "token": login.token}, indent=2).encode()
    fresh = path.with_name(f".{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Never readable for others, not even before its content is there.
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def forget_login() -> bool:
    """Remove the stored login; return whether there was one.

    Raises:
        StorageError: it cannot be removed.
    """
    try:
        login_path().unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageError(f"{login_path()} cannot be removed: {error.strerror}.") from error
    return True
