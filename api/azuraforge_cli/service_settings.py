"""The service's settings as the command line needs them: read once, mistakes told in sentences."""

from typing import Any

from pydantic import ValidationError

from azuraforge_api.settings import Settings
from azuraforge_contract.errors import JobFileError

__all__ = ["read_settings"]


def read_settings(**given: Any) -> Settings:
    """Return the environment's settings with what the command line says.

    Raises:
        JobFileError: a setting is wrong.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        lines = (f"AZURAFORGE_{str(e['loc'][0]).upper()}: {e['msg'].lower()}." for e in wrong)
        raise JobFileError(
            "\n".join(lines), remedy="Correct the environment, or unset the variable."
        ) from None
