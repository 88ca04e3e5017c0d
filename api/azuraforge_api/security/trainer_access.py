"""What endpoints for trainers ask for: `RunTrainer`, the trainer of the run in the address."""

import logging
from typing import Annotated, Final

import httpx
from fastapi import Depends, Request

from azuraforge_api.problems.problem import Problem
from azuraforge_api.security.authentication import bearer_of, identify
from azuraforge_api.security.jwks import InvalidTokenError
from azuraforge_api.security.trainer import Trainer, trainer_of

__all__ = ["RunTrainer"]

_logger: Final = logging.getLogger("azuraforge.api.security")
_HOW: Final = "A trainer sends the token in the file that AZURAFORGE_TRACKING_TOKEN_FILE names."


async def _trainer(request: Request, run: str) -> Trainer:
    """Return the trainer that sent a request.

    Raises:
        Problem: it is not the run's own.
    """
    trainer = await _trainer_of(request)
    if trainer is None:
        principal = await identify(request)
        raise Problem(
            "forbidden",
            f"{principal.name} is {principal.role.word}; only a run's own trainer posts events.",
            remedy="A run that was trained elsewhere is imported: POST /api/v1/models/import.",
        )
    request.scope["azuraforge.principal"] = f"trainer of {trainer.run}"
    request.scope["azuraforge.is_recorded"] = True  # in the run itself: nobody's change
    if trainer.run != run:
        raise Problem(
            "forbidden",
            f"The token is of the trainer of run {trainer.run}, not of {run[:63]}.",
            remedy="Post to the run that the token is for.",
        )
    return trainer


async def _trainer_of(request: Request) -> Trainer | None:
    token, state = bearer_of(request), request.app.state
    if token is None:
        return None
    try:
        return await trainer_of(state.database, state.cluster_trainers, token)
    except InvalidTokenError as error:
        raise Problem(
            "unauthenticated",
            f"The token is refused: {error}.",
            remedy=_HOW,
            headers={"WWW-Authenticate": "Bearer"},
        ) from error
    except httpx.HTTPError as error:
        _logger.warning("cluster's issuer: %s", error, extra={"event": "issuer_away"})
        raise Problem("unavailable", "The cluster's issuer of tokens does not answer.") from error


RunTrainer = Annotated[Trainer, Depends(_trainer)]
